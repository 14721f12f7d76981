/* complete
 * Six lists, as since there are taps per namespace; the head is found with early returns, and may be none. */

struct list_head { struct list_head *next; };
struct net { struct list_head ptype_all; struct list_head ptype_specific; };
struct net_device { struct list_head ptype_all; struct list_head ptype_specific; struct net *nd_net; };
struct net_hotdata { struct list_head ptype_all; };
struct packet_type { unsigned short type; struct net_device *dev; struct net *af_packet_net; int (*func)(struct sk_buff *skb); struct list_head list; };
struct packet_sock { struct packet_type prot_hook; };

extern struct net_hotdata net_hotdata;
struct list_head ptype_base[16] __read_mostly;

static struct net *dev_net_rcu(const struct net_device *dev) /* function: dev_net_rcu */
{
	return dev->nd_net;
}

static struct list_head *ptype_head(const struct packet_type *pt) /* function: ptype_head */
{
	if (pt->type == htons(ETH_P_ALL)) { /* macro: htons */
		if (!pt->af_packet_net && !pt->dev)
			return NULL;
		return pt->dev ? &pt->dev->ptype_all : &pt->af_packet_net->ptype_all;
	}
	if (pt->dev)
		return &pt->dev->ptype_specific;
	return pt->af_packet_net ? &pt->af_packet_net->ptype_specific : &ptype_base[pt->type & 15];
}

void dev_add_pack(struct packet_type *pt) /* function: dev_add_pack */
{
	struct list_head *head = ptype_head(pt); /* call: ptype_head */

	if (!head)
		return;
	list_add_rcu(&pt->list, head); /* call: list_add_rcu; add: dev->ptype_all if type == ETH_P_ALL, net->ptype_all if type == ETH_P_ALL, dev->ptype_specific if type != ETH_P_ALL, net->ptype_specific if type != ETH_P_ALL, ptype_base if type != ETH_P_ALL */
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

static int deliver_list(struct sk_buff *skb, struct packet_type *pt_prev, struct list_head *list) /* function: deliver_list */
{
	struct packet_type *ptype;

	list_for_each_entry_rcu(ptype, list, list) { /* macro: list_for_each_entry_rcu; walk: ptype_base, net->ptype_specific, dev->ptype_specific */
		if (pt_prev)
			pt_prev->func(skb); /* pointer: packet_type.func -> packet_rcv [ptype_base, net->ptype_specific, dev->ptype_specific], ip_rcv [ptype_base, net->ptype_specific, dev->ptype_specific] */
		pt_prev = ptype;
	}
	return 0;
}

/* net_hotdata's list is walked, and nothing is put on it here. */
int netif_receive_skb(struct sk_buff *skb, struct net_device *dev) /* function: netif_receive_skb */
{
	struct packet_type *ptype, *pt_prev = 0;

	list_for_each_entry_rcu(ptype, &net_hotdata.ptype_all, list) /* macro: list_for_each_entry_rcu; walk: net_hotdata.ptype_all */
		pt_prev = ptype;
	list_for_each_entry_rcu(ptype, &dev_net_rcu(dev)->ptype_all, list) /* macro: list_for_each_entry_rcu; call: dev_net_rcu; walk: net->ptype_all */
		pt_prev = ptype;
	list_for_each_entry_rcu(ptype, &dev->ptype_all, list) /* macro: list_for_each_entry_rcu; walk: dev->ptype_all */
		pt_prev = ptype;
	deliver_list(skb, pt_prev, &ptype_base[3]); /* call: deliver_list */
	deliver_list(skb, pt_prev, &dev_net_rcu(dev)->ptype_specific); /* call: deliver_list, dev_net_rcu */
	return deliver_list(skb, pt_prev, &dev->ptype_specific); /* call: deliver_list */
}
