/* complete
 * Both arms of an #if are read, and each edge says which. */

int taken(int x);
int other();

static int both(int x) /* function: both */
{
#ifdef CONFIG_NET_CLS_ACT
	x = taken(x); /* call: taken; if: CONFIG_NET_CLS_ACT */
#else
	x = taken(x + 1); /* call: taken; if: !CONFIG_NET_CLS_ACT */
#endif
	return taken(x); /* call: taken */
}

static int nested(int x) /* function: nested */
{
#if IS_ENABLED(CONFIG_A)
#  ifndef CONFIG_B
	taken(x); /* call: taken; if: IS_ENABLED(CONFIG_A), !CONFIG_B */
#  elif defined(CONFIG_C) && \
	!defined(CONFIG_D)
	taken(x); /* call: taken; if: IS_ENABLED(CONFIG_A), CONFIG_B, defined(CONFIG_C) && !defined(CONFIG_D) */
#  else /* neither */
	taken(x); /* call: taken; if: IS_ENABLED(CONFIG_A), CONFIG_B, !(defined(CONFIG_C) && !defined(CONFIG_D)) */
#  endif
	taken(x); /* call: taken; if: IS_ENABLED(CONFIG_A) */
#elif !defined CONFIG_E // a comment
	taken(x); /* call: taken; if: !IS_ENABLED(CONFIG_A), !CONFIG_E */
#else
	taken(x); /* call: taken; if: !IS_ENABLED(CONFIG_A), CONFIG_E */
#endif
	return x;
}

static int never(int x) /* function: never */
{
#if 0
	other(x); /* no call */
#if CONFIG_A
	other(x); /* no call */
#endif
#endif
#if 0
	other(x); /* no call */
#else
	taken(x); /* call: taken; if: !0 */
#endif
	return x;
}

/* Arms that split a brace: the first arm is read, the others are left. */
static int split(int x) /* function: split */
{
#ifdef CONFIG_A
	if (taken(x)) { /* call: taken; if: CONFIG_A */
#else
	if (other(x)) { /* no call */
#endif
		x = taken(x); /* call: taken */
	}
	return x;
}

#ifdef CONFIG_A
static int heads(int x) /* function: heads; if: CONFIG_A */
{
#else
static int heads(int x, int y) /* no call */
{
#endif
	return taken(x); /* call: taken */
}

/* A condition inside an expression. */
static int within(int x) /* function: within */
{
	if (x
#ifdef CONFIG_A
	    && taken(x) /* call: taken; if: CONFIG_A */
#endif
	    && other(x)) /* call: other */
		x = other( /* call: other */
#ifdef CONFIG_A
			taken(x), /* call: taken; if: CONFIG_A */
#endif
			x);
	return x;
}

static const char *words = "#if not one";

static int after(int x) /* function: after */
{
	return taken(x); /* call: taken */
}
