import pytest

from explorer.facts import analyse
from explorer.graph import Call, CallGraph, join
from explorer.version import Location, Version

_VERSION = Version.parse("v6.1")


def _graph(**files: str) -> CallGraph:
    """A graph of files named by their stem: `dev_c` is net/dev.c, `dev_h` is net/dev.h."""
    facts = [analyse(text.encode(), f"net/{name.replace('_', '.')}", "") for name, text in files.items()]
    return join(_VERSION, facts)


def _edges(graph: CallGraph) -> list[tuple[str, str, str]]:
    return [(call.caller, call.callee, call.kind) for call in graph.calls]


_F = "int f(void)\n{\n\treturn g(1);\n}\n"


@pytest.mark.parametrize(
    ("files", "callee", "kind"),
    [
        ({}, "g", "call"),
        ({"b_c": "int g(int a)\n{\n}\n"}, "g@net/b.c", "call"),
        ({"b_c": "static int g(int a)\n{\n}\n"}, "g", "call"),
        ({"b_c": "#define g(a) a\n"}, "g", "call"),
        ({"b_h": "static inline int g(int a)\n{\n}\n"}, "g@net/b.h", "call"),
        ({"b_h": "#define g(a) a\n"}, "g@net/b.h", "macro"),
        ({"b_h": "#ifdef A\n#define g(a) a\n#else\nint g(int a)\n{\n}\n#endif\n"}, "g@net/b.h", "call"),
        ({"b_h": "static inline int g(int a)\n{\n}\n", "c_c": "int g(int a)\n{\n}\n"}, "g@net/c.c", "call"),
        ({"b_h": "#define g(a) a\n", "c_h": "int g(int a)\n{\n}\n"}, "g@net/c.h", "call"),
    ],
)
def test_a_name_means_what_can_be_called(files: dict[str, str], callee: str, kind: str) -> None:
    assert ("f@net/a.c", callee, kind) in _edges(_graph(a_c=_F, **files))


def test_a_name_of_the_same_file_comes_first() -> None:
    graph = _graph(a_c=_F + "static int g(int a)\n{\n}\n", b_c="int g(int a)\n{\n}\n")
    assert _edges(graph) == [("f@net/a.c", "g@net/a.c", "call")]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("IS_ERR", "call"), ("INIT_LIST_HEAD", "call"), ("WARN_ON", "macro"), ("htons", "macro"), ("kfree_skb", "call")],
)
def test_what_is_not_read_is_a_macro_if_it_is_known_as_one(name: str, kind: str) -> None:
    graph = _graph(a_c=_F.replace("g(", f"{name}("))
    assert _edges(graph) == [("f@net/a.c", name, kind)]
    assert graph.definitions[name][0].kind == ("external" if kind == "call" else "macro")


def test_each_definition_of_a_name_is_listed_and_calls_by_its_first_line() -> None:
    graph = _graph(a_c="#ifdef A\n" + _F + "#else\nint f(void)\n{\n\treturn h();\n}\n#endif\n#define f(x) x\n")
    rows = graph.definitions["f@net/a.c"]
    assert [(row.first, row.kind, row.conditions) for row in rows] == [
        (2, "function", ("A",)),
        (7, "function", ("!A",)),
        (12, "macro", ()),
    ]
    assert [(call.callee, call.first, call.conditions) for call in graph.calls] == [("g", 2, ("A",)), ("h", 7, ("!A",))]


_STRUCT = "struct ops { int (*open)(int); struct ops *next; };\n"
_OPEN = "int f(struct ops *o)\n{\n\treturn o->next->open(1);\n}\n"
_STORE = "static struct ops mine = {\n\t.open = my_open,\n};\nstatic int my_open(int a)\n{\n}\n"


def test_a_pointer_call_says_where_it_is_made_and_where_the_function_was_stored() -> None:
    graph = _graph(a_c=_OPEN, b_c=_STORE, c_h=_STRUCT)
    (call,) = (call for call in graph.calls if call.kind == "pointer")
    assert (call.callee, call.via) == ("my_open@net/b.c", "ops.open")
    assert call.evidence is not None
    assert call.evidence.dispatch == Location(_VERSION, "net/a.c", 3)
    assert call.evidence.registrations == (Location(_VERSION, "net/b.c", 2),)
    assert graph.unresolved == ()


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"a_c": _OPEN, "c_h": _STRUCT}, "no function is stored to ops.open"),
        ({"a_c": _OPEN}, "the struct of the member is not in the files"),
        ({"a_c": "int f(int (*o)(int))\n{\n\treturn o(1);\n}\n"}, "a parameter"),
    ],
)
def test_a_pointer_that_leads_nowhere_known_says_why(files: dict[str, str], reason: str) -> None:
    (row,) = _graph(**files).unresolved
    assert row.reason.startswith(reason)
    assert str(row.location) == "v6.1:net/a.c:3"


_PUT = "int packet_rcv(void)\n{\n\t__skb_queue_tail(&sk->sk_receive_queue, skb);\n}\n"
_TAKE = "int packet_recvmsg(void)\n{\n\tskb = skb_recv_datagram(sk, 0);\n}\n"


def _handed(text: str) -> tuple[list[Call], tuple[str, ...]]:
    graph = join(_VERSION, [analyse(text.encode(), "net/packet/af_packet.c", "")])
    return [call for call in graph.calls if call.kind == "deferred"], graph.lost


def test_a_hand_over_joins_the_two_ends_and_says_both_statements() -> None:
    calls, lost = _handed(_PUT + _TAKE)
    (call,) = calls
    assert (call.caller.partition("@")[0], call.callee.partition("@")[0]) == ("packet_rcv", "packet_recvmsg")
    assert call.via == "the socket's receive queue"
    assert call.evidence is not None
    assert (call.location.line, call.evidence.dispatch.line, call.evidence.registrations[0].line) == (3, 3, 7)
    assert "receive-queue" not in lost


@pytest.mark.parametrize("text", [_PUT, _TAKE, _PUT.replace("sk_receive_queue", "other") + _TAKE])
def test_a_hand_over_without_one_of_its_ends_is_lost(text: str) -> None:
    calls, lost = _handed(text)
    assert calls == []
    assert "receive-queue" in lost
