"""The tape's letters for exchanges and sale conditions as the numbers that records carry: the same whoever delivers a print.

Vendors that hand the letters of the SIPs through (Alpaca, Tradier) meet here those that number them (Polygon). Sources: the
participant and sale condition tables of the CTA and UTP specifications; Polygon's ``/v3/reference/exchanges`` and ``/conditions``.
A letter that is not listed has no number in a record; the payload keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable

EXCHANGES = {
    "A": 1, "B": 2, "C": 3, "D": 4, "Q": 5, "I": 6, "J": 7, "K": 8, "M": 9, "N": 10, "P": 11, "T": 12, "S": 13, "L": 14, "V": 15,
    "W": 16, "X": 17, "Y": 18, "Z": 19, "H": 20, "U": 21,
}  # fmt: skip
# Letters that mean the same on both tapes.
_CONDITIONS = {
    "C": 7, "F": 14, "H": 21, "I": 37, "L": 30, "M": 15, "N": 20, "P": 22, "Q": 16, "R": 29, "T": 12, "U": 13, "V": 52, "X": 9,
    "4": 10, "7": 53, "9": 38,
}  # fmt: skip
_OF_TAPE = {
    "A": {"B": 2, "E": 3},  # New York
    "B": {"B": 2, "E": 3},  # regional
    "C": {"A": 1, "B": 4, "G": 5, "W": 2, "6": 8},  # Nasdaq
}  # fmt: skip


def exchange_number(letter: object) -> int | None:
    """Return the number of a participant's letter, None for one that is not known."""
    return EXCHANGES.get(letter) if isinstance(letter, str) else None


def condition_numbers(letters: Iterable[str], tape: object = None) -> tuple[int, ...]:
    """Return the numbers of sale conditions, in their order; ``tape`` is A, B or C where the vendor tells."""
    own = _OF_TAPE.get(tape, {}) if isinstance(tape, str) else {}
    found = (own.get(letter, _CONDITIONS.get(letter)) for letter in letters)
    return tuple(number for number in found if number is not None)
