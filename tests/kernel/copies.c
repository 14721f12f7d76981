/* complete
 * An operation copied from a table to an object has the targets of the table. */

struct Qdisc_ops { int (*enqueue)(struct sk_buff *skb); struct sk_buff *(*dequeue)(struct Qdisc *sch); int (*init)(void); };
struct Qdisc { int (*enqueue)(struct sk_buff *skb); struct sk_buff *(*dequeue)(struct Qdisc *sch); const struct Qdisc_ops *ops; };

static int fifo_enqueue(struct sk_buff *skb) /* function: fifo_enqueue */
{
	return 0;
}

static int noop_enqueue(struct sk_buff *skb) /* function: noop_enqueue */
{
	return 1;
}

static struct sk_buff *fifo_dequeue(struct Qdisc *sch) /* function: fifo_dequeue */
{
	return 0;
}

static struct Qdisc_ops fifo_ops = {
	.enqueue = fifo_enqueue, /* store: Qdisc_ops.enqueue = fifo_enqueue */
	.dequeue = fifo_dequeue, /* store: Qdisc_ops.dequeue = fifo_dequeue */
};

static struct Qdisc noop = {
	.enqueue = noop_enqueue, /* store: Qdisc.enqueue = noop_enqueue */
};

static void make(struct Qdisc *sch, const struct Qdisc_ops *ops) /* function: make */
{
	sch->enqueue = ops->enqueue; /* copy: Qdisc.enqueue = Qdisc_ops.enqueue */
	sch->dequeue = READ_ONCE(ops->dequeue); /* macro: READ_ONCE */
	sch->ops = ops; /* no call */
}

static int put(struct Qdisc *q, struct sk_buff *skb) /* function: put */
{
	if (q->enqueue) /* no call */
		q->ops->enqueue(skb); /* pointer: Qdisc_ops.enqueue -> fifo_enqueue */
	return q->enqueue(skb); /* pointer: Qdisc.enqueue -> noop_enqueue, fifo_enqueue */
}
