"""The reader's own notes: in their own directory, in the format of ours, anchored like ours."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from explorer import resources
from explorer.errors import PatternError, TourError
from explorer.graph.values import Function
from explorer.pattern import Pattern
from explorer.tour.drift import Near, nearest
from explorer.tour.load import read_step
from explorer.tour.placement import Ground, place
from explorer.tour.values import Anchor, Fit, Note, Placement, Step

__all__ = ["Removed", "add", "at", "change", "listed", "of", "put_back", "remove", "settle"]

_BLOCK = re.compile(r"^(?=\[\[notes\]\])", re.M)


def _room() -> Path:
    return resources.user_dir() / "steps"


def listed() -> tuple[Step, ...]:
    """The reader's own notes, as steps of the functions they stand in."""
    return tuple(read_step(each, str(each)) for each in sorted(_room().glob("*.toml")))


def of(functions: Collection[str]) -> tuple[Step, ...]:
    """The reader's own notes on a function, by any of its names FUNC@SRC."""
    on = (step for step in listed() if set(step.functions) & set(functions))
    return tuple(replace(step, functions=tuple(dict.fromkeys([*functions, *step.functions]))) for step in on)


def settle(ground: Ground, pattern: Pattern) -> Placement:
    """Where a note on a pattern would stand; PatternError, with the nearest statements, if not on just one."""
    step = Step("", (f"{pattern.function}@{pattern.path}",), "", ())
    note = Note("", "", "", (Anchor(pattern.match, pattern.within, pattern.under),))
    where = f"{step.functions[0]} in {ground.kernel.version}"
    if not ground.kernel.has_text:
        raise PatternError(
            f"only facts of {where} are at hand, not its statements; `explorer fetch {ground.kernel.version}` brings "
            "them, --from TREE has them, --anyway keeps the note unchecked"
        )
    placed = place(ground, step, note)
    if placed.outcome is Fit.PLACED:
        return placed
    near = nearest(ground, step, note)
    if placed.outcome is Fit.AMBIGUOUS:
        raise PatternError(
            f"several statements of {where} fit {pattern.match!r}:{_rows(near)}\n"
            "narrow it with --within or --under, or add --anyway"
        )
    said = f"; nearest are:{_rows(near)}\nwrite one of those behind the ;" if near else "; write another"
    raise PatternError(f"no statement of {where} fits {pattern.match!r}{said}, or add --anyway")


def at(ground: Ground, function: Function, line: int) -> Pattern:
    """The pattern of the innermost statement on a line, narrowed until it fits no other; PatternError if none does."""
    where = f"line {line} of {function.id} in {ground.kernel.version}"
    if function.file not in ground.kernel.texts:
        raise PatternError(f"{where} is not at hand; `explorer fetch {ground.kernel.version}` brings its text")
    rows = ground.statements(function)
    here = [row for row in rows if row.first <= line <= row.last]
    if not here:
        raise PatternError(f"no statement stands on {where}; choose a line with one")
    chosen = min(reversed(here), key=lambda row: row.last - row.first)
    within, under = chosen.within[-1:], chosen.conditions[-1:]
    for outer, arm in (((), ()), (within, ()), ((), under), (within, under)):
        pattern = Pattern(function.name, function.file, chosen.text, *("".join(each) for each in (outer, arm)))
        if pattern.among(rows) == (chosen,):
            return pattern
    raise PatternError(f"another statement reads like the one on {where}, so a note could not stay with it")


def _rows(near: Iterable[Near]) -> str:
    text = "".join(f"\n  {row}" for row in near)
    return "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text)


def add(pattern: Pattern, text: str, title: str = "Your note") -> Note:
    """Keep a note; PatternError if the pattern has no file, TourError if the note cannot be kept."""
    if not pattern.path:
        raise PatternError(f"say which file too: {pattern.function}@net/core/dev.c;{pattern.match}")
    function = f"{pattern.function}@{pattern.path}"
    with _alone() as room:
        kept = room / f"{function.replace('/', '-')}.toml"
        before = kept.read_text("utf-8") if kept.is_file() else f"function = [{_quoted(function)}]\n"
        return _written(kept, f"{before}\n{_block(_next(), pattern, text, title)}")[-1]


@dataclass(frozen=True, slots=True)
class Removed:
    """A note that was taken out of its file: all that puts it back, as it was written."""

    note: Note
    kept: Path
    head: str
    block: str


def remove(name: str) -> Removed:
    """Forget a note, by its id; TourError if there is none of that id."""
    with _alone():
        gone = _found(name)
        head, *blocks = _BLOCK.split(gone.kept.read_text("utf-8"))
        blocks.remove(gone.block)
        if blocks:
            _written(gone.kept, head + "".join(blocks))
        else:
            gone.kept.unlink()
        return gone


def put_back(gone: Removed) -> Note:
    """Undo `remove`: the note as it was, under another id if a new one has taken its own."""
    with _alone():
        before = gone.kept.read_text("utf-8") if gone.kept.is_file() else gone.head
        block = gone.block
        if any(note.id == gone.note.id for step in listed() for note in step.notes):
            block = re.sub(r"^(\s*id\s*=).*$", rf'\1 "{_next()}"', block, count=1, flags=re.M)
        return _written(gone.kept, f"{before.rstrip()}\n\n{block}")[-1]


def change(name: str, text: str, title: str) -> Note:
    """Say something else on the same statement; the note as it was. TourError if there is none of that id."""
    with _alone():
        found = _found(name)
        anchor = found.note.anchors[0]
        written = _block(name, anchor, found.note.text, found.note.title)
        if found.block.strip() != written.strip():
            raise TourError(f"{found.kept} was written by another hand; change the note {name} there", str(found.kept))
        whole = found.kept.read_text("utf-8")
        _written(found.kept, whole.replace(found.block.strip(), _block(name, anchor, text, title).strip()))
        return found.note


def _found(name: str) -> Removed:
    """A note with what stands of it in its file."""
    for step in listed():
        for index, note in enumerate(step.notes):
            if note.id == name:
                kept = _room() / f"{step.id}.toml"
                head, *blocks = _BLOCK.split(kept.read_text("utf-8"))
                if len(blocks) != len(step.notes):
                    raise TourError(f"{kept} was written by another hand; do it to the note {name} there", str(kept))
                return Removed(note, kept, head, blocks[index])
    known = ", ".join(note.id for step in listed() for note in step.notes) or "none yet"
    raise TourError(f"there is no note {name!r} of yours; there are {known}")


def _next() -> str:
    """An id that no note of the reader's has."""
    given = [note.id.removeprefix("mine-") for step in listed() for note in step.notes]
    return f"mine-{1 + max((int(each) for each in given if each.isdecimal()), default=0)}"


def _block(name: str, pattern: Pattern | Anchor, text: str, title: str) -> str:
    note = {"id": name, "title": title, "text": text}
    anchor = {key: value for key in ("match", "within", "under") if (value := getattr(pattern, key))}
    rows = ["[[notes]]", *(f"{key} = {_quoted(value)}" for key, value in note.items())]
    rows += ["  [[notes.anchors]]", *(f"  {key} = {_quoted(value)}" for key, value in anchor.items())]
    return "\n".join([*rows, ""])


@contextmanager
def _alone() -> Iterator[Path]:
    """The directory of notes, for one writer at a time; TourError if it cannot be written."""
    import filelock

    room = _room()
    try:
        room.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(room / ".lock"):
            yield room
    except OSError as error:
        raise TourError(f"{room} cannot be written: {error.strerror}; EXPLORER_DATA moves it", str(room)) from error


def _written(kept: Path, text: str) -> tuple[Note, ...]:
    """The notes of a file written whole, and only if it can be read again."""
    trial = kept.with_suffix(".new")
    trial.write_text(text, "utf-8")
    try:
        notes = read_step(trial, str(kept)).notes
        trial.replace(kept)
    finally:
        trial.unlink(missing_ok=True)
    return notes


def _quoted(text: str) -> str:
    """A TOML string: JSON's, which leaves DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
