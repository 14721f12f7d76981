"""Two releases of our own, with names and comments that try to break out, and a notebook whose widget shows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labs import jupyterlab, notebook_of
from trees import small_tree

NIT = "dev_queue_xmit_nit@net/core/dev.c"
LOOK = f"""from IPython.display import HTML
from explorer.notebook.plain import looked
HTML(looked(w._look({{"version": "v6.1.7", "function": {NIT!r}}}), {NIT!r}))"""
HOSTILE = "</pre></script><img src=x onerror='window.struck = 1'><svg onload='window.struck = 1'>"
MORE = """
int struck(struct sk_buff *skb)
{
	/* HOSTILE */
	return deliver_skb(skb, "HOSTILE");
}

int endless(struct sk_buff *skb)
{
	MANY
	return netif_receive_skb(skb);
}
""".replace("HOSTILE", HOSTILE).replace("MANY", "skb->len += 1;\n\t" * 1500)


@contextmanager
def shown(root: Path) -> Iterator[str]:
    """The address of the notebook, in a JupyterLab of our own."""
    code = f"from explorer.notebook.widget import Explorer\nw = Explorer('v6.1.7', source={releases(root)!r})\nw"
    (room := root / "lab").mkdir()
    with jupyterlab(room, notebook_of(code, LOOK, "2 + 2")) as address:
        yield address


def releases(root: Path) -> dict[str, str]:
    """Two releases with text; in the second dev_queue_xmit_nit has other lines, and xmit_one stands before it."""
    trees = {f"v{version}": small_tree(root / version, version) for version in ("6.1.7", "6.1.8")}
    place = trees["v6.1.7"] / "net/core/dev.c"
    place.write_text(place.read_text() + MORE)
    place = trees["v6.1.8"] / "net/core/dev.c"
    text = place.read_text().replace("*last = NULL;", "*last;").replace("\tnet_stamp(skb);\n", "\tlast = NULL;\n" * 2)
    one = "static int xmit_one(struct sk_buff *skb, struct net_device *dev)\n{\n\tdev_queue_xmit_nit(skb, dev);\n}\n\n"
    text = text.replace("static int dev_hard_start_xmit", f"{one}static int dev_hard_start_xmit")
    place.write_text(text.replace("\tdev_queue_xmit_nit(skb, dev);\n\treturn", "\txmit_one(skb, dev);\n\treturn"))
    return {version: str(tree) for version, tree in trees.items()}
