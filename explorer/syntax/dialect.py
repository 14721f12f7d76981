"""Kernel C made parseable without moving a byte.

The kernel writes C that only its own preprocessor makes C: attribute words, loops that are macros, both arms of an
#if. `prepare` blanks what a C grammar cannot read, or puts a keyword of the same length in its place, and says what it
did; every offset and every line of the result is one of the original.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Directive", "Prepared", "prepare"]

_BLANK = bytes(byte if byte in b"\n\t" else 32 for byte in range(256))

_LEXICAL = re.compile(
    rb"""(?P<comment>/\*.*?(?:\*/|\Z)|//(?:\\\n|[^\n])*)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |^[ \t]*(?P<directive>\#(?:/\*.*?\*/|\\\n|[^\n])*)""",
    re.S | re.M | re.X,
)
_DIRECTIVE = re.compile(rb"#[ \t]*([a-z]+)[ \t]*(.*)", re.S)
_COMMENT = re.compile(rb"/\*.*?\*/|//[^\n]*", re.S)

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
      |context_lock_struct|cond_acquires_shared|releases_shared|acquires_shared)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)
    |\b__cacheline_group_(?:begin|end)(?:_aligned)?\s*\([^()]*\)\s*;
    """,
    re.X,
)
_NESTED = rb"\((?:[^(){};]|\((?:[^(){};]|\((?:[^(){};]|\([^(){};]*\))*\))*\))*\)"
_KEYWORDS = frozenset(b"if while for switch return sizeof do else goto case typeof defined".split())

# `list_for_each_entry_rcu(a, b, c) {`, `scoped_guard(x) {`, and without a block where the name tells.
_LOOP = re.compile(rb"(?<![\w>.])(?P<name>[A-Za-z_]\w+)[ \t]*(?P<args>" + _NESTED + rb")(?=[ \t]*\{)")
_BARE_LOOP = re.compile(rb"(?<![\w>.])(?P<name>\w*(?:for_each|skb_(?:queue|list)?_?walk)\w*)[ \t]*(?P<args>" + _NESTED + rb")(?=\s*[A-Za-z_*+-])")
_CASES = re.compile(rb"(?<=[;{}:])(\s*)((?:[A-Z]\w*[ \t]*\([^(){};]*\)\s*)+)(?=[a-z_}])")
_SYSCALL = re.compile(rb"^(?:COMPAT_)?SYSCALL_DEFINE[0-6]\s*\(\s*(?P<name>\w+)\s*[,)]", re.M)
_TOP_MACRO = re.compile(rb"^(?:static[ \t]+)?(?P<name>[A-Z][A-Z0-9_]{2,})\w*[ \t]*" + _NESTED + rb"[ \t]*(?P<end>;|=|(?=\n))", re.M)
_MEMBER_MACRO = re.compile(rb"^[ \t]+DECLARE_\w+[ \t]*\([^(){};]*\)[ \t]*;", re.M)
_GROUP = re.compile(rb"^[ \t]+(?:struct_group(?:_tagged|_attr)?[ \t]*\((?:[^(),;]|\([^()]*\))*,(?:[^(),;{]*,)?|__struct_group\((?:[^,;]*,){3})(?=\s*[\w}/])", re.M)
_GROUP_END = re.compile(rb"^[ \t]*\)[ \t]*;", re.M)
_PRIMITIVE = rb"(?:(?:unsigned|signed|long|short|int|char|bool|size_t|ssize_t|u?int(?:8|16|32|64)_t)\b\s*)+"
_TYPE_ARGUMENT = re.compile(
    rb"(?P<before>,\s*|(?<=\w)\(\s*)(?:(?P<type>(?:const\s+)?(?:struct|union|enum)\s)(?P<name>\s*\w+)|(?P<word>" + _PRIMITIVE + rb"))"
    rb"(?P<stars>[\s*]*)(?=[,)])"
)
_TYPE_CAST = re.compile(rb"\(\s*(?:__)?typeof(?:__)?\s*" + _NESTED + rb"[\s*]*\)")


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
    blanks; `names` maps the offset of a definition's name to what the definition is called.
    """

    code: bytes
    directives: tuple[Directive, ...]
    macros: tuple[tuple[int, str], ...]
    names: dict[int, str]


def prepare(text: bytes) -> Prepared:
    """Make the C text of a kernel file readable for a C grammar; nothing moves."""
    code, directives = _split(text)
    code = _drop_arms(code, directives)
    macros: list[tuple[int, str]] = []
    names: dict[int, str] = {}
    code = _SYSCALL.sub(lambda found: _as_function(found, names), code)
    code = _ATTRIBUTES.sub(_blank, code)
    code = _MEMBER_MACRO.sub(_blank, code)
    if _GROUP.search(code):
        code = _GROUP_END.sub(_blank, _GROUP.sub(_blank, code))
    code = _TOP_MACRO.sub(_as_declaration, code)
    for pattern in (_LOOP, _BARE_LOOP):
        code = pattern.sub(lambda found: _as_loop(found, macros), code)
    code = _CASES.sub(lambda found: _as_nothing(found, macros), code)
    code = _TYPE_CAST.sub(_blank, code)
    code = _TYPE_ARGUMENT.sub(_as_name, code)
    return Prepared(code, directives, tuple(sorted(macros)), names)


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
            pieces.append(piece[:1] + piece[1:-1].translate(_BLANK) + piece[-1:])
        else:
            pieces.append(piece.translate(_BLANK))
            if found.lastgroup == "directive" and (read := _read(found["directive"], found.start("directive"), end)):
                directives.append(read)
        last = end
    pieces.append(text[last:])
    return b"".join(pieces), tuple(directives)


def _read(line: bytes, offset: int, end: int) -> Directive | None:
    found = _DIRECTIVE.match(_COMMENT.sub(b" ", line) if b"/" in line and not line.startswith(b"#define") else line)
    return Directive(offset, end, found[1].decode(), found[2].decode("latin-1").strip()) if found else None


def _drop_arms(code: bytes, directives: tuple[Directive, ...]) -> bytes:
    """Blank `#if 0`, and the later arms of an #if whose arms do not each balance their braces: one of them is enough."""
    drop: list[tuple[int, int]] = []
    stack: list[list[Directive]] = []
    for line in directives:
        if line.word in ("if", "ifdef", "ifndef"):
            stack.append([line])
        elif line.word in ("else", "elif") and stack:
            stack[-1].append(line)
        elif line.word == "endif" and stack:
            group = [*stack.pop(), line]
            arms = [(a.end, b.offset) for a, b in zip(group, group[1:], strict=False)]
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
    names[found.start() + 4] = "sys_" + found["name"].decode()
    head = found[0]
    name = found.start("name") - found.start()
    return b"int f(".ljust(name) + head[name:]


def _as_declaration(found: re.Match[bytes]) -> bytes:
    """A macro at file level: a definition with an initialiser keeps it, all else is nothing to a grammar."""
    whole = found[0]
    if found["end"] == b"=":
        return b"int " + b"x".ljust(len(whole) - 5).translate(_BLANK).replace(b" ", b"x", 1) + b"=" if len(whole) > 6 else whole
    return whole.translate(_BLANK)


def _as_loop(found: re.Match[bytes], macros: list[tuple[int, str]]) -> bytes:
    name = found["name"]
    if name in _KEYWORDS or _is_definition(found):
        return found[0]
    macros.append((found.start(), name.decode()))
    keyword = b"while" if len(name) >= 5 else b"if"
    return keyword.ljust(len(name)) + found[0][len(name) :]


def _is_definition(found: re.Match[bytes]) -> bool:
    """Whether the words before a `name(...) {` make it the head of a function, which begins in the first column."""
    line = found.string.rfind(b"\n", 0, found.start()) + 1
    return found.start() == line or found.string[line] not in b" \t"


def _as_nothing(found: re.Match[bytes], macros: list[tuple[int, str]]) -> bytes:
    macros.extend((found.start(2) + use.start(), use[0].decode()) for use in re.finditer(rb"[A-Z]\w*(?=[ \t]*\()", found[2]))
    return found[0].translate(_BLANK)


def _as_name(found: re.Match[bytes]) -> bytes:
    """A type as a macro's argument, `container_of(p, struct sock, sk)`: the grammar accepts a name there."""
    stars = found["stars"].translate(_BLANK)
    if word := found["word"]:
        return found["before"] + b"T".ljust(len(word)) + stars
    return found["before"] + found["type"].translate(_BLANK) + found["name"] + stars


def _blank(found: re.Match[bytes]) -> bytes:
    return found[0].translate(_BLANK)
