"""A tcpdump command line, read and not run."""

from __future__ import annotations

import pytest

from explorer.errors import DataError
from explorer.why.tcpdump import Capture, is_tcpdump, parsed


@pytest.mark.parametrize(
    ("line", "capture"),
    [
        ("tcpdump -i eth0 udp", Capture("eth0", expression=("udp",))),
        ("sudo tcpdump -nnpi eth0 -Q in port 53", Capture("eth0", "in", promiscuous=False, expression=("port", "53"))),
        ("/usr/sbin/tcpdump -B 4096 -s 96 --direction=out", Capture("first", "out", buffer=4096, snapshot=96)),
        ("tcpdump -ni any 'tcp and port 80'", Capture("", expression=("tcp and port 80",))),
        ("tcpdump --interface=lo --no-promiscuous-mode", Capture("lo", promiscuous=False)),
        ("tcpdump -r a.pcap", Capture("first", file="a.pcap")),
    ],
)
def test_a_tcpdump_line_is_read(line: str, capture: Capture) -> None:
    assert is_tcpdump(line)
    assert parsed(line, "first") == capture


@pytest.mark.parametrize("line", ["why twice on lo", "eth0", "my tcpdump shows nothing", ""])
def test_other_words_are_no_tcpdump_line(line: str) -> None:
    assert not is_tcpdump(line)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tcpdump -i", "requires argument"),
        ("tcpdump -P", "not recognized"),
        ("tcpdump 'open", "No closing quotation"),
        ("tcpdump -Q sideways", "no direction 'sideways'; it takes in, out, inout"),
        ("tcpdump -B much", "a number there, not 'much'"),
    ],
)
def test_a_line_that_tcpdump_would_refuse_is_refused(line: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        parsed(line)
