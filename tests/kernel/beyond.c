/* A protocol of our own, in kernel shape: its frames go a long way before they come to a device. */
#include <net/dst.h>

struct dst_entry {
	int (*output)(struct net *, struct sock *, struct sk_buff *);
};

static int way_again(struct dst_entry *dst, struct sk_buff *skb)
{
	return dst->output(NULL, NULL, skb);
}

static int way_round(struct dst_entry *dst, struct sk_buff *skb)
{
	return way_again(dst, skb);
}

static int way_about(struct dst_entry *dst, struct sk_buff *skb)
{
	return way_round(dst, skb);
}

static int way_reset(struct dst_entry *dst, struct sk_buff *skb)
{
	return way_about(dst, skb);
}

int way_send(struct dst_entry *dst, struct sk_buff *skb)
{
	way_attach(dst);
	if (skb->late)
		return way_reset(dst, skb);
	return dst->output(NULL, NULL, skb);
}
