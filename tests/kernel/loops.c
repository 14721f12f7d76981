/* complete
 * Loops that are macros, with and without a block. */

struct list_head { struct list_head *next; };
struct packet_type { struct list_head list; int type; int (*func)(struct packet_type *pt); };
struct net_device { struct packet_type *first; int mtu; };

static struct list_head ptype_all;
int see(void *p);
int head(void *p);

static int go(struct packet_type *pt) /* function: go */
{
	return pt->func(pt); /* unresolved: packet_type.func */
}

static void loops(struct net_device *dev, struct packet_type *ptype) /* function: loops */
{
	list_for_each_entry_rcu(ptype, &ptype_all, list) { /* macro: list_for_each_entry_rcu; walk: ptype_all */
		see(ptype); /* call: see */
	}
	list_for_each_entry_rcu(ptype, &ptype_all, list) /* macro: list_for_each_entry_rcu; walk: ptype_all */
		see(ptype); /* call: see */

	list_for_each_entry_rcu(ptype,	/* macro: list_for_each_entry_rcu; walk: ptype_all */
				&ptype_all, list) {
		for_each_netdev(head(dev), dev) /* macro: for_each_netdev; call: head */
			if (dev->mtu)
				see(dev); /* call: see */
			else
				head(dev); /* call: head */
	}
	if (see(dev)) /* call: see */
		list_for_each_entry(ptype, &ptype_all, list) see(ptype); /* macro: list_for_each_entry; call: see; walk: ptype_all */
	else hlist_for_each_entry(ptype, &ptype_all, list) { /* macro: hlist_for_each_entry; walk: ptype_all */
		see(ptype); /* call: see */
	}
	for_each_possible_cpu(i) { see(dev); } /* macro: for_each_possible_cpu; call: see */
	for_each_cpu(i, mask(head(see(dev)))) /* macro: for_each_cpu; call: mask, head, see */
	{
		see(dev); /* call: see */
	}
	skb_queue_walk_safe(&dev->first, skb, next) /* macro: skb_queue_walk_safe */
		see(skb); /* call: see */
	netdev_for_each_tx_queue(dev, see, 0); /* call: netdev_for_each_tx_queue */
	scoped_guard(rcu) { /* macro: scoped_guard */
		see(dev); /* call: see */
	}
	while (see(dev)) { head(dev); } /* call: see, head */
	do {
		head(dev); /* call: head */
	} while (see(dev)); /* call: see */
}

static void last(struct net_device *dev) /* function: last */
{
	see(dev); /* call: see */
}
