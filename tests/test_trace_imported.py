"""What other tools print: every tool's text, and texts that are nobody's."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from explorer.errors import TraceError
from explorer.trace import imported

TEXTS = {
    "function_graph": (
        """# tracer: function_graph
 0)               |  packet_sendmsg() {
 0)   0.3 us      |    skb_clone();
 0)               |    __dev_queue_xmit() {
 0)               |      veth_xmit [veth]() {
 0)   1.1 us      |        __netif_rx();
 0)   2 us        |      }
 ------------------------------------------
 1)               |  other() {
 0)               |      x.constprop.0() {
 0)               |      }
 0)               |    } /* __dev_queue_xmit */
 0)               |    packet_rcv(skb=0x1, dev=0x2) { /* <-x */
""",
        [
            "packet_sendmsg > skb_clone",
            "packet_sendmsg > __dev_queue_xmit > veth_xmit [veth] > __netif_rx",
            "other",
            "packet_sendmsg > __dev_queue_xmit > x",
            "packet_sendmsg > packet_rcv",
        ],
    ),
    "bare function_graph": (
        """  dev_queue_xmit_nit() {
    packet_rcv();
  }
  veth_xmit [veth]() {
    __netif_rx();
  }
""",
        ["dev_queue_xmit_nit > packet_rcv", "veth_xmit [veth] > __netif_rx"],
    ),
    "trace-cmd": (
        """cpus=2
  python3-12 [000]  10.5: funcgraph_entry:                   |  packet_snd() {
  python3-12 [000]  10.5: funcgraph_entry:        0.5 us     |    skb_clone();
  python3-12 [000]  10.5: funcgraph_exit:       + 12.1 us    |  }
  python3-12 [000]  10.5: function:             packet_rcv <-- dev_queue_xmit_nit
""",
        ["packet_snd > skb_clone", "dev_queue_xmit_nit > packet_rcv"],
    ),
    "function with stacks": (
        """     python3-12   [000] d..1.  12.3: packet_rcv <-deliver_skb
     python3-12   [000] d..1.  12.3: <stack trace>
 => packet_rcv
 => dev_queue_xmit_nit
 => dev_hard_start_xmit
""",
        ["deliver_skb > packet_rcv", "dev_hard_start_xmit > dev_queue_xmit_nit > packet_rcv"],
    ),
    "perf script": (
        """python3  123 [001]   4.5: sock:sk_data_ready: family=17
        ffffffff9a packet_rcv+0x1f ([kernel.kallsyms])
        ffffffff9b deliver_skb+0x10 ([kernel.kallsyms])
        ffffffffc0 veth_xmit+0x10 ([veth])
              7f00 sendto+0x1 (/usr/lib/libc.so.6)

""",
        ["veth_xmit+0x10 [veth] > deliver_skb+0x10 > packet_rcv+0x1f"],
    ),
    "bpftrace": (
        """Attaching 1 probe...
@[
    packet_rcv+1
    dev_queue_xmit_nit+495
]: 1
""",
        ["dev_queue_xmit_nit+0x1ef > packet_rcv+0x1"],
    ),
    "pwru": (
        """SKB                CPU PROCESS          NETNS      MARK/x   IFACE   PROTO  MTU   LEN   TUPLE FUNC
0xffff8f2a1b0e6700 2   ~/python3:123    4026531840 0        v0:2    0x88b5 1500  60    :0->:0() packet_rcv
packet_rcv
deliver_skb
veth_poll [veth]
0xffff8f2a1b0e6700 2   ~/python3:123    4026531840 0        v0:2    0x88b5 1500  60    :0->:0() kfree_skb_reason(X)
""",
        ["packet_rcv", "veth_poll [veth] > deliver_skb > packet_rcv", "kfree_skb_reason"],
    ),
    "pwru with callers": (
        """SKB                CPU PROCESS          FUNC CALLER
0xffff8f2a1b0e6700 2   ~/python3:123    packet_rcv dev_queue_xmit_nit
""",
        ["dev_queue_xmit_nit > packet_rcv"],
    ),
    "retis": (
        """5215171933719 (2) [ping] 1234/1234 [tp] net:net_dev_queue #4be (skb ffff8f)
2 (2) [ping] 12/12 [k] packet_rcv
    packet_rcv+0x1
    dev_queue_xmit_nit+0x1ef
""",
        ["packet_rcv", "dev_queue_xmit_nit+0x1ef > packet_rcv+0x1"],
    ),
    "gdb": (
        """#0  packet_rcv (skb=0x60, dev=0x0) at /build/linux-6.12/net/packet/af_packet.c:2100
#1  0x0000000060 in dev_queue_xmit_nit (skb=0x1) at net/core/dev.c:2290
#2  0x0000000060 in xmit_one (x=...) at ../../etc/passwd:1
#0  tpacket_rcv (skb=0x60)
""",
        ["xmit_one > dev_queue_xmit_nit > packet_rcv", "tpacket_rcv"],
    ),
}


def chains(text: str) -> list[str]:
    return [" > ".join(map(str, chain)) for chain in imported.read(text, "own", "6.12").chains]


@pytest.mark.parametrize("tool", TEXTS)
def test_each_tools_chains_are_read(tool: str) -> None:
    text, wanted = TEXTS[tool]
    assert chains(text) == wanted


def test_gdbs_lines_are_kept_from_the_tree_on() -> None:
    (chain, _) = imported.read(TEXTS["gdb"][0], "own", "6.12").chains
    places = [(frame.path, frame.line) for frame in chain]
    assert places == [("", 0), ("net/core/dev.c", 2290), ("net/packet/af_packet.c", 2100)]


@pytest.mark.parametrize("text", ["", "hello\n", "# tracer: nop\n", "}\n" * 9, "=> \n", "#1\n"])
def test_a_text_without_a_chain_is_refused(text: str) -> None:
    with pytest.raises(TraceError, match="no call chain is in the text"):
        chains(text)


def test_a_file_that_is_too_large_or_absent_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TraceError, match="cannot be read"):
        imported.load(tmp_path / "absent", "own", "6.12")
    monkeypatch.setattr(imported, "_MOST_BYTES", 3)
    (tmp_path / "large").write_text("packet_rcv+1\n")
    with pytest.raises(TraceError, match="larger than"):
        imported.load(tmp_path / "large", "own", "6.12")


def test_depth_and_number_are_bounded() -> None:
    deep = "".join(f" 0) | {'  ' * depth}f{depth}() {{\n" for depth in range(400))
    assert max(len(chain) for chain in imported.read(deep, "own", "6.12").chains) <= 200
    many = "".join(f"a{number}+1\n\n" for number in range(30_000))
    assert len(imported.read(many, "own", "6.12").chains) == 20_000


def test_whatever_stands_in_a_file_only_names_come_out(tmp_path: Path) -> None:
    """Four hundred damaged texts: each is read or refused, in bounded time, and nothing else comes out of it."""
    chance = random.Random(6)
    pieces = [text for text, _ in TEXTS.values()]
    signs = "\x1b[31m <>&\"'\0\u202e|){};#=>+@" + "0xf " * 3
    place = tmp_path / "text"
    for _ in range(400):
        text = list("".join(chance.sample(pieces, 2)))
        for _ in range(chance.randrange(1, 60)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(4)] = chance.choice(signs) * chance.choice((1, 1, 1, 300))
        place.write_text("".join(text), encoding="utf-8", errors="replace")
        try:
            trace = imported.load(place, "own", "6.12")
        except TraceError:
            continue
        for frame in (frame for chain in trace.chains for frame in chain):
            assert re.fullmatch(r"[A-Za-z_][\w.]*", frame.function)
            assert re.fullmatch(r"\w*", frame.module)
            assert re.fullmatch(r"[\w./-]*", frame.path)


@pytest.mark.parametrize(
    "line", [" 0) |" + " " * 5000, "0x1234 1 " + "a " * 5000, "#1 " + "(" * 5000, "a" * 9000 + "+1"]
)
def test_a_long_line_takes_no_time(line: str) -> None:
    with pytest.raises(TraceError):
        imported.read((line + "\n") * 200, "own", "6.12")
