"""How often the verdict of `why` is the model's outcome, and is another without the statement that decided it.

python benchmarks/why.py [COUNT]: on that many scenarios drawn at random, 500 by default; exits 1 if a verdict differs.
The rare ones among them, which read, bind and remove as they go, are passed over: `why` is not asked about those.
"""

from __future__ import annotations

import sys
from collections import Counter

from explorer.conform import drawn
from explorer.why.replay import outcome_of
from explorer.why.values import Case
from explorer.why.verdict import got_of, verdicts


def main(count: int) -> int:
    """Count verdicts by what became of them."""
    seen: Counter[str] = Counter()
    for number in (number for number in range(count * 4 // 3) if number % 4 != 3):
        case = Case(drawn(number))
        outcome = outcome_of(case)
        for each in verdicts(case):
            if each.got != got_of(outcome, each.tap.name):
                seen["another than the outcome"] += 1
                print(f"{case.scenario.id} {each.tap.name}: {each.got}")
            if not each.deciding:
                seen["nothing to decide: the tap was closed, or nothing sent"] += 1
            elif each.otherwise is None:
                seen["the same without the deciding statement"] += 1
                print(f"{case.scenario.id} {each.tap.name}: {each.deciding}")
            elif each.besides:
                seen["another without it and what stands behind it"] += 1
            else:
                seen["another without it"] += 1
    for words, number in seen.most_common():
        print(f"{number:6}  {words}")
    return 1 if seen["another than the outcome"] else 0


if __name__ == "__main__":
    sys.exit(main(int((sys.argv[1:] or ["500"])[0])))
