/* Statements of our own that notes stand on: two alike in two loops, two alike under #if, one in a function apart. */
#include <linux/netdevice.h>

static int show_one(struct frame *frame, struct listener *last)
{
	if (busy(last))
		return retry(frame);
	return last->func(frame, last);			/* note: call */
}

static void show_all(struct frame *frame, struct device *dev)
{
	struct listener *each, *last = NULL;

	if (!dev->up) {
		drop(frame);				/* note: down */
		return;
	}
	for_each_listener(each, &dev->listeners) {
		if (each->owner == frame->owner &&	/* note: owner */
		    !each->wants_own)
			continue;			/* note: skip */
		if (last)
			show_one(frame, last);		/* note: one */
		else
			drop(frame);			/* note: none */
		last = each;
	}
#ifdef CONFIG_NOTES
	stamp(frame);					/* note: stamp-on */
#else
	stamp(frame);					/* note: stamp-off */
#endif
	switch (dev->kind) {
	case KIND_LOOP:
		count(frame, "a /* b */ c");		/* note: loop */
		break;
	default:
		count(frame, "d");
	}
}
