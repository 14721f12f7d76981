/* complete
 * What a definition looks like, and what only looks like one: get_rid_of(this) is a comment. */

struct net_device { int mtu; };
struct sk_buff { struct net_device *dev; };

static int frames(struct sk_buff *skb) /* function: frames */
{
	return skb ? 1 : 0;
}
EXPORT_SYMBOL_GPL(frames)

/* A function under #if, a macro of the same name under #else. */
#ifdef CONFIG_BRIDGE
static struct sk_buff *
handle_bridge(struct sk_buff *skb, int *ret) /* function: handle_bridge; if: CONFIG_BRIDGE */
{
	*ret = frames(skb); /* call: frames; if: CONFIG_BRIDGE */
	return skb;
}
#else
#define handle_bridge(skb, ret) /* define: handle_bridge; if: !CONFIG_BRIDGE */ (skb)
#endif

/* Two definitions of one function. */
#ifdef CONFIG_NET_INGRESS
static int ingress(struct sk_buff *skb) /* function: ingress; if: CONFIG_NET_INGRESS */
{
	return frames(skb) + 1; /* call: frames; if: CONFIG_NET_INGRESS */
}
#else
static int ingress(struct sk_buff *skb) /* function: ingress; if: !CONFIG_NET_INGRESS */
{
	return 0;
}
#endif

/* Type, storage and name on lines of their own. */
static inline
const struct net_device *
device_of( /* function: device_of */
	const struct sk_buff *skb) /* no call */
{
	return skb->dev;
}

static __latent_entropy void softirq_action(struct softirq_action *h) /* function: softirq_action */
{
	ingress(0); /* call: ingress */
}

static __inline__ int old_inline(void) /* function: old_inline */
{
	return 0;
}

static void *walk_start(struct seq_file *seq, loff_t *pos) /* function: walk_start */
	__acquires(RCU) __releases(&seq->lock(0))
{
	return old_inline() ? seq : 0; /* call: old_inline */
}

__printf(2, 3) asmlinkage __visible int
	noinline_for_stack said(int level, const char *fmt, ...) /* function: said */
{
	return level;
}

int (*chooser(int which))(struct sk_buff *skb) /* function: chooser */
{
	return which ? frames : 0;
}

/* A declaration, a pointer and a table define nothing. */
int frames_later(struct sk_buff *skb);
extern int (*hook)(struct sk_buff *skb);
static int table[] __read_mostly = { 1, 2 };
DEFINE_PER_CPU(struct net_device, spare);
module_init(said);

SYSCALL_DEFINE3(bind_tap, int, fd, struct sockaddr __user *, addr, int, len) /* function: sys_bind_tap */
{
	return old_inline(); /* call: old_inline */
}

COMPAT_SYSCALL_DEFINE1(drop_tap, int, fd) /* function: compat_sys_drop_tap */
{
	return old_inline(); /* call: old_inline */
}
SYSCALL_DEFINE0(no_tap) /* function: sys_no_tap */
{
	return 0;
}

/* Names in strings, comments and longer names are no calls. */
static void quiet(struct sk_buff *skb) /* function: quiet */
{
	pr_debug("frames(skb) // ingress(skb) \" frames(skb)"); /* macro: pr_debug */
	trace_frames(skb); // frames(skb) /* call: trace_frames */
	if (skb->dev /* ingress(skb) */ && '"' != '\'' && sizeof(skb)) /* no call */
		quiet(skb); /* call: quiet */
	(void)frames; /* no call */
}
EXPORT_SYMBOL(quiet);
