"""Decodes a chunk of values field by field: the processor overlaps the rows, which it cannot when each waits for its own last field."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
from numba import njit

from infra.columnar.row_decoder import EXPONENT, TRAILING, run_program
from infra.columnar.steps import BOOLEAN, DOUBLE, ENUM, KIND, LENGTH, LONG, NULL, OPERAND, STOP, TEXT, TEXT_CODE, VALID, VALUE
from infra.columnar.text_table import code_if_at_home, code_of
from infra.columnar.varints import is_utf8, read_long_inside
from infra.columnar.wide_loads import load_u8, load_u64

CHUNK = 256
_ASCII = np.uint64(0x8080808080808080)


@njit(forceinline=True, _nrt=False)
def _present(data, at, null):
    """Read the index of a union of null and something: 1 if it is there, 0 if null, -1 if neither. ``at`` is a place to read from."""
    branch = np.int64(load_u8(data, at))
    if branch == 2 * null:
        return 0
    return 1 if branch == 2 - 2 * null else -1


@njit(forceinline=True, _nrt=False)
def _inside(place, end):
    """Return ``place``, but not beyond ``end``: reading goes on after something went wrong, which is told at the end."""
    return min(place, end)


@njit(_nrt=False)
def _longs(data, step, row, count, places, ends, wide, flag):
    value, valid, null = step[VALUE] + row, step[VALID] + row, step[NULL]
    wrong = False
    for i in range(count):
        at = places[i]
        if null >= 0:
            there = _present(data, at, null)
            wrong |= there < 0
            at += 1
            if step[VALID] >= 0:
                flag[valid + i] = there > 0
            if there <= 0:
                if step[VALUE] >= 0:
                    wide[value + i] = 0
                wrong |= at > ends[i]
                places[i] = _inside(at, ends[i])
                continue
        number, at = read_long_inside(data, at)
        if step[VALUE] >= 0:
            wide[value + i] = number
        wrong |= at > ends[i]
        places[i] = _inside(at, ends[i])
    return wrong


@njit(_nrt=False)
def _doubles(data, step, row, count, places, ends, wide, flag):
    value, valid, null = step[VALUE] + row, step[VALID] + row, step[NULL]
    wrong = False
    for i in range(count):
        at = places[i]
        if null >= 0:
            there = _present(data, at, null)
            wrong |= there < 0
            at += 1
            if step[VALID] >= 0:
                flag[valid + i] = there > 0
            if there <= 0:
                if step[VALUE] >= 0:
                    wide[value + i] = 0
                wrong |= at > ends[i]
                places[i] = _inside(at, ends[i])
                continue
        bits = load_u64(data, at)
        wrong |= bits & EXPONENT == EXPONENT
        if step[VALUE] >= 0:
            wide[value + i] = np.int64(bits)
        wrong |= at + 8 > ends[i]
        places[i] = _inside(at + 8, ends[i])
    return wrong


@njit(_nrt=False)
def _small(data, step, row, count, places, ends, code, flag):
    """Booleans and enums of up to 64 symbols: one byte."""
    value, valid, null = step[VALUE] + row, step[VALID] + row, step[NULL]
    is_enum = step[KIND] == ENUM
    wrong = False
    for i in range(count):
        at = places[i]
        number = np.int64(0)
        there = 1
        if null >= 0:
            there = _present(data, at, null)
            wrong |= there < 0
            at += 1
            if step[VALID] >= 0:
                flag[valid + i] = there > 0
        if there > 0:
            number = np.int64(load_u8(data, at))
            at += 1
            if is_enum:
                wrong |= number & 1 != 0 or number >= 2 * step[OPERAND]
                number >>= 1
            else:
                wrong |= number > 1
        if step[VALUE] >= 0:
            if is_enum:
                code[value + i] = number
            else:
                flag[value + i] = number
        wrong |= at > ends[i]
        places[i] = _inside(at, ends[i])
    return wrong


@njit(forceinline=True, _nrt=False)
def _is_text(data, at, length):
    if length > 8:
        return is_utf8(data, at, at + length)
    # a short text is nearly always ASCII: one look at all its bytes
    return length == 0 or load_u64(data, at) & (_ASCII >> np.uint64(64 - 8 * length)) == np.uint64(0) or is_utf8(data, at, at + length)


@njit(_nrt=False)
def _texts(data, step, row, count, places, ends, wide, flag):
    """Texts and bytes, by their places or skipped."""
    value, valid, null, length_slot = step[VALUE] + row, step[VALID] + row, step[NULL], step[LENGTH] + row
    for i in range(count):
        at = places[i]
        length = np.int64(0)
        there = 1
        if null >= 0:
            there = _present(data, at, null)
            if there < 0:
                return True
            at += 1
            if step[VALID] >= 0:
                flag[valid + i] = there
        if there:
            length, at = read_long_inside(data, at)
            if length < 0 or length > ends[i] - at or (step[OPERAND] == 1 and not _is_text(data, at, length)):
                return True
        if step[LENGTH] >= 0:
            wide[value + i] = at
            wide[length_slot + i] = length
        if at + length > ends[i]:
            return True
        places[i] = at + length
    return False


@njit(_nrt=False)
def _text_codes(data, step, row, count, places, ends, code, flag, meta, slots, entries, arena):
    """Texts by their codes."""
    value, valid, null, dictionary = step[VALUE] + row, step[VALID] + row, step[NULL], step[OPERAND]
    limit = len(data)
    for i in range(count):
        at = places[i]
        if null >= 0:
            there = _present(data, at, null)
            at += 1
            if there < 0 or at > ends[i]:
                return True
            flag[valid + i] = there
            if there == 0:
                code[value + i] = 0
                places[i] = at
                continue
        length, at = read_long_inside(data, at)
        if length < 0 or length > ends[i] - at:
            return True
        found = code_if_at_home(data, at, length, dictionary, meta, slots)
        if found < 0:
            found = code_of(data, at, length, limit, dictionary, meta, slots, entries, arena)
            if found < 0:
                return True
        code[value + i] = found
        places[i] = at + length
    return False


@njit(_nrt=False)
def decode_program(
    first, last, places, ends, results, instruction, stop, data, program, targets, wide, real, code, flag, rows, capacities, stack, before, meta,
    slots, entries, arena,
):  # fmt: skip
    """Run the program from ``instruction`` to ``stop`` for rows ``first`` to ``last`` of a chunk; return how many went well in a row.

    Row ``first`` is written at ``rows[0]``, which stays. The place after a value, or minus a reason, is put into ``results``.
    """
    row = rows[0]
    done = 0
    for i in range(first, last):
        for level in range(1, len(rows)):
            before[level] = rows[level]
        rows[0] = row + done
        found = run_program(
            instruction, stop, data, places[i], ends[i], program, targets, wide, real, code, flag, rows, capacities, stack, meta, slots,
            entries, arena,
        )  # fmt: skip
        if stop == len(program) and found >= 0 and found != ends[i]:
            found = -TRAILING
        results[i] = found
        if found < 0:
            for level in range(1, len(rows)):
                rows[level] = before[level]
            break
        done += 1
    rows[0] = row
    return done


@njit(_nrt=False)
def decode_chunk(
    count, steps, places, ends, data, program, targets, wide, real, code, flag, rows, capacities, stack, before, meta, slots, entries, arena
):
    """Decode ``count`` values step by step; return whether every one is good. If not, none counts."""
    row = rows[0]
    for index in range(len(steps)):
        step = steps[index]
        kind = step[KIND]
        if kind == LONG:
            wrong = _longs(data, step, row, count, places, ends, wide, flag)
        elif kind == DOUBLE:
            wrong = _doubles(data, step, row, count, places, ends, wide, flag)
        elif kind in (BOOLEAN, ENUM):
            wrong = _small(data, step, row, count, places, ends, code, flag)
        elif kind == TEXT:
            wrong = _texts(data, step, row, count, places, ends, wide, flag)
        elif kind == TEXT_CODE:
            wrong = _text_codes(data, step, row, count, places, ends, code, flag, meta, slots, entries, arena)
        else:
            wrong = count != decode_program(
                np.int64(0), count, places, ends, places, step[OPERAND], step[STOP], data, program, targets, wide, real, code, flag, rows,
                capacities, stack, before, meta, slots, entries, arena,
            )  # fmt: skip
        if wrong:
            return False
    matching = 0
    for i in range(count):
        matching += places[i] == ends[i]
    return matching == count
