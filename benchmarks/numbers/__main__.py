"""`python -m benchmarks.numbers`, `make numbers`: compare every number with its reference and write docs/numbers.md."""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path

from benchmarks.numbers.number import Number, Outcome, numbers

PAGE = Path(__file__).parents[2] / "docs" / "numbers.md"
_INTRODUCTION = """# The numbers

Every number of the product, where its formula is from, what it was compared with and the largest error seen. Written by `make numbers`; nobody
types a figure. What needs captured data that are not on the machine says so instead. An error of 0 is equality to the last bit. It is the parity
job: it ends with exit code 1 as soon as an error is larger than allowed.
"""
_HEADING = "| number | unit | computed by | source | reference | data | rows | largest error | allowed |"


def page(compared: dict[Number, Outcome | str]) -> str:
    """Return the whole page.

    Parameters
    ----------
    compared
        What each comparison showed, or why it did not run.
    """
    parts = [_INTRODUCTION]
    for area, members in groupby(compared.items(), key=lambda item: item[0].compare.__module__.rpartition(".")[2]):
        lines = [_HEADING, "|---|---|---|---|---|---|---:|---:|---:|"]
        for item, outcome in members:
            rows, error = (f"{outcome.rows:,}", f"{outcome.largest_error:.2g}") if isinstance(outcome, Outcome) else ("", outcome)
            kind = " of it" if item.relative else ""
            cells = (
                item.title, item.unit, f"`{item.formula}`", item.source, item.reference, item.data, rows, f"{error}{kind if rows else ''}",
                f"{item.tolerance:g}{kind}",
            )  # fmt: skip
            lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
        parts.append(f"## {area.replace('_', ' ').capitalize()}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> int:
    """Compare, print, write; exit code 1 when an error is larger than allowed."""
    parser = argparse.ArgumentParser(prog="benchmarks.numbers", description=__doc__)
    parser.add_argument("areas", nargs="*", metavar="AREA", help="only these, and the page stays as it is")
    told = parser.parse_args(arguments)
    compared: dict[Number, Outcome | str] = {}
    wrong = 0
    for item in numbers().values():
        if told.areas and item.compare.__module__.rpartition(".")[2] not in told.areas:
            continue
        missing = item.missing()
        outcome: Outcome | str = f"not run: no {', '.join(missing)}" if missing else item.outcome()
        compared[item] = outcome
        if isinstance(outcome, Outcome):
            bad = not outcome.largest_error <= item.tolerance
            wrong += bad
            shown = f"{outcome.rows:,} rows, largest error {outcome.largest_error:.3g}, allowed {item.tolerance:g}"
            print(f"{'WRONG ' if bad else ''}{item.title}: {shown}")
        else:
            print(f"{item.title}: {outcome}")
    if not told.areas:
        PAGE.write_text(page(compared))
        print(f"written to {PAGE}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
