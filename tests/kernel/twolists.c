/* complete
 * Two lists, as until 3.19: all protocols, and one protocol. The list is chosen inside the registration. */

struct list_head { struct list_head *next; };
struct packet_type { unsigned short type; int (*func)(struct sk_buff *skb); struct list_head list; };
struct packet_sock { struct packet_type prot_hook; };

static struct list_head ptype_all;
static struct list_head ptype_base[16];

void dev_add_pack(struct packet_type *pt) /* function: dev_add_pack */
{
	if (pt->type == htons(ETH_P_ALL)) /* macro: htons */
		list_add_rcu(&pt->list, &ptype_all); /* call: list_add_rcu; add: ptype_all if type == ETH_P_ALL */
	else
		list_add_rcu(&pt->list, &ptype_base[15 & pt->type]); /* call: list_add_rcu; add: ptype_base if type != ETH_P_ALL */
}

static int packet_rcv(struct sk_buff *skb) /* function: packet_rcv */
{
	return 0;
}

static int ip_rcv(struct sk_buff *skb) /* function: ip_rcv */
{
	return 0;
}

static int tap_rcv(struct sk_buff *skb) /* function: tap_rcv */
{
	return 0;
}

static void create(struct packet_sock *po) /* function: create */
{
	po->prot_hook.func = packet_rcv; /* store: packet_type.func = packet_rcv */
	dev_add_pack(&po->prot_hook); /* call: dev_add_pack */
}

static struct packet_type ip_type = {
	.type = cpu_to_be16(ETH_P_IP),
	.func = ip_rcv, /* store: packet_type.func = ip_rcv */
};

static struct packet_type tap_type = {
	.type = __constant_htons(ETH_P_ALL),
	.func = tap_rcv, /* store: packet_type.func = tap_rcv */
};

/* Its own frames are shown to the taps only: a static packet_type of one protocol is not on that list. */
static void dev_queue_xmit_nit(struct sk_buff *skb) /* function: dev_queue_xmit_nit */
{
	struct packet_type *ptype;

	list_for_each_entry_rcu(ptype, &ptype_all, list) { /* macro: list_for_each_entry_rcu; walk: ptype_all */
		if (ptype->func)
			ptype->func(skb); /* pointer: packet_type.func -> packet_rcv [ptype_all], tap_rcv [ptype_all] */
	}
}

static int deliver_skb(struct sk_buff *skb, struct packet_type *pt_prev) /* function: deliver_skb */
{
	return pt_prev->func(skb); /* pointer: packet_type.func -> packet_rcv [ptype_all, ptype_base], ip_rcv [ptype_base], tap_rcv [ptype_all] */
}

int netif_receive_skb(struct sk_buff *skb) /* function: netif_receive_skb */
{
	struct packet_type *ptype, *pt_prev = 0;

	list_for_each_entry_rcu(ptype, &ptype_all, list) { /* macro: list_for_each_entry_rcu; walk: ptype_all */
		if (pt_prev)
			deliver_skb(skb, pt_prev); /* call: deliver_skb */
		pt_prev = ptype;
	}
	list_for_each_entry_rcu(ptype, /* macro: list_for_each_entry_rcu; walk: ptype_base */
				&ptype_base[7], list)
		pt_prev = ptype;
	return pt_prev->func(skb); /* pointer: packet_type.func -> packet_rcv [ptype_all, ptype_base], ip_rcv [ptype_base], tap_rcv [ptype_all] */
}
