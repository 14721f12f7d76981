/* complete
 * An include guard is no condition; what stands inside it is as it would be in a file of C. */
#ifndef _TESTS_GUARD_H
#define _TESTS_GUARD_H

#define twice(x) /* define: twice */ ((x) + (x))

static inline int guarded(int x) /* function: guarded */
{
	return twice(x); /* macro: twice */
}

#ifndef CONFIG_SMP
static inline int alone(void) /* function: alone; if: !CONFIG_SMP */
{
	return guarded(1); /* call: guarded; if: !CONFIG_SMP */
}
#endif
#endif /* _TESTS_GUARD_H */
