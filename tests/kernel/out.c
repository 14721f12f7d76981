/* A device layer of our own, in kernel shape: what is sent and what is received passes the taps. */
#include <linux/netdevice.h>

struct packet_type {
	__be16 type;
	struct net_device *dev;
	int (*func)(struct sk_buff *, struct net_device *, struct packet_type *);
	struct list_head list;
};

struct net_device {
	const struct net_device_ops *netdev_ops;
	struct list_head ptype_all;
};

struct sk_buff {
	struct net_device *dev;
};

static struct list_head ptype_all __read_mostly;
static struct list_head ptype_base[16] __read_mostly;

#define net_stamp(SKB)			\
	if (stamps)			\
		__net_stamp(SKB)

static inline struct list_head *ptype_head(const struct packet_type *pt)
{
	if (pt->type == htons(ETH_P_ALL))
		return pt->dev ? &pt->dev->ptype_all : &ptype_all;
	return &ptype_base[ntohs(pt->type) & 15];
}

void dev_add_pack(struct packet_type *pt)
{
	list_add_rcu(&pt->list, ptype_head(pt));
}
EXPORT_SYMBOL(dev_add_pack)

static inline int deliver_skb(struct sk_buff *skb, struct packet_type *pt_prev)
{
	return pt_prev->func(skb, skb->dev, pt_prev);
}

static void dev_queue_xmit_nit(struct sk_buff *skb, struct net_device *dev)
{
	struct packet_type *ptype, *last = NULL;
	struct list_head *head = &ptype_all;

again:
	list_for_each_entry_rcu(ptype, head, list) {
		if (last)
			deliver_skb(skb, last);
		last = ptype;
	}
	if (head == &ptype_all) {
		head = &dev->ptype_all;
		goto again;
	}
	net_stamp(skb);
	if (last)
		last->func(skb, dev, last);
}

static int dev_hard_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_queue_xmit_nit(skb, dev);
	return 0;
}

int dev_queue_xmit(struct sk_buff *skb)
{
	return dev_hard_start_xmit(skb, skb->dev);
}

int netif_receive_skb(struct sk_buff *skb)
{
	struct packet_type *ptype;

	list_for_each_entry_rcu(ptype, &ptype_all, list)
		deliver_skb(skb, ptype);
#ifdef CONFIG_NET_CLS_ACT
	handle_ing(skb);
#endif
	list_for_each_entry_rcu(ptype, &ptype_base[0], list)
		deliver_skb(skb, ptype);
	return 0;
}
