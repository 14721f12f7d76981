/* complete
 * Function-like macros are their own kind, read in each of their definitions. */

struct sk_buff { int len; };
struct pcpu_stats { long packets; };

#define HARD_TX_LOCK(dev, cpu) { /* define: HARD_TX_LOCK */ \
	if (lockless(dev)) /* macro: lockless */ \
		lock_queue(dev, cpu); /* macro: lock_queue */ \
}

#define BAD_ORDER(dev) /* define: BAD_ORDER */ \
	"quoted(dev)" /* quoted(dev) */

#define net_timestamp_check(cond, skb) /* define: net_timestamp_check */ \
	if (needed(cond)) { /* macro: needed */ \
		stamp(skb); /* macro: stamp */ \
	}

static int lockless(void *dev) /* function: lockless */
{
	return 0;
}

static int run(struct sk_buff *skb, void *dev) /* function: run */
{
	HARD_TX_LOCK(dev, 1); /* macro: HARD_TX_LOCK */
	net_timestamp_check(1, skb); /* macro: net_timestamp_check */
	lockless(dev); /* call: lockless */
	HARD_TX_LOCK(dev, 2) /* macro: HARD_TX_LOCK */
	lockless(dev); /* call: lockless */
	return skb->len;
}

/* Defined twice: what each body uses is there. */
#ifdef CONFIG_RPS
#define rps_lock(sd) /* define: rps_lock; if: CONFIG_RPS */ spin_lock(&(sd)->lock) /* macro: spin_lock; if: CONFIG_RPS */
#else
#  define rps_lock(sd) /* define: rps_lock; if: !CONFIG_RPS */ local_irq_disable() /* macro: local_irq_disable */
#endif

/* Cases that a macro makes. */
#define N(val) /* define: N */ case NETDEV_##val: return name_of(val); /* macro: name_of */

static const char *event(unsigned long val) /* function: event */
{
	switch (val) {
	N(UP) N(DOWN) /* macro: N, N */
	N(CHANGE) /* macro: N */
	}
#undef N
	return 0;
}

/* Capitals that are functions, and capitals that are not. */
static void *capitals(void *p) /* function: capitals */
{
	if (IS_ERR(p) || IS_ERR_OR_NULL(p)) /* call: IS_ERR, IS_ERR_OR_NULL */
		return ERR_PTR(PTR_ERR(p)); /* call: ERR_PTR, PTR_ERR */
	INIT_LIST_HEAD(p); /* call: INIT_LIST_HEAD */
	WARN_ON_ONCE(lockless(p)); /* macro: WARN_ON_ONCE; call: lockless */
	return p;
}

/* A type as an argument, and a cast to the type of something. */
static void *types(struct sk_buff *skb, long n) /* function: types */
{
	struct pcpu_stats *stats = alloc_percpu(struct pcpu_stats); /* macro: alloc_percpu */

	n = min_t(unsigned int, skb->len, lockless(skb)); /* macro: min_t; call: lockless */
	n += max_t(struct sk_buff *, lockless(skb), 1); /* macro: max_t; call: lockless */
	stats = (typeof(*stats) *)lockless(stats); /* call: lockless */
	return container_of(stats, struct pcpu_stats, packets); /* macro: container_of */
}

/* Members that macros make. */
struct room {
	struct_group(head,
		int first;
		struct sk_buff *skb;
	);
	struct_group_tagged(room_tail, tail,
		int last;
	);
	DECLARE_BITMAP(flags, 32);
	DECLARE_FLEX_ARRAY(struct sk_buff *, all);
	int (*enter)(struct sk_buff *skb) ____cacheline_aligned_in_smp;
};

static int enter(struct room *room) /* function: enter */
{
	return room->enter(room->skb); /* pointer: room.enter -> lockless */
}

static struct room hall = {
	.enter = (void *)lockless, /* store: room.enter = lockless */
};

DEFINE_STATIC_KEY_FALSE(needed_key);
static DEFINE_SPINLOCK(room_lock);
DEFINE_RATELIMIT_STATE(limit, 5, 10);
static LIST_HEAD(rooms);

static int last(void) /* function: last */
{
	return lockless(&hall); /* call: lockless */
}
