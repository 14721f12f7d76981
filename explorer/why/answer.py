"""The verdicts on a case, placed on a release: the deciding statements, what is not modelled, what confirms it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.features import features_of, undecided
from explorer.model._mirrors import MIRRORED
from explorer.model.steps import Step as Ran
from explorer.tour.load import load_step, tongue
from explorer.tour.placement import Ground, place
from explorer.tour.values import Fit
from explorer.tour.words import Words
from explorer.version import Location, Version
from explorer.why.commands import confirming
from explorer.why.replay import steps_of
from explorer.why.values import Case, Verdict
from explorer.why.verdict import verdicts_of

if TYPE_CHECKING:
    from explorer.kernel import Kernel

__all__ = ["Finding", "Statement", "answer", "statements"]

# Of what the functions of a way leave out, that which can change who gets a frame, or as what.
_TELLING = frozenset(
    (
        "netfilter,netfilter egress,classic tc,tcx,redirection,BPF's redirection marks,XDP,"
        "XDP that changes or redirects,netpoll,RPS,NAPI,encapsulation,xfrm,many queues,emergency memory,"
        "masters before rx_handler,DSA,VLANs,tunnels,spanning tree,isolation,locked ports,multicast groups,proxy ARP,"
        "sockets that validate themselves,recursion,random numbers,eBPF,virtio headers,the arm without locks"
    ).split(",")
)
_ALWAYS = ("what a driver or its hardware does by itself", "IP's own netfilter hooks, which no tap stands behind")
_LEFT_OUT = re.compile(r"Left out:(.*)\.", re.S)


@dataclass(frozen=True, slots=True)
class Statement:
    """A STEP.NOTE on a release: what is said there, and where; `outcome` is that of its placement."""

    name: str
    title: str
    text: str
    outcome: str
    location: Location | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A case answered for a release: a verdict a tap, the statements they name, what is not modelled, what confirms it.

    `refused` says why the kernel would refuse to send, `remarks` what the release does not have, or is not known to.
    """

    version: Version
    case: Case
    refused: str
    verdicts: tuple[Verdict, ...]
    statements: tuple[Statement, ...]
    left_out: tuple[str, ...]
    remarks: tuple[str, ...]
    confirm: tuple[str, ...]

    @property
    def deciding(self) -> tuple[str, ...]:
        """The statements that decided, each once, with what stood behind them."""
        names = [name for each in self.verdicts for name in (each.deciding, *each.besides)]
        return tuple(dict.fromkeys(filter(None, names)))

    def statement(self, name: str) -> Statement:
        """What a STEP.NOTE says here."""
        return next(row for row in self.statements if row.name == name)


def answer(kernel: Kernel, case: Case, lang: str = "en") -> Finding:
    """Run the case as a release would, by the features its facts decide, and place the verdicts on it."""
    features = features_of(kernel)
    outcome, root = steps_of(case, features)
    found = verdicts_of(case, features, outcome, root)
    names = dict.fromkeys(
        name for each in found for name in (each.deciding, *each.besides, *(row.note for row in each.meetings)) if name
    )
    left = (*_left_out(root), *_ALWAYS)
    say = Words(lang)
    remarks = (*_taken_as_newest(kernel, case, say), *_lacking(kernel, case, say))
    told = statements(kernel, names, lang)
    return Finding(kernel.version, case, outcome.refused, found, told, left, remarks, confirming(case, found))


def statements(kernel: Kernel, names: Iterable[str], lang: str = "en") -> tuple[Statement, ...]:
    """What some notes, each as STEP.NOTE, say on a release, and where."""
    ground, rows = Ground(kernel), []
    for name in names:
        step = load_step(name.partition(".")[0])
        note = next(each for each in step.notes if each.id == name.partition(".")[2])
        placed = place(ground, step, note)
        title, text = tongue(lang, "steps", step.id).says(note.title, placed.text)
        location = placed.location if placed.outcome is Fit.PLACED else None
        rows.append(Statement(name, title, text, str(placed.outcome), location))
    return tuple(rows)


def _left_out(root: Ran) -> Iterator[str]:
    """What the functions that ran say they leave out, as far as it could change the answer."""
    docs = {function.__mirrors__[0]: inspect.getdoc(function) or "" for function in MIRRORED.values()}
    ran = dict.fromkeys(each.function for each in root.walk() if isinstance(each, Ran))
    words = [word for name in ran if (found := _LEFT_OUT.search(docs.get(name, ""))) for word in found[1].split(",")]
    yield from dict.fromkeys(word for each in words if (word := " ".join(each.split())) in _TELLING)


def _taken_as_newest(kernel: Kernel, case: Case, say: Words) -> Iterator[str]:
    taps = case.scenario.taps
    asked = {
        "ignore_outgoing": any(tap.ignore_outgoing for tap in taps),
        "fanout_ignore_outgoing": any("ignore_outgoing" in tap.fanout for tap in taps),
    }
    for name in undecided(kernel):
        if asked.get(name, True):
            told = {"what": name.replace("_", " "), "version": kernel.version}
            yield say("{what}: as in the newest kernels, for only the text of {version} would tell", **told)


def _lacking(kernel: Kernel, case: Case, say: Words) -> Iterator[str]:
    """What the taps ask for and the release does not have; the model goes on as if it had."""
    taps = case.scenario.taps
    asked = {
        "fanout_add": ("PACKET_FANOUT", any(tap.fanout for tap in taps)),
        "packet_set_ring": ("PACKET_RX_RING", any(tap.ring for tap in taps)),
        "prb_open_block": ("TPACKET_V3", any(tap.ring == 3 for tap in taps)),
        "do_xdp_generic": ("generic XDP", bool(case.having("xdp"))),
    }
    for function, (name, wanted) in asked.items():
        if wanted and not kernel.graph.known([function]):
            told = {"version": kernel.version, "name": name, "function": function}
            yield say("{version} has no {name}, that is no {function}; the answer is as if it had", **told)
