/* The other half of a way of our own: what beyond.c calls through a pointer, and what calls what it was given. */
#include <net/dst.h>

static int way_finish(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return dev_queue_xmit(skb);
}

static int way_output(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return NF_HOOK_COND(PF_INET, NF_POST_ROUTING, net, sk, skb, NULL, skb->dev,
			    way_finish,
			    !(skb->marked));
}

void way_attach(struct dst_entry *dst)
{
	dst->output = way_output;
}
