"""Text that is no C, or is made to cost time; run as a program, one line a case: its name and the errors counted."""

from __future__ import annotations

import random

_MANY = 1 << 17
_NESTED = 30_000

CASES = {
    "random bytes": random.Random(1).randbytes(_MANY),
    "NUL bytes": b"\0" * _MANY,
    "1 MB of (": b"(" * (1 << 20),
    "1 MB of {": b"{" * (1 << 20),
    "1 MB of [": b"[" * (1 << 20),
    "calls never closed": b"f(" * _MANY,
    "macros never closed": b";UP(" * _MANY,
    "attributes never closed": b"__releases(" * _MANY,
    "deep parentheses": b"int f(void)\n{return " + b"(" * _NESTED + b"x" + b")" * _NESTED + b";}",
    "deep braces": b"void f(void)\n" + b"{" * _NESTED + b"}" * _NESTED,
    "deep calls": b"int f(void)\n{return " + b"g(" * _NESTED + b"x" + b")" * _NESTED + b";}",
    "deep initialiser": b"struct a b = " + b"{.c = " * _NESTED + b"d" + b"}" * _NESTED + b";",
    "deep if": b"void f(void)\n{" + b"if (x) " * _NESTED * 2 + b";}",
    "deep else": b"void f(void)\n{" + b"if (x) ; else " * _NESTED * 4 + b";}",
    "deep ternary": b"void f(void)\n{p->q = " + b"a ? b : " * _NESTED + b"c;}",
    "deep members": b"void f(struct a *b)\n{" + b"b->" * _NESTED + b"c();}",
    "calls of calls": b"void f(void)\n{g" + b"(1)" * _NESTED + b";}",
    "stars": b"void f(struct a " + b"*" * _MANY + b"b)\n{}",
    "signs": b"x = " + b"!" * _MANY + b"y;",
    "a long line": b"int f(void) { " + b"g(x); " * (_MANY // 8) + b"}",
    "a long word": b"A" * _MANY,
    "a long loop name": b"\n " + b"for_each" * _MANY + b"(x) y",
    "a long chain of locals": b"void f(void)\n{struct list_head *a0"
    + b"".join(b", *a%d = a%d" % (n + 1, n) for n in range(3000))
    + b"; struct p *x; x->func(); list_add(&x->list, a3000);}",
    "a local put in itself": b"void f(void)\n{struct list_head *a; struct p *x; x->func();"
    + b"a = a;" * 200
    + b"list_add(&x->list, a);}",
    "comment never closed": b"int f(void) { g(); /*" + b" /* x" * _MANY,
    "comment in a directive": b"#define X " + b"/*" * _MANY,
    "strings never closed": b'"\\' * _MANY,
    "quotes": b"'\"" * _MANY,
    "#if never closed": b"#if X\n" * _MANY,
    "#if 0 in #if 0": b"#if 0\n" * _NESTED + b"#endif\n" * _NESTED,
    "#else in #else": b"#if A\n#else\n{" * _NESTED + b"#endif\n" * _NESTED,
    "#elif": b"#if A\n" + b"#elif B\n" * _NESTED,
    "#define": b"#define f(x) " + b"g(" * _MANY,
    "cases": b";" + b"UP () " * _MANY,
    "types": b"f(" + b"unsigned " * _MANY,
    "groups": b" __struct_group(a\n" * (_MANY // 4),
    "3 MB": b"int f(struct sk_buff *skb)\n{\n\treturn skb->dev->go(skb);\n}\n" * (3 * (1 << 20) // 60),
}

if __name__ == "__main__":
    from explorer.facts import analyse

    for name, text in CASES.items():
        print(name, end="\t", flush=True)
        print(analyse(text, "net/hostile.c", "").errors, flush=True)
