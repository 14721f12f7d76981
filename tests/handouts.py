"""A handout of our own, made by hand, with a note of every outcome; the same with words that try to break out."""

from __future__ import annotations

from dataclasses import replace

from graphs import GRAPH, ROUTES, VERSION

from explorer.compare import compare_walks
from explorer.excerpt import Excerpt, Page, Remark
from explorer.graph import FileInfo, Function
from explorer.handout import Asked, Handout
from explorer.sources.values import Origin
from explorer.tour.pages import Walk
from explorer.version import Location, Version

DEV = "net/core/dev.c"
INFO = FileInfo(DEV, "0123456789abcdef" * 2 + "01234567", f"/home/somebody/linux-3.4/{DEV}", "known blob")
WORDS = "We follow the frame to its tap. "
BODY = [
    "int dev_queue_xmit(struct sk_buff *skb)",
    "{",
    "\t/* one */",
    "\tif (skb->len)",
    "\t\treturn dev_queue_xmit_nit(skb);",
    *["\twork(skb);"] * 20,
    '\tpr_info("%d\\n", skb->len);',
    "}",
]


def remark(name: str, line: int, title: str, outcome: str = "placed", text: str = WORDS * 3) -> Remark:
    location = Location(VERSION, DEV, line or 9) if outcome == "placed" else None
    link = f"https://mirror.example/dev.c#n{location.line}" if location else ""
    return Remark(f"dev_queue_xmit.{name}", title, text, line, line, outcome, location, link)


def page(title: str, body: list[str], first: int, *remarks: Remark, calls: tuple[tuple[int, str], ...] = ()) -> Page:
    function = Function(title, DEV, first, first, first + len(body) - 1, "function", "global")
    lines = tuple((("", line),) if line else () for line in body)
    excerpt = Excerpt(function, VERSION, Origin("tree", "a tree", "known blob"), first, lines)
    link = f"https://mirror.example/dev.c#n{first}"
    return Page(title, (), excerpt, remarks, Location(VERSION, DEV, first), link, (), f"{title} sums up.", calls)


FIRST = page(
    "dev_queue_xmit",
    [*BODY[:4], "\t\treturn ", *BODY[5:]],
    101,
    remark("test", 104, "The test"),
    remark("lost", 0, "The lost", "missing"),
    remark("gone", 0, "The gone", "absent"),
    remark("other", 0, "The other"),
    calls=((105, "dev_queue_xmit_nit"),),
)
_CALL = (("", "\t\t"), ("k", "return"), ("", " "), ("n", "dev_queue_xmit_nit"), ("p", "(skb);"))
FIRST = replace(
    FIRST, excerpt=replace(FIRST.excerpt, lines=(*FIRST.excerpt.lines[:4], _CALL, *FIRST.excerpt.lines[5:]))
)
SECOND = page("dev_queue_xmit_nit", ["void dev_queue_xmit_nit(void)", "{", "\tgo();", "}"], 201)
WALK = Walk("transmit", VERSION, "A sent frame", "We begin.", (FIRST, SECOND), ("skb_loop_sk",))
ASKED = Asked(
    "lo", "Why is every packet captured twice?", ("Because it `turns` round.",), ("dev_queue_xmit.test",), "lo-twice"
)
HANDOUT = Handout("en", GRAPH, ROUTES[:1], (WALK,), (INFO,), True, (ASKED,))

NEXT = Version.parse("v6.12")
_LATER = replace(FIRST, location=Location(NEXT, DEV, 301), remarks=(remark("test", 104, "The test", text="Else."),))
_MORE = replace(
    SECOND,
    title="xmit_more",
    location=Location(NEXT, DEV, 401),
    remarks=(replace(remark("more", 203, "More"), id="more.more"),),
)
COMPARED = replace(HANDOUT, changes=(compare_walks(WALK, replace(WALK, version=NEXT, pages=(_LATER, _MORE))),))

FACTS = replace(
    HANDOUT,
    has_text=False,
    walks=(replace(WALK, pages=(replace(FIRST, excerpt=None), replace(SECOND, excerpt=None))),),
)

BREAKOUTS = (
    "</pre></code></ol></style></script><script>struck = 1</script><img src=x onerror=struck=1>",
    '" onmouseover="struck = 1" x="',
    "]]><svg onload=struck=1>&lt;b&gt;",
    "` ``` ````\n```\n# no heading\n<img src=x onerror=struck=1>\n[a](javascript:struck=1) ![b](http://evil.example/x.png)",
    "*/ } @import 'http://evil.example'; </style> \\",
    "\x1b[31m \x00 \u202eabc\u2066 \u2028",
    "{version} {0} %s |a|b| $x$ ~~c~~ @somebody https://evil.example/ <!-- -->",
)


def hostile(words: str) -> Handout:
    """A handout in which all that is not ours to say, and more, is `words`."""
    flat = " ".join(words.split())
    file = replace(INFO, path=words, blob=words, origin=f"javascript:{words}", verified=words, remark=words)
    place = Location(VERSION, words, 7)
    notes = [
        Remark(f"{flat}.{number}", words, words, line, line, outcome, place, f"javascript:{words}", words)
        for number, (line, outcome) in enumerate([(102, "placed"), (0, "placed"), (0, "missing"), (0, "absent")])
    ]
    function = replace(FIRST.excerpt.function, name=words, file=words)
    rows = tuple((((kind, line),)) for kind in ("", "k", "cm", "cp", "s", "n") for line in words.split("\n"))
    source = Excerpt(function, VERSION, Origin(words, words, words), 101, rows)
    told = Page(words, (words,), source, tuple(notes), place, f"javascript:{words}", (words,), words, ((102, words),))
    walk = Walk(flat, VERSION, words, words, (told, told), (words,))
    later = replace(walk, pages=(replace(told, remarks=(replace(notes[0], text=WORDS),)),))
    asked = Asked(words, words, (words,), (notes[0].id,), words)
    return Handout(
        "en",
        GRAPH,
        ROUTES[:1],
        (walk, replace(walk, id="b")),
        (file,),
        True,
        (asked,),
        True,
        (compare_walks(walk, later),) * 2,
    )
