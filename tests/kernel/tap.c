/* A packet socket of our own, in kernel shape: it registers a function and waits. */
#include <linux/if_packet.h>

struct packet_sock {
	struct sock sk;
	struct packet_type prot_hook;
};

static int packet_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	unsigned int res;

	res = run_filter(skb, pt, skb->len);
	if (!res)
		return 0;
	__skb_queue_tail(&sk->sk_receive_queue, skb);
	return 0;
}

static int tpacket_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt)
{
	return run_filter(skb, pt, skb->len);
}

static void register_prot_hook(struct packet_sock *po)
{
	dev_add_pack(&po->prot_hook);
}

static int packet_create(struct packet_sock *po)
{
	po->prot_hook.func = packet_rcv;
	register_prot_hook(po);
	return 0;
}

static int packet_set_ring(struct packet_sock *po)
{
	po->prot_hook.func = po->ring ?
		tpacket_rcv : packet_rcv;
	register_prot_hook(po);
	return 0;
}

static int packet_recvmsg(struct sock *sk)
{
	struct sk_buff *skb;

	skb = skb_recv_datagram(sk);
	return skb->len;
}

static int packet_snd(struct sk_buff *skb)
{
	return dev_queue_xmit(skb);
}

static int packet_sendmsg(struct sk_buff *skb)
{
	return packet_snd(skb);
}
