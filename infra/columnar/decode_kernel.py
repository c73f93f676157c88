"""The kernel that walks record batches and fills columns as a schema's program says."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,no-untyped-call"

from __future__ import annotations

import numpy as np
from numba import int32, int64, njit, types, uint8, uint64

from infra.columnar import opcodes as op
from infra.columnar.kernel_cache import kernel
from infra.columnar.record_frame import read_frame
from infra.columnar.text_table import FULL, code_of
from infra.columnar.varints import is_utf8, read_long
from infra.columnar.wide_loads import load_f32, load_u8, load_u64

# batches: one row a batch
START, STOP, COUNT, BASE_OFFSET, MIN_OFFSET, BATCH_WIDTH = range(6)
# state: where the run stands, so that it can go on after something has grown
BATCH, RECORD, AT, PREVIOUS, BAD, HEADED, STATE_WIDTH = range(7)
# bad: one row a refused record
BAD_BATCH, BAD_START, BAD_AT, BAD_PREVIOUS, BAD_REASON, BAD_WIDTH = range(6)

# why a record is refused; and why a run stopped: something must grow
OK, BROKEN_FRAME, NULL_VALUE, SHORT_FRAME, OTHER_MAGIC, OTHER_SCHEMA, CORRUPT, NOT_FINITE, TRAILING = range(9)
GROW_TEXTS, GROW_BAD, GROW_HEADED, GROW = 100, 101, 102, 110  # GROW + level of array items

_EXPONENT = np.uint64(0x7FF0000000000000)
_HEADER_MASK = np.uint64(0xFFFFFFFFFF)
_MAGIC_MASK = np.uint64(0xFF)


@njit(forceinline=True, _nrt=False)
def _run(data, at, end, program, targets, pool, floats, codes, flags, rows, capacities, stack, text_meta, text_slots, text_entries, text_arena):
    """Decode one value by the program; return why not."""
    instruction = 0
    limit = len(data)
    while True:
        code = program[instruction, op.CODE]
        value = program[instruction, op.VALUE]
        level = program[instruction, op.LEVEL]
        if code == op.LONG:
            number, at = read_long(data, at, end)
            if at > end:
                return CORRUPT
            pool[value + rows[level]] = number
        elif code == op.DOUBLE:
            if end - at < 8:
                return CORRUPT
            bits = load_u64(data, at)
            if bits & _EXPONENT == _EXPONENT:
                return NOT_FINITE
            pool[value + rows[level]] = np.int64(bits)
            at += 8
        elif code == op.TEXT_CODE or code == op.TEXT_SPAN or code == op.BYTES_SPAN or code == op.SKIP_TEXT or code == op.SKIP_BYTES:
            length, at = read_long(data, at, end)
            if length < 0 or length > end - at:
                return CORRUPT
            if code == op.TEXT_CODE:
                found = code_of(data, at, length, limit, program[instruction, op.FIRST], text_meta, text_slots, text_entries, text_arena)
                if found < 0:
                    return GROW_TEXTS if found == FULL else CORRUPT
                codes[value + rows[level]] = found
            elif code != op.BYTES_SPAN and code != op.SKIP_BYTES and not is_utf8(data, at, at + length):
                return CORRUPT
            if code == op.TEXT_SPAN or code == op.BYTES_SPAN:
                pool[value + rows[level]] = at
                pool[program[instruction, op.SECOND] + rows[level]] = length
            at += length
        elif code == op.NULLABLE:
            branch, at = read_long(data, at, end)
            if at > end or branch < 0 or branch > 1:
                return CORRUPT
            if branch == program[instruction, op.FIRST]:
                instruction = program[instruction, op.SECOND]
                continue
        elif code == op.END:
            return OK if at == end else TRAILING
        elif code == op.SKIP_LONG:
            _, at = read_long(data, at, end)
            if at > end:
                return CORRUPT
        elif code == op.SKIP_DOUBLE:
            if end - at < 8:
                return CORRUPT
            if load_u64(data, at) & _EXPONENT == _EXPONENT:
                return NOT_FINITE
            at += 8
        elif code == op.FLOAT or code == op.SKIP_FLOAT:
            if end - at < 4:
                return CORRUPT
            real = load_f32(data, at)
            if not np.isfinite(real):
                return NOT_FINITE
            if code == op.FLOAT:
                floats[value + rows[level]] = real
            at += 4
        elif code == op.BOOLEAN or code == op.SKIP_BOOLEAN:
            if end - at < 1 or data[at] > 1:
                return CORRUPT
            if code == op.BOOLEAN:
                flags[value + rows[level]] = data[at]
            at += 1
        elif code == op.ENUM or code == op.SKIP_ENUM:
            number, at = read_long(data, at, end)
            if at > end or number < 0 or number >= program[instruction, op.FIRST]:
                return CORRUPT
            if code == op.ENUM:
                codes[value + rows[level]] = number
        elif code == op.FIXED_SPAN or code == op.SKIP_FIXED:
            length = program[instruction, op.FIRST]
            if end - at < length:
                return CORRUPT
            if code == op.FIXED_SPAN:
                pool[value + rows[level]] = at
                pool[program[instruction, op.SECOND] + rows[level]] = length
            at += length
        elif code == op.DECIMAL_BYTES or code == op.DECIMAL_FIXED:
            length = program[instruction, op.FIRST]
            if code == op.DECIMAL_BYTES:
                length, at = read_long(data, at, end)
                if at > end or length < 0:
                    return CORRUPT
            if length > end - at or length == 0:
                return CORRUPT
            number = np.int64(-1) if data[at] > 0x7F else np.int64(0)
            for place in range(length):
                if place < length - 8 and data[at + place] != np.uint8(number & 0xFF):
                    return CORRUPT
                if place >= length - 8:
                    if place == length - 8 and place > 0 and (data[at + place] > 0x7F) != (number < 0):
                        return CORRUPT
                    number = (number << 8) | np.int64(data[at + place])
            pool[value + rows[level]] = number
            at += length
        elif code == op.UNION:
            branch, at = read_long(data, at, end)
            if at > end or branch < 0 or branch >= program[instruction, op.FIRST]:
                return CORRUPT
            if value >= 0:
                codes[value + rows[level]] = branch
            instruction = targets[program[instruction, op.SECOND] + branch]
            continue
        elif code == op.JUMP:
            instruction = program[instruction, op.SECOND]
            continue
        elif code == op.FILL_WIDE:
            pool[value + rows[level]] = 0
        elif code == op.FILL_CODE:
            codes[value + rows[level]] = 0
        elif code == op.FILL_FLAG:
            flags[value + rows[level]] = 0
        elif code == op.BLOCK:
            number, at = read_long(data, at, end)
            if at > end:
                return CORRUPT
            if number == 0:
                if value >= 0:
                    item_level = program[instruction, op.VALID]
                    pool[value + rows[level] + 1] = rows[item_level]
                instruction = program[instruction, op.SECOND]
                continue
            if number < 0:
                number = -number
                _, at = read_long(data, at, end)
                if at > end:
                    return CORRUPT
            if number < 0 or number > end - at:
                return CORRUPT
            stack[program[instruction, op.FIRST]] = number
            instruction += 1
            continue
        elif code == op.ITEM_END:
            depth = program[instruction, op.FIRST]
            stack[depth] -= 1
            back = program[instruction, op.SECOND]
            if level >= 0:
                rows[level] += 1
                if rows[level] >= capacities[level]:
                    return GROW + level
            instruction = back + 1 if stack[depth] > 0 else back
            continue
        valid = program[instruction, op.VALID]
        if valid >= 0:
            flags[valid + rows[level]] = 1
        instruction += 1


@njit(forceinline=True, _nrt=False)
def _frame_of_value(data, at, limit, header):
    """Compare the magic byte and the schema id with ours."""
    if at + 8 <= limit:
        found = load_u64(data, at) & _HEADER_MASK
    else:
        found = np.uint64(0)
        for place in range(5):
            found |= load_u8(data, at + place) << np.uint64(8 * place)
    if found == header:
        return OK
    return OTHER_SCHEMA if found & _MAGIC_MASK == np.uint64(0) else OTHER_MAGIC


_U8 = types.Array(uint8, 1, "C", readonly=True)
_SIGNATURE = int64(
    _U8, int64[:, ::1], uint64, int64[:, ::1], int64[::1], int64[::1], types.float64[::1], int32[::1], uint8[::1], int64[::1], int64[::1],
    int64[::1], int64[::1], int64[::1], int64[:, ::1], int64[::1], int64[::1], int64[::1], int64[::1], int64[:, ::1], uint8[::1],
)  # fmt: skip


@kernel(_SIGNATURE)
def decode_rows(
    data, batches, header, program, targets, pool, floats, codes, flags, rows, capacities, stack, before, state, bad, headed, batch_ends,
    text_meta, text_slots, text_entries, text_arena,
):  # fmt: skip
    """Fill columns from the batches; go on where ``state`` stands; return `OK`, or what must grow before it is called again."""
    levels = len(rows)
    limit = len(data)
    while state[BATCH] < len(batches):
        batch = state[BATCH]
        stop = batches[batch, STOP]
        base = batches[batch, BASE_OFFSET]
        minimum = batches[batch, MIN_OFFSET]
        if state[RECORD] == 0:
            state[AT] = batches[batch, START]
            state[PREVIOUS] = base - 1
        at = state[AT]
        previous = state[PREVIOUS]
        for record in range(state[RECORD], batches[batch, COUNT]):
            record_end, _, delta, _, _, value_at, length, headers = read_frame(data, at, stop)
            offset = base + delta
            if record_end > stop or offset <= previous:
                reason = BROKEN_FRAME
            elif offset < minimum:
                at = record_end
                previous = offset
                continue
            elif length < 5:
                reason = NULL_VALUE if length < 0 else SHORT_FRAME
            else:
                reason = _frame_of_value(data, value_at, limit, header)
                if reason == OK:
                    for level in range(1, levels):
                        before[level] = rows[level]
                    reason = _run(
                        data, value_at + 5, value_at + length, program, targets, pool, floats, codes, flags, rows, capacities, stack,
                        text_meta, text_slots, text_entries, text_arena,
                    )  # fmt: skip
                    if reason == OK and headers > 0:
                        if state[HEADED] == len(headed):
                            reason = GROW_HEADED
                        else:
                            headed[state[HEADED]] = rows[0]
                            state[HEADED] += 1
                    if reason == OK:
                        pool[rows[0]] = offset
                        rows[0] += 1
                        at = record_end
                        previous = offset
                        continue
                    for level in range(1, levels):
                        rows[level] = before[level]
            if reason < GROW_TEXTS and state[BAD] == len(bad):
                reason = GROW_BAD
            if reason >= GROW_TEXTS:
                state[RECORD] = record
                state[AT] = at
                state[PREVIOUS] = previous
                return reason
            place = state[BAD]
            bad[place, BAD_BATCH] = batch
            bad[place, BAD_START] = batches[batch, START]
            bad[place, BAD_AT] = at
            bad[place, BAD_PREVIOUS] = previous
            bad[place, BAD_REASON] = reason
            state[BAD] = place + 1
            if reason == BROKEN_FRAME:
                break
            at = record_end
            previous = offset
        batch_ends[batch] = rows[0]
        state[BATCH] = batch + 1
        state[RECORD] = 0
    return OK
