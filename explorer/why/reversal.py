"""The model without one of its rules, for one tap: what a statement decided is what is different then.

The rule is taken out of the function by its syntax tree: a marked ``if`` is not entered, a marked statement is not come
to; and a tap is put on the lists that are walked, or taken off them.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from explorer.edits import functions, lent
from explorer.model.netdevice import dev_net
from explorer.model.packet_sock import TP_STATUS_KERNEL, TP_STATUS_USER, TPACKET_V3, tpacket_block_desc, tpacket_hdr
from explorer.model.ring import packet_lookup_frame
from explorer.model.steps import MARK, TAPS, about, kept_to_loop

__all__ = ["Removal", "without"]

# What the changed functions ask.
_MEANT, _WALKED, _CHOSEN, _ROOMY = "_why_meant", "_why_walked", "_why_chosen", "_why_roomy"


@dataclass(frozen=True, slots=True)
class Removal:
    """A rule to take out of the model's function `place`: the lines marked `id`.

    `tap` is whom alone it does not hold for, empty for everybody. `how` it goes: empty if the line is not to act;
    ``join`` or ``leave`` if besides the tap is put on the lists that the loop round the line walks, or taken off, where
    in a group ``join`` makes it the member that is chosen; ``enter`` if the line is to act where it did not; ``room``
    if the line finds a free slot in the tap's ring, as if that were longer.
    """

    place: str
    id: str
    tap: str = ""
    how: str = ""


@contextmanager
def without(removals: Sequence[Removal]) -> Iterator[None]:
    """Have the model run without some rules inside the ``with``."""
    hooks = _Hooks(removals)
    asked = {_MEANT: hooks.meant, _WALKED: hooks.walked, _CHOSEN: hooks.chosen, _ROOMY: hooks.roomy}
    with ExitStack() as stack:
        for place in dict.fromkeys(each.place for each in removals):
            ours = tuple((number, each) for number, each in enumerate(removals) if each.place == place)
            changed = functions()[place]
            stack.enter_context(_told(changed.__globals__, asked))
            stack.enter_context(lent(changed, _without(changed, changed.__code__, ours)))
        yield


@contextmanager
def _told(names: dict[str, Any], asked: Mapping[str, Any]) -> Iterator[None]:
    names.update(asked)
    try:
        yield
    finally:
        for name in asked:
            names.pop(name, None)


class _Hooks:
    """What a changed function asks as it runs."""

    def __init__(self, removals: Sequence[Removal]) -> None:
        self._removals = removals
        self._joined: list[Any] = []  # the frames for which the tap was put on a list

    def meant(self, number: int, seen: Mapping[str, Any], names: Sequence[str]) -> bool:
        """Whether a removed rule does not hold now: for everybody, or for this tap."""
        tap = self._removals[number].tap
        return not tap or tap in about(seen, tuple(names))[1].split(",")

    def walked(self, number: int, walk: Iterable[Any], seen: Mapping[str, Any]) -> list[Any]:
        """The taps, or the lists of taps, that a loop walks, with the tap that is meant or without it."""
        removal, rows, skb = self._removals[number], list(walk), seen["skb"]
        hook = _hook(skb, removal.tap)
        if hook is None:
            return rows
        of_lists = bool(rows) and isinstance(rows[0], list)
        lists = rows if of_lists else [rows]
        if removal.how == "leave":
            lists = [[each for each in row if each is not hook] for row in lists]
        elif not any(hook in row for row in lists) and not any(skb is each for each in self._joined):
            self._joined.append(skb)
            lists = [*lists, [hook]]
        return lists if of_lists else [each for row in lists for each in row]

    def chosen(self, number: int, member: Any, group: Any) -> Any:
        """The member of a group that gets a frame: the tap that is meant, if it is one."""
        return next((sk for sk in group.arr if sk.name == self._removals[number].tap), member)

    def roomy(self, number: int, po: Any) -> None:
        """Have the ring of the tap that is meant a free slot, or block, where the kernel writes next."""
        if po.name != self._removals[number].tap:
            return
        ring = po.rx_ring
        if po.tp_version != TPACKET_V3:
            if not packet_lookup_frame(ring, ring.head, TP_STATUS_KERNEL):
                ring.pg_vec.insert(ring.head, tpacket_hdr())
                ring.frame_max += 1
            return
        for place in (ring.kactive_blk_num, ring.kactive_blk_num + 1):
            if ring.pg_vec[place % len(ring.pg_vec)].block_status & TP_STATUS_USER:
                ring.pg_vec.insert(place, tpacket_block_desc())


def _hook(skb: Any, tap: str) -> Any:
    """The hook of a tap, or of its group; None if it is closed."""
    found = next((sk for sk in dev_net(skb.dev).sklist if sk.name == tap), None)
    return found and (found.fanout or found).prot_hook


@cache
def _without(changed: FunctionType, code: CodeType, removals: tuple[tuple[int, Removal], ...]) -> CodeType:
    """The code of a function whose rules are taken out, its lines where they were."""
    lines, first = inspect.getsourcelines(code)
    source = textwrap.dedent("".join(lines))
    tree = ast.parse(source)
    (made,) = tree.body
    assert isinstance(made, ast.FunctionDef)
    made.decorator_list = []
    marks = {number: found[1] for number, line in enumerate(source.splitlines(), 1) if (found := MARK.search(line))}
    kept = kept_to_loop(tree)
    for number, removal in removals:
        for line in [line for line, note in marks.items() if note == removal.id]:
            if removal.how == "room":
                _before(_way_to(made, line), f"{_ROOMY}({number}, po)")
                continue
            names = TAPS if line in kept else TAPS[1:]
            _take_out(_way_to(made, line), f"{_MEANT}({number}, locals(), {names})", removal.how == "enter")
            if removal.how in ("join", "leave"):
                _listed(_way_to(made, line), number)
    ast.increment_lineno(ast.fix_missing_locations(tree), first - 1)
    made_in: dict[str, Any] = dict(changed.__globals__)
    exec(compile(tree, code.co_filename, "exec"), made_in)
    result: CodeType = made_in[made.name].__code__
    return result


def _way_to(node: ast.AST, line: int) -> list[ast.AST]:
    """The statements that a line is in, the outermost first."""
    for block in ("body", "orelse"):
        for each in getattr(node, block, ()):
            if each.lineno <= line <= (each.end_lineno or each.lineno):
                return [node, *_way_to(each, line)]
    return [node]


def _take_out(way: list[ast.AST], meant: str, enter: bool) -> None:
    """Have the last statement on the way not act where it is meant, or act; what asks for NULL guards the next."""
    statement, above = way[-1], way[-2]
    inside = statement if isinstance(statement, ast.If) else above
    if isinstance(inside, ast.If):
        if not ast.unparse(inside.test).endswith(" is None"):
            other_arm = statement in inside.orelse
            _change(inside, meant, enter != other_arm)
    elif isinstance(statement, ast.Expr | ast.Return):
        body: list[ast.stmt] = getattr(above, "body")  # noqa: B009 - a statement above has one
        before = body[body.index(statement) - 1]
        if isinstance(before, ast.If):  # the way out that was not taken
            _change(before, meant, True)


def _before(way: list[ast.AST], call: str) -> None:
    """Have something done before the last statement on the way."""
    body: list[ast.AST] = getattr(way[-2], "body")  # noqa: B009 - a statement above has one
    body.insert(body.index(way[-1]), ast.parse(call).body[0])


def _change(branch: ast.If, meant: str, enter: bool) -> None:
    """Enter a branch where it is meant, or do not."""
    how: ast.boolop = ast.Or() if enter else ast.And()
    asked = meant if enter else f"not {meant}"
    branch.test = ast.BoolOp(how, [branch.test, ast.parse(asked, mode="eval").body])


def _listed(way: list[ast.AST], number: int) -> None:
    """Have the outermost loop over taps on the way walk otherwise; without a loop, have a group's choice be another."""
    loop = next((each for each in way if isinstance(each, ast.For)), None)
    if loop:
        loop.iter = ast.parse(f"{_WALKED}({number}, {ast.unparse(loop.iter)}, locals())", mode="eval").body
    elif isinstance(choice := way[-1], ast.Assign):
        choice.value = ast.parse(f"{_CHOSEN}({number}, {ast.unparse(choice.value)}, f)", mode="eval").body
