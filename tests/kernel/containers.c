/* complete
 * One struct in two containers: a store through the one is no target of a call through the other. */

struct packet_type { int type; int (*func)(struct sk_buff *skb); };
struct packet_sock { struct packet_type prot_hook; };
struct packet_fanout { struct packet_type prot_hook; struct packet_type *other; };

static int packet_rcv(struct sk_buff *skb) /* function: packet_rcv */
{
	return 0;
}

static int fanout_rcv(struct sk_buff *skb) /* function: fanout_rcv */
{
	return 0;
}

static int ip_rcv(struct sk_buff *skb) /* function: ip_rcv */
{
	return 0;
}

static int any_rcv(struct sk_buff *skb) /* function: any_rcv */
{
	return 0;
}

static struct packet_type ip_type = { .func = ip_rcv }; /* store: packet_type.func = ip_rcv */

static void set(struct packet_sock *po, struct packet_fanout *f, struct packet_type *pt) /* function: set */
{
	po->prot_hook.func = packet_rcv; /* store: packet_type.func = packet_rcv */
	f->prot_hook.func = fanout_rcv; /* store: packet_type.func = fanout_rcv */
	pt->func = any_rcv; /* store: packet_type.func = any_rcv */
}

static int go(struct packet_sock *po, struct packet_fanout *f, struct sk_buff *skb) /* function: go */
{
	po->prot_hook.func(skb); /* pointer: packet_type.func -> packet_rcv, any_rcv */
	f->prot_hook.func(skb); /* pointer: packet_type.func -> fanout_rcv, any_rcv */
	return f->other->func(skb); /* pointer: packet_type.func -> ip_rcv, packet_rcv, fanout_rcv, any_rcv */
}
