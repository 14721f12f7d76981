import re
from pathlib import Path

import pytest
from marks import FIXTURES

from explorer.syntax.dialect import prepare


def _words(text: str) -> list[str]:
    """What the grammar is given, less blanks."""
    return prepare(text.encode()).code.decode().split()


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_nothing_moves(path: Path) -> None:
    text = path.read_bytes()
    code = prepare(text).code
    kept = [(at, word) for at, word in _placed(code) if word not in (b"while", b"if", b"int", b"f", b"x", b"T")]
    assert set(kept) <= set(_placed(text))
    assert [at for at, byte in enumerate(code) if byte == 10] == [at for at, byte in enumerate(text) if byte == 10]


def _placed(text: bytes) -> list[tuple[int, bytes]]:
    return [(found.start(), found[0]) for found in re.finditer(rb"\w+", text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # comments and strings, also in directives
        ("a /* b */ c // d\ne", "a c e"),
        ("a // b \\\n c\nd", "a d"),
        ('f("a /* b", \'"\', "c \\" d");', 'f(" ", \' \', " ");'),
        ('#define GLOB "/*" // x\na', "a"),
        ("#define LONG \\\n b \\\n c\na", "a"),
        ("a /* never closed", "a"),
        ('a "never closed\nb', 'a " b'),
        # words that say nothing to a grammar
        ("static __latent_entropy void f(void)", "static void f(void)"),
        ("int x ____cacheline_aligned_in_smp;", "int x ;"),
        ("int f(void) __releases(lock(a, b(c))) __acquires(RCU)", "int f(void)"),
        ("asmlinkage __visible int noinline_for_stack f(char __user *p);", "int f(char *p);"),
        ("__unused_name(x); my__init; __initcall(f);", "__unused_name(x); my__init; __initcall(f);"),
        # macros at file level
        ("DEFINE_SPINLOCK(a);\nint b;", "int b;"),
        ("static DEFINE_PER_CPU(int, a) = 1;\nint b;", "int x = 1; int b;"),
        ("EXPORT_SYMBOL(a)\nint b;", "int b;"),
        ("struct a {\n\tDECLARE_BITMAP(b, 2);\n\tint c;\n};", "struct a { int c; };"),
        (
            "struct a {\n\tstruct_group(b,\n\t\tint c;\n\t);\n\tint d;\n};\nint e(void)\n{\n\tf(1\n\t);\n}",
            "struct a { int c; int d; }; int e(void) { f(1 ); }",
        ),
        ("struct a {\n\t__struct_group(b, c, d,\n\t\tint e;\n\t);\n};", "struct a { int e; };"),
        ("SYSCALL_DEFINE2(a, int, b)\n{\n}", "int f( a, T , b) { }"),
        # types where a grammar wants an expression
        ("x = f(struct a *, b);", "x = f( a , b);"),
        ("x = min_t(unsigned int, b, c);", "x = min_t(T , b, c);"),
        ("x = (typeof(*a) *)b;", "x = b;"),
        ("x = (struct a *)b;", "x = (struct a *)b;"),
        ("int f(struct a *b, int c);", "int f(struct a *b, int c);"),
    ],
)
def test_what_a_grammar_reads(text: str, words: str) -> None:
    assert _words(text) == words.split()


@pytest.mark.parametrize(
    ("statement", "words", "macro"),
    [
        ("for_each_x(a, b) {", "while (a, b) {", "for_each_x"),
        ("for_each_x(a)\n\t\tb();", "while (a) b();", "for_each_x"),
        ("for_each_x(a)\n\t\tfor_each_y(b)\n\t\t\tc();", "while (a) while (b) c();", "for_each_x for_each_y"),
        ("else with_x(a) {", "else while (a) {", "with_x"),
        ("fn(a) {", "if(a) {", "fn"),
        ("with_x(a)\n\t{", "while (a) {", "with_x"),
        ("switch (a) {\n\tUP(b) DOWN(c)\n\t}", "switch (a) { }", "UP DOWN"),
        ("if (a) {", "if (a) {", ""),
        ("call(a);", "call(a);", ""),
        ("call(a)->b();", "call(a)->b();", ""),
        ("b = for_each_size(a) * 2;", "b = for_each_size(a) * 2;", ""),
    ],
)
def test_a_statement_that_is_a_macro(statement: str, words: str, macro: str) -> None:
    prepared = prepare(b"int f(int a)\n{\n\t" + statement.encode())
    assert prepared.code.decode().split("{", 1)[1].split() == words.split()
    assert [name for _, name in prepared.macros] == macro.split()


def test_the_head_of_a_function_is_no_loop() -> None:
    assert prepare(b"static int\nfor_each_x(int a) {\n}\n").macros == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("#if 0\na\n#endif", []),
        ("#if 0\na\n#else\nb\n#endif", ["b"]),
        ("#if A\na {\n#else\nb {\n#endif\n}", ["a", "{", "}"]),
        ("#if A\na { }\n#else\nb { }\n#endif", ["a", "{", "}", "b", "{", "}"]),
        ("#if 0\n#if A\na\n#endif\n#endif\nb", ["b"]),
        ("#else\n#endif\na", ["a"]),
    ],
)
def test_arms_that_are_left_out(text: str, kept: list[str]) -> None:
    assert _words(text) == kept


def test_a_directive_without_its_comments() -> None:
    rows = prepare(b"  # if defined(A) && \\\n\tB /* why */ // not\n#define F(x) /* kept */ g(x)\n").directives
    assert [(row.word, row.text) for row in rows] == [
        ("if", "defined(A) && \\\n\tB"),
        ("define", "F(x) /* kept */ g(x)"),
    ]
