/* complete
 * Calls through pointers: the struct and the member decide, and what was stored there. */

struct packet_type { int type; int (*func)(struct sk_buff *skb); };
struct call_single { void (*func)(void *info); };
struct work_struct { void (*func)(struct work_struct *work); };
struct softnet_data { struct call_single csd; struct work_struct work; };
struct packet_sock {
	int running;
	struct packet_type prot_hook;
	int (*xmit)(struct sk_buff *skb);
};
struct net_device_ops { int (*ndo_start_xmit)(struct sk_buff *skb); int (*ndo_open)(void); };
struct net_device { const struct net_device_ops *netdev_ops; rx_handler_func_t *rx_handler; int (*rx)(void); };
struct sk_buff { struct net_device *dev; void (*destructor)(struct sk_buff *skb); };

static int (*br_hook)(struct sk_buff *skb);

static int packet_rcv(struct sk_buff *skb) /* function: packet_rcv */
{
	return 0;
}

static int tpacket_rcv(struct sk_buff *skb) /* function: tpacket_rcv */
{
	return 1;
}

static int spkt_rcv(struct sk_buff *skb) /* function: spkt_rcv */
{
	return 2;
}

static void trigger(void *info) /* function: trigger */
{
}

static void flush(struct work_struct *work) /* function: flush */
{
}

static int direct(struct sk_buff *skb) /* function: direct */
{
	return 0;
}

int dev_queue_xmit(struct sk_buff *skb) /* function: dev_queue_xmit */
{
	return 1;
}

/* Four ways to store. */
static void bind(struct packet_sock *po, int ring) /* function: bind */
{
	struct net_device *dev = 0;
	int running = po->running;

	po->prot_hook.func = ring ? /* no call */
		tpacket_rcv : packet_rcv; /* store: packet_type.func = tpacket_rcv, packet_rcv */
	if (!ring)
		po->prot_hook.func = spkt_rcv; /* store: packet_type.func = spkt_rcv */
	WRITE_ONCE(po->xmit, ring ? direct : dev_queue_xmit); /* macro: WRITE_ONCE; store: packet_sock.xmit = direct, dev_queue_xmit */
	rcu_assign_pointer(dev->rx, &direct); /* macro: rcu_assign_pointer; store: net_device.rx = direct */
	po->running = running; /* no call */
	po->running = ETH_P_ALL; /* no call */
}

static void setup(struct softnet_data *sd) /* function: setup */
{
	sd->csd.func = trigger; /* store: call_single.func = trigger */
	INIT_WORK(&sd->work, flush); /* macro: INIT_WORK */
	sd->work.func = flush; /* store: work_struct.func = flush */
}

static int opened(void) /* function: opened */
{
	return 0;
}

static const struct net_device_ops lo_ops = {
	.ndo_start_xmit	= direct,	/* store: net_device_ops.ndo_start_xmit = direct */
#ifdef CONFIG_OPEN
	.ndo_open	= &opened,	/* store: net_device_ops.ndo_open = opened; if: CONFIG_OPEN */
#endif
};

static struct net_device_ops tables[2] = {
	[0] = { .ndo_open = opened },	/* store: net_device_ops.ndo_open = opened */
	[1] = {
		.ndo_open = opened,	/* store: net_device_ops.ndo_open = opened */
	},
};

/* A member called elsewhere, by any spelling. */
static int calls(struct softnet_data *sd, struct sk_buff *skb, struct packet_type *pt_prev) /* function: calls */
{
	sd->csd.func(sd); /* pointer: call_single.func -> trigger */
	sd->work.func(&sd->work); /* pointer: work_struct.func -> flush */
	(*sd->work.func)(&sd->work); /* pointer: work_struct.func -> flush */
	skb->destructor(skb); /* unresolved: sk_buff.destructor */
	if (pt_prev->func && skb->dev->netdev_ops->ndo_open) /* no call */
		pt_prev->func(skb); /* pointer: packet_type.func -> tpacket_rcv, packet_rcv, spkt_rcv */
	return skb->dev->netdev_ops->ndo_start_xmit(skb); /* pointer: net_device_ops.ndo_start_xmit -> direct */
}

static int spellings(struct packet_sock *po, struct sk_buff *skb, int (*fn)(struct sk_buff *)) /* function: spellings */
{
	READ_ONCE(po->xmit)(skb); /* macro: READ_ONCE; pointer: packet_sock.xmit -> direct, dev_queue_xmit */
	rcu_dereference(skb->dev->rx)(); /* macro: rcu_dereference; pointer: net_device.rx -> direct */
	(*fn)(skb); /* unresolved: fn */
	fn(skb); /* unresolved: fn */
	((struct packet_type *)skb)->func(skb); /* pointer: packet_type.func -> tpacket_rcv, packet_rcv, spkt_rcv */
	(direct)(skb); /* call: direct */
	return container_of(skb, struct packet_sock, running)->xmit(skb); /* macro: container_of; pointer: packet_sock.xmit -> direct, dev_queue_xmit */
}

static int locals(struct net_device *dev, struct packet_sock *po, struct sk_buff *skb, int some) /* function: locals */
{
	int (*xmit)(struct sk_buff *) = READ_ONCE(po->xmit); /* macro: READ_ONCE */
	int (*cast)(void) = (void *)dev->rx;
	int (*rx)(void) = rcu_dereference(dev->rx); /* macro: rcu_dereference */
	int (*chosen)(struct sk_buff *) = some ? packet_rcv : direct;
	rx_handler_func_t *handler;
	struct packet_type *pt = &((struct packet_sock *)skb)->prot_hook;

	rx(); /* pointer: net_device.rx -> direct */
	cast(); /* pointer: net_device.rx -> direct */
	xmit(skb); /* pointer: packet_sock.xmit -> direct, dev_queue_xmit */
	chosen(skb); /* pointer: a local -> packet_rcv, direct */
	handler = rcu_dereference(dev->rx_handler); /* macro: rcu_dereference */
	if (handler)
		handler(&skb); /* unresolved: net_device.rx_handler */
	return pt->func(skb); /* pointer: packet_type.func -> tpacket_rcv, packet_rcv, spkt_rcv */
}

/* A pointer declared like a function. */
static int hooked(struct sk_buff *skb) /* function: hooked */
{
	if (br_hook)
		return br_hook(skb); /* unresolved: br_hook */
	return (*br_hook)(skb); /* unresolved: br_hook */
}

/* A parameter or a local of a function's name hides that function. */
static int hides(int (*direct)(struct sk_buff *), struct sk_buff *skb) /* function: hides */
{
	return direct(skb); /* unresolved: direct */
}

static int finish(struct net_device *dev, int *unused, int okfn(struct sk_buff *), struct sk_buff *skb) /* function: finish */
{
	return okfn(skb) + direct(skb); /* unresolved: okfn; call: direct */
}

static int flags(struct packet_sock *po, struct sk_buff *opened) /* function: flags */
{
	po->running = opened; /* no call */
	po->running = (int)jiffies; /* no call */
	return po->running;
}
