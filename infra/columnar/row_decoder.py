"""Interprets a schema's program for one value: everything a schema can hold, at some cost an instruction."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
from numba import njit

from infra.columnar import opcodes as op
from infra.columnar.text_table import FULL, code_of
from infra.columnar.varints import is_utf8, read_long
from infra.columnar.wide_loads import load_f32, load_u64

# why a record is refused; and why a run stopped: something must grow
OK, BROKEN_FRAME, NULL_VALUE, SHORT_FRAME, OTHER_MAGIC, OTHER_SCHEMA, CORRUPT, NOT_FINITE, TRAILING = range(9)
GROW_TEXTS, GROW_BAD, GROW_HEADED, GROW = 100, 101, 102, 110  # GROW + level of array items

EXPONENT = np.uint64(0x7FF0000000000000)


@njit(forceinline=True, _nrt=False)
def run_program(instruction, stop, data, at, end, program, targets, wide, real, code, flag, rows, capacities, stack, meta, slots, entries, arena):
    """Decode what lies at ``at`` by the instructions up to ``stop``; return the place after it, or minus the reason why not."""
    limit = len(data)
    while instruction != stop:
        operation = program[instruction, op.CODE]
        value = program[instruction, op.VALUE]
        level = program[instruction, op.LEVEL]
        if operation == op.LONG:
            number, at = read_long(data, at, end)
            if at > end:
                return -CORRUPT
            wide[value + rows[level]] = number
        elif operation == op.DOUBLE:
            if end - at < 8:
                return -CORRUPT
            bits = load_u64(data, at)
            if bits & EXPONENT == EXPONENT:
                return -NOT_FINITE
            wide[value + rows[level]] = np.int64(bits)
            at += 8
        elif (
            operation == op.TEXT_CODE
            or operation == op.TEXT_SPAN
            or operation == op.BYTES_SPAN
            or operation == op.SKIP_TEXT
            or operation == op.SKIP_BYTES
        ):
            length, at = read_long(data, at, end)
            if length < 0 or length > end - at:
                return -CORRUPT
            if operation == op.TEXT_CODE:
                found = code_of(data, at, length, limit, program[instruction, op.FIRST], meta, slots, entries, arena)
                if found < 0:
                    return -GROW_TEXTS if found == FULL else -CORRUPT
                code[value + rows[level]] = found
            elif operation != op.BYTES_SPAN and operation != op.SKIP_BYTES and not is_utf8(data, at, at + length):
                return -CORRUPT
            if operation == op.TEXT_SPAN or operation == op.BYTES_SPAN:
                wide[value + rows[level]] = at
                wide[program[instruction, op.SECOND] + rows[level]] = length
            at += length
        elif operation == op.NULLABLE:
            branch, at = read_long(data, at, end)
            if at > end or branch < 0 or branch > 1:
                return -CORRUPT
            if branch == program[instruction, op.FIRST]:
                instruction = program[instruction, op.SECOND]
                continue
        elif operation == op.SKIP_LONG:
            _, at = read_long(data, at, end)
            if at > end:
                return -CORRUPT
        elif operation == op.SKIP_DOUBLE:
            if end - at < 8:
                return -CORRUPT
            if load_u64(data, at) & EXPONENT == EXPONENT:
                return -NOT_FINITE
            at += 8
        elif operation == op.FLOAT or operation == op.SKIP_FLOAT:
            if end - at < 4:
                return -CORRUPT
            number_of_4_bytes = load_f32(data, at)
            if not np.isfinite(number_of_4_bytes):
                return -NOT_FINITE
            if operation == op.FLOAT:
                real[value + rows[level]] = number_of_4_bytes
            at += 4
        elif operation == op.BOOLEAN or operation == op.SKIP_BOOLEAN:
            if end - at < 1 or data[at] > 1:
                return -CORRUPT
            if operation == op.BOOLEAN:
                flag[value + rows[level]] = data[at]
            at += 1
        elif operation == op.ENUM or operation == op.SKIP_ENUM:
            number, at = read_long(data, at, end)
            if at > end or number < 0 or number >= program[instruction, op.FIRST]:
                return -CORRUPT
            if operation == op.ENUM:
                code[value + rows[level]] = number
        elif operation == op.FIXED_SPAN or operation == op.SKIP_FIXED:
            length = program[instruction, op.FIRST]
            if end - at < length:
                return -CORRUPT
            if operation == op.FIXED_SPAN:
                wide[value + rows[level]] = at
                wide[program[instruction, op.SECOND] + rows[level]] = length
            at += length
        elif operation == op.DECIMAL_BYTES or operation == op.DECIMAL_FIXED:
            length = program[instruction, op.FIRST]
            if operation == op.DECIMAL_BYTES:
                length, at = read_long(data, at, end)
                if at > end or length < 0:
                    return -CORRUPT
            if length > end - at or length == 0:
                return -CORRUPT
            number = np.int64(-1) if data[at] > 0x7F else np.int64(0)
            for place in range(length):
                if place < length - 8 and data[at + place] != np.uint8(number & 0xFF):
                    return -CORRUPT
                if place >= length - 8:
                    if place == length - 8 and place > 0 and (data[at + place] > 0x7F) != (number < 0):
                        return -CORRUPT
                    number = (number << 8) | np.int64(data[at + place])
            wide[value + rows[level]] = number
            at += length
        elif operation == op.UNION:
            branch, at = read_long(data, at, end)
            if at > end or branch < 0 or branch >= program[instruction, op.FIRST]:
                return -CORRUPT
            if value >= 0:
                code[value + rows[level]] = branch
            instruction = targets[program[instruction, op.SECOND] + branch]
            continue
        elif operation == op.JUMP:
            instruction = program[instruction, op.SECOND]
            continue
        elif operation == op.FILL_WIDE:
            wide[value + rows[level]] = 0
        elif operation == op.FILL_CODE:
            code[value + rows[level]] = 0
        elif operation == op.FILL_FLAG:
            flag[value + rows[level]] = 0
        elif operation == op.BLOCK:
            number, at = read_long(data, at, end)
            if at > end:
                return -CORRUPT
            if number == 0:
                if value >= 0:
                    item_level = program[instruction, op.VALID]
                    wide[value + rows[level] + 1] = rows[item_level]
                instruction = program[instruction, op.SECOND]
                continue
            if number < 0:
                number = -number
                _, at = read_long(data, at, end)
                if at > end:
                    return -CORRUPT
            if number < 0 or number > end - at:
                return -CORRUPT
            stack[program[instruction, op.FIRST]] = number
            instruction += 1
            continue
        elif operation == op.ITEM_END:
            depth = program[instruction, op.FIRST]
            stack[depth] -= 1
            back = program[instruction, op.SECOND]
            if level >= 0:
                rows[level] += 1
                if rows[level] >= capacities[level]:
                    return -GROW - level
            instruction = back + 1 if stack[depth] > 0 else back
            continue
        valid = program[instruction, op.VALID]
        if valid >= 0:
            flag[valid + rows[level]] = 1
        instruction += 1
    return at
