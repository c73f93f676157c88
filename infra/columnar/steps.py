"""Steps of the decoder: what it does for a whole chunk of records before it goes on to the next field."""

from __future__ import annotations

from collections.abc import Sequence

from infra.columnar import opcodes as op

# One step is a row of int64: kind, then slots (of the value, of its validity, of a text's lengths; -1 for none), the index of null in the
# union (-1 if it cannot be null), an operand, and for a part of the program the instruction after it.
KIND, VALUE, VALID, LENGTH, NULL, OPERAND, STOP, WIDTH = range(8)
LONG, DOUBLE, BOOLEAN, ENUM, TEXT, TEXT_CODE, PROGRAM = range(7)
# OPERAND: number of symbols, dictionary, whether a text is UTF-8 (1) or bytes (0), or the first instruction of the part
LARGEST_SMALL_ENUM = 64  # symbols whose places take one byte

_KINDS = {
    op.LONG: LONG, op.SKIP_LONG: LONG, op.DOUBLE: DOUBLE, op.SKIP_DOUBLE: DOUBLE, op.BOOLEAN: BOOLEAN, op.SKIP_BOOLEAN: BOOLEAN,
    op.ENUM: ENUM, op.SKIP_ENUM: ENUM, op.TEXT_SPAN: TEXT, op.SKIP_TEXT: TEXT, op.BYTES_SPAN: TEXT, op.SKIP_BYTES: TEXT,
    op.TEXT_CODE: TEXT_CODE,
}  # fmt: skip
_FILLS = (op.FILL_WIDE, op.FILL_CODE, op.FILL_FLAG)


def step_of(code: Sequence[Sequence[int]], first: int) -> list[int]:
    """Return the step that does what the instructions of one field do, from ``first`` on: a scalar's, or a part of the program."""
    null = -1
    scalar = code[first]
    rest = code[first + 1 :]
    if scalar[op.CODE] == op.NULLABLE:
        null = scalar[op.FIRST]
        scalar, rest = rest[0], rest[1:]
        if rest and rest[0][op.CODE] == op.JUMP and all(each[op.CODE] in _FILLS for each in rest[1:]):
            rest = []
    kind = _KINDS.get(scalar[op.CODE])
    if kind is None or rest or (kind == ENUM and scalar[op.FIRST] > LARGEST_SMALL_ENUM):
        return [PROGRAM, -1, -1, -1, -1, first, len(code)]
    operand, length = scalar[op.FIRST], -1
    if kind == TEXT:
        operand = int(scalar[op.CODE] in (op.TEXT_SPAN, op.SKIP_TEXT))
        length = scalar[op.SECOND] if scalar[op.CODE] in (op.TEXT_SPAN, op.BYTES_SPAN) else -1
    return [kind, scalar[op.VALUE], scalar[op.VALID], length, null, operand, -1]


def merged(steps: Sequence[Sequence[int]]) -> list[list[int]]:
    """Join parts of the program that follow each other."""
    joined: list[list[int]] = []
    for step in steps:
        if joined and step[KIND] == joined[-1][KIND] == PROGRAM and joined[-1][STOP] == step[OPERAND]:
            joined[-1][STOP] = step[STOP]
        else:
            joined.append(list(step))
    return joined
