"""Kernel C made parseable without moving a byte.

The kernel writes C that only its own preprocessor makes C: attribute words, loops that are macros, both arms of an
#if. `prepare` blanks what a C grammar cannot read, or puts a keyword of the same length in its place, and says what it
did; every offset and every line of the result is one of the original.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["COMMENT", "LEVELS", "STRING", "Directive", "Prepared", "prepare"]

LEVELS = 63  # of #if in #if, and of brackets in brackets, that C promises; what lies deeper is not C to us

_BLANK = bytes(byte if byte in b"\n\t" else 32 for byte in range(256))
_NO_BRACKETS = bytes(set(range(256)) - set(b"(){}[]"))
_SIGNS = bytes(59 if byte in b";{}" else byte in b"()[]<>!%&*+,-./:=?^|~" for byte in range(256))
_LONGEST_RUN = 256  # signs in a row, no word or semicolon between them
_LONGEST_STATEMENT = 1 << 16  # bytes that are no blanks

# The patterns meet hostile text too: they are possessive (*+) where there is one way to match. Where they run over all
# of a file they begin with a set of characters, which re searches for quickly.
COMMENT = rb"/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*+"
STRING = rb""""(?:\\.|[^"\\\n])*+"|'(?:\\.|[^'\\\n])*+'"""
_LEXICAL = re.compile(
    rb"""[/"'#](?:(?P<comment>(?<=/)(?:\*.*?(?:\*/|\Z)|/(?:\\\n|[^\n])*+))"""
    rb"""|(?P<string>(?<=")(?:\\.|[^"\\\n])*+"?|(?<=')(?:\\.|[^'\\\n])*+'?)"""
    rb"""|(?P<directive>(?<=#)(?:[^/"'\\\n]++|""" + COMMENT + b"|" + STRING + rb"|\\\n|[^\n])*+))",
    re.S,
)
_DIRECTIVE = re.compile(rb"#[ \t]*([a-z]+)[ \t]*(.*)", re.S)
_COMMENT = re.compile(COMMENT, re.S)

# Words that say something to gcc or sparse and nothing to a grammar.
_ATTRIBUTES = re.compile(
    rb"""\b(?:
    __(?:init|exit|initdata|exitdata|initconst|devinit|devexit|cpuinit|meminit|net_init|net_exit|net_initdata|ref|refdata
      |rcu|user|kernel|iomem|percpu|force|bitwise|nocast|safe|private|read_mostly|ro_after_init|always_inline|must_check
      |maybe_unused|always_unused|used|unused|latent_entropy|sched|visible|bpf_kfunc|packed|pure|cold|hot|weak|malloc
      |deprecated|noreturn|noclone|nocfi|no_kcsan|no_instrument|randomize_layout|no_randomize_layout|designated_init
      |cacheline_aligned|cacheline_aligned_in_smp|lockfunc|attribute_const__|attribute_pure__|attribute_used__
      |cfi_seal|flatten|gnu_inline|noinitretpoline|noretpoline|noscs|intelligence|data_racy)
    |____cacheline_(?:internodealigned|aligned)(?:_in_smp)?
    |__fix_address|noinline(?:_for_stack|_for_tracing|_for_kasan)?|notrace|asmlinkage|fastcall|inline_for_stack|noinstr|nokprobe_inline
    |randomized_struct_fields_(?:start|end)|__private
    )\b(?![ \t]*\()
    |\b__(?:releases|acquires|must_hold|cond_acquires|cond_lock|printf|scanf|section|aligned|counted_by|alloc_size
      |guarded_by|no_sanitize|cleanup|free|attribute__|context_unsafe
      |context_lock_struct|cond_acquires_shared|releases_shared|acquires_shared)\s*+\((?:[^()]++|\((?:[^()]++|\([^()]*+\))*+\))*+\)
    |\b__cacheline_group_(?:begin|end)(?:_aligned)?\s*\([^()]*\)\s*;
    """,
    re.X,
)
_NESTED = rb"\((?:[^(){};]++|\((?:[^(){};]++|\((?:[^(){};]++|\([^(){};]*+\))*+\))*+\))*+\)"

# A statement that begins with `name(...)` and goes on without a semicolon: `list_for_each_entry_rcu(a, b, c) {`,
# `scoped_guard(x) {`, and without a block where the name tells.
_LOOP = re.compile(
    rb"[\n;:{}](?:(?<!\n)|[ \t])[ \t]*+(?:else[ \t]++)?"
    rb"(?P<name>(?!(?:if|while|for|switch|return|sizeof|do|else|goto|case|typeof|defined)\b)[A-Za-z_]\w++)[ \t]*+"
    + _NESTED
    + rb"(?=(?P<block>[ \t]*+(?:\n[ \t]++)?+\{)|\s*+[A-Za-z_*+-])"
)
_LOOP_NAME = re.compile(rb"for_each|skb_(?:queue|list)?_?walk")
_CASES = re.compile(rb"[;{}:]\s*+(?P<uses>(?:[A-Z]\w*+[ \t]*+\([^(){};]*+\)\s*+)++)(?=[a-z_}])")
_SYSCALL = re.compile(rb"^(?P<compat>COMPAT_)?SYSCALL_DEFINE[0-6]\s*+\(\s*+(?P<name>\w++)\s*+[,)]", re.M)
_TOP_MACRO = re.compile(
    rb"^(?:static[ \t]+)?[A-Z][A-Z0-9_]{2}\w*+[ \t]*+" + _NESTED + rb"[ \t]*+(?P<end>;|=|(?=\n))", re.M
)
_MEMBER_MACRO = re.compile(rb"^[ \t]++DECLARE_\w++[ \t]*+\([^(){};]*+\)[ \t]*+;", re.M)
_GROUP = re.compile(
    rb"^[ \t]++(?:struct_group(?:_tagged|_attr)?[ \t]*+\((?:[^(),;]++|\([^()]*+\))*+,(?:[^(),;{]*+,)?"
    rb"|__struct_group\((?:[^(),;]*+,){3})(?=\s*+[\w}/])",
    re.M,
)
_PARENTHESIS = re.compile(rb"[()]")
_PRIMITIVE = rb"(?:(?:unsigned|signed|long|short|int|char|bool|size_t|ssize_t|u?int(?:8|16|32|64)_t)\b\s*+)++"
_TYPE_ARGUMENT = re.compile(
    rb"(?P<before>[,(](?:(?<=,)|(?<=\w\())\s*+)(?=[bceilsu])"
    rb"(?:(?P<type>(?:const\s++)?(?:struct|union|enum)\s)(?P<name>\s*+\w++)|(?P<word>" + _PRIMITIVE + rb"))"
    rb"(?P<stars>[\s*]*+)(?=[,)])"
)
_TYPE_CAST = re.compile(rb"\(\s*+(?:__)?typeof(?:__)?\s*+" + _NESTED + rb"[\s*]*+\)")


@dataclass(frozen=True, slots=True)
class Directive:
    """One preprocessor line, continuation lines joined; `text` is what follows the word, comments left out."""

    offset: int
    end: int
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """Text a C grammar can read, of the same length as the original.

    `macros` are the (offset, name) of macro uses that the grammar no longer sees, because they became a loop or
    blanks; `names` maps the offset of a definition's name to what the definition is called. Text that is no C at all
    (`is_c`) is all blanks.
    """

    code: bytes
    directives: tuple[Directive, ...]
    macros: tuple[tuple[int, str], ...]
    names: dict[int, str]
    is_c: bool = True


def prepare(text: bytes) -> Prepared:
    """Make the C text of a kernel file readable for a C grammar; nothing moves."""
    code, directives = _split(text)
    code = _drop_arms(code, directives)
    macros: list[tuple[int, str]] = []
    names: dict[int, str] = {}
    if not _is_c(code):
        return Prepared(code.translate(_BLANK), directives, (), {}, False)
    if b"SYSCALL_DEFINE" in code:
        code = _SYSCALL.sub(lambda found: _as_function(found, names), code)
    code = _ATTRIBUTES.sub(_blank, code)
    if b"DECLARE_" in code:
        code = _MEMBER_MACRO.sub(_blank, code)
    if b"struct_group" in code:
        code = _without_groups(code)
    code = _TOP_MACRO.sub(_as_declaration, code)
    code = _LOOP.sub(lambda found: _as_loop(found, macros), code)
    code = _CASES.sub(lambda found: _as_nothing(found, macros), code)
    code = _TYPE_CAST.sub(_blank, code)
    code = _TYPE_ARGUMENT.sub(_as_name, code)
    return Prepared(code, directives, tuple(sorted(macros)), names)


def _is_c(code: bytes) -> bool:
    """Whether brackets close, words stand between signs and statements end; else parsing takes quadratic time."""
    brackets = code.translate(None, _NO_BRACKETS)
    for _ in range(LEVELS):
        for pair in (b"()", b"[]", b"{}"):
            brackets = brackets.replace(pair, b"")
    if len(brackets) >= _LONGEST_RUN:
        return False
    signs = code.translate(_SIGNS, b" \t\n\v\f\r")
    return b"\1" * _LONGEST_RUN not in signs and max(map(len, signs.split(b";"))) < _LONGEST_STATEMENT


def _split(text: bytes) -> tuple[bytes, tuple[Directive, ...]]:
    """Blank comments, the inside of strings, and directives, which are returned apart."""
    pieces: list[bytes] = []
    directives: list[Directive] = []
    last = 0
    for found in _LEXICAL.finditer(text):
        start, end = found.span()
        pieces.append(text[last:start])
        piece = found[0]
        if found.lastgroup == "string":
            inner = len(piece) - (len(piece) > 1 and piece[-1] == piece[0])
            pieces.append(piece[:1] + piece[1:inner].translate(_BLANK) + piece[inner:])
        else:
            pieces.append(piece.translate(_BLANK))
            if found.lastgroup == "directive" and (read := _read(piece, start, end)):
                directives.append(read)
        last = end
    pieces.append(text[last:])
    return b"".join(pieces), tuple(directives)


def _read(line: bytes, offset: int, end: int) -> Directive | None:
    is_macro = line[1:].lstrip(b" \t").startswith(b"define")  # its lines are counted
    found = _DIRECTIVE.match(_COMMENT.sub(b" ", line) if b"/" in line and not is_macro else line)
    return Directive(offset, end, found[1].decode(), found[2].decode("latin-1").strip()) if found else None


def _drop_arms(code: bytes, directives: tuple[Directive, ...]) -> bytes:
    """Blank `#if 0`, and the later arms of an #if whose arms do not each balance their braces: one is enough."""
    drop: list[tuple[int, int]] = []
    stack: list[list[Directive]] = []
    for line in directives:
        if line.word in ("if", "ifdef", "ifndef"):
            stack.append([line])
        elif line.word in ("else", "elif") and stack:
            stack[-1].append(line)
        elif line.word == "endif" and stack:
            group = [*stack.pop(), line]
            if len(stack) >= LEVELS:
                continue
            arms = [(a.end, b.offset) for a, b in pairwise(group)]
            if group[0].word == "if" and group[0].text == "0":
                drop.append(arms[0])
            elif len(arms) > 1 and any(code.count(b"{", *arm) != code.count(b"}", *arm) for arm in arms):
                drop.extend(arms[1:])
    if not drop:
        return code
    kept = bytearray(code)
    for start, end in drop:
        kept[start:end] = kept[start:end].translate(_BLANK)
    return bytes(kept)


def _as_function(found: re.Match[bytes], names: dict[int, str]) -> bytes:
    """`SYSCALL_DEFINE3(bind, int, fd, ...)` becomes `int f(  bind, int, fd, ...)`, whose name is sys_bind."""
    names[found.start() + 4] = f"{'compat_' if found['compat'] else ''}sys_{found['name'].decode()}"
    name = found.start("name") - found.start()
    return b"int f(" + found[0][6:name].translate(_BLANK) + found[0][name:]


def _without_groups(code: bytes) -> bytes:
    """Blank `struct_group(name,` and the `);` that closes it; the members stay."""
    kept = bytearray(code)
    for found in _GROUP.finditer(code):
        kept[found.start() : found.end()] = _blank(found)
        depth = 1
        for sign in _PARENTHESIS.finditer(code, found.end()):
            depth += 1 if sign[0] == b"(" else -1
            if not depth:
                end = code.find(b";", sign.start()) + 1
                kept[sign.start() : end] = code[sign.start() : end].translate(_BLANK)
                break
    return bytes(kept)


def _as_declaration(found: re.Match[bytes]) -> bytes:
    """A macro at file level: a definition with an initialiser keeps it, all else is nothing to a grammar."""
    blank = _blank(found)
    return b"int x" + blank[5:-1] + b"=" if found["end"] == b"=" else blank


def _as_loop(found: re.Match[bytes], macros: list[tuple[int, str]]) -> bytes:
    name = found["name"]
    if found["block"] is None and not _LOOP_NAME.search(name):
        return found[0]
    macros.append((found.start("name"), name.decode()))
    start, end = (offset - found.start() for offset in found.span("name"))
    return found[0][:start] + (b"while" if len(name) >= 5 else b"if").ljust(len(name)) + found[0][end:]


def _as_nothing(found: re.Match[bytes], macros: list[tuple[int, str]]) -> bytes:
    uses = re.finditer(rb"[A-Z]\w*(?=[ \t]*\()", found["uses"])
    macros.extend((found.start("uses") + use.start(), use[0].decode()) for use in uses)
    return found[0][:1] + found[0][1:].translate(_BLANK)


def _as_name(found: re.Match[bytes]) -> bytes:
    """A type as a macro's argument, `container_of(p, struct sock, sk)`: the grammar accepts a name there."""
    stars = found["stars"].translate(_BLANK)
    if word := found["word"]:
        return found["before"] + b"T" + word[1:].translate(_BLANK) + stars
    return found["before"] + found["type"].translate(_BLANK) + found["name"] + stars


def _blank(found: re.Match[bytes]) -> bytes:
    return found[0].translate(_BLANK)
