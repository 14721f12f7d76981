/* complete
 * Four lists, as since 4.0: each device has its own two. A function chooses the head, another walks what it is given. */

struct list_head { struct list_head *next; };
struct net_device { struct list_head ptype_all; struct list_head ptype_specific; };
struct packet_type { unsigned short type; struct net_device *dev; int (*func)(struct sk_buff *skb); struct list_head list; };
struct packet_sock { struct packet_type prot_hook; };
struct sk_buff { struct net_device *dev; };

struct list_head ptype_all __read_mostly;
struct list_head ptype_base[16] __read_mostly;

static inline struct list_head *ptype_head(const struct packet_type *pt) /* function: ptype_head */
{
	if (pt->type == htons(ETH_P_ALL)) /* macro: htons */
		return pt->dev ? &pt->dev->ptype_all : &ptype_all;
	else
		return pt->dev ? &pt->dev->ptype_specific : &ptype_base[pt->type & 15];
}

void dev_add_pack(struct packet_type *pt) /* function: dev_add_pack */
{
	struct list_head *head = ptype_head(pt); /* call: ptype_head */

	list_add_rcu(&pt->list, head); /* call: list_add_rcu; add: dev->ptype_all if type == ETH_P_ALL, ptype_all if type == ETH_P_ALL, dev->ptype_specific if type != ETH_P_ALL, ptype_base if type != ETH_P_ALL */
}

static int packet_rcv(struct sk_buff *skb) /* function: packet_rcv */
{
	return 0;
}

static int ip_rcv(struct sk_buff *skb) /* function: ip_rcv */
{
	return 0;
}

static void create(struct packet_sock *po) /* function: create */
{
	po->prot_hook.func = packet_rcv; /* store: packet_type.func = packet_rcv */
}

static struct packet_type ip_type = {
	.type = htons(ETH_P_IP),
	.func = ip_rcv, /* store: packet_type.func = ip_rcv */
};

static int deliver_skb(struct sk_buff *skb, struct packet_type *pt_prev) /* function: deliver_skb */
{
	return pt_prev->func(skb); /* pointer: packet_type.func -> packet_rcv [ptype_all, dev->ptype_all, ptype_base, dev->ptype_specific], ip_rcv [ptype_base, dev->ptype_specific] */
}

static void deliver_list(struct sk_buff *skb, struct packet_type **pt, struct list_head *ptype_list) /* function: deliver_list */
{
	struct packet_type *ptype, *pt_prev = *pt;

	list_for_each_entry_rcu(ptype, ptype_list, list) { /* macro: list_for_each_entry_rcu; walk: ptype_base, dev->ptype_specific */
		if (pt_prev)
			deliver_skb(skb, pt_prev); /* call: deliver_skb */
		pt_prev = ptype;
	}
	*pt = pt_prev;
}

int netif_receive_skb(struct sk_buff *skb) /* function: netif_receive_skb */
{
	struct packet_type *ptype, *pt_prev = 0;

	list_for_each_entry_rcu(ptype, &ptype_all, list) { /* macro: list_for_each_entry_rcu; walk: ptype_all */
		if (pt_prev)
			deliver_skb(skb, pt_prev); /* call: deliver_skb */
		pt_prev = ptype;
	}
	list_for_each_entry_rcu(ptype, &skb->dev->ptype_all, list) /* macro: list_for_each_entry_rcu; walk: dev->ptype_all */
		pt_prev = ptype;
	deliver_list(skb, &pt_prev, &ptype_base[3]); /* call: deliver_list */
	deliver_list(skb, &pt_prev, &skb->dev->ptype_specific); /* call: deliver_list */
	return pt_prev ? pt_prev->func(skb) : 0; /* pointer: packet_type.func -> packet_rcv [ptype_all, dev->ptype_all, ptype_base, dev->ptype_specific], ip_rcv [ptype_base, dev->ptype_specific] */
}

/* One loop, two lists: the head is a local that moves on. */
void dev_queue_xmit_nit(struct sk_buff *skb, struct net_device *dev) /* function: dev_queue_xmit_nit */
{
	struct list_head *ptype_list = &ptype_all;
	struct packet_type *ptype, *pt_prev = 0;

again:
	list_for_each_entry_rcu(ptype, ptype_list, list) { /* macro: list_for_each_entry_rcu; walk: ptype_all, dev->ptype_all */
		if (pt_prev)
			deliver_skb(skb, pt_prev); /* call: deliver_skb */
		pt_prev = ptype;
	}
	if (ptype_list == &ptype_all) {
		ptype_list = &dev->ptype_all;
		goto again;
	}
	if (pt_prev)
		pt_prev->func(skb); /* pointer: packet_type.func -> packet_rcv [ptype_all, dev->ptype_all] */
}
