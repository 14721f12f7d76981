/* complete
 * INDIRECT_CALL_ calls a pointer and names likely targets. */

struct packet_type { int (*func)(struct sk_buff *skb); };

static int ip_rcv(struct sk_buff *skb) /* function: ip_rcv */
{
	return 0;
}

static int tap_rcv(struct sk_buff *skb) /* function: tap_rcv */
{
	return 0;
}

static void set(struct packet_type *pt) /* function: set */
{
	pt->func = tap_rcv; /* store: packet_type.func = tap_rcv */
}

static int go(struct packet_type *pt_prev, struct sk_buff *skb) /* function: go */
{
	int (*deliver)(struct sk_buff *) = pt_prev->func;

	INDIRECT_CALL_1(pt_prev->func, ip_rcv, skb); /* macro: INDIRECT_CALL_1; pointer: packet_type.func -> tap_rcv, ip_rcv */
	INDIRECT_CALL_2(deliver, /* macro: INDIRECT_CALL_2; pointer: packet_type.func -> tap_rcv, ip_rcv */
			ip_rcv, tap_rcv, skb); /* no call */
	return INDIRECT_CALL_INET(pt_prev->func, ipv6_rcv, /* macro: INDIRECT_CALL_INET; pointer: packet_type.func -> tap_rcv, ipv6_rcv, ip_rcv */
				  ip_rcv, skb); /* no call */
}

static int one(struct packet_type *pt_prev, struct sk_buff *skb) /* function: one */
{
	return INDIRECT_CALL_INET_1( /* macro: INDIRECT_CALL_INET_1 */
		pt_prev->func, ip_rcv, skb); /* pointer: packet_type.func -> tap_rcv, ip_rcv */
}
