"""The kernel that walks record batches and fills columns as a schema's program says."""

# numba has no types for mypy: what its kernels take is said in their signatures
# mypy: allow-untyped-defs, allow-untyped-decorators, allow-untyped-calls, disable-error-code="no-any-return,return-value,assignment"

from __future__ import annotations

import numpy as np
from numba import float64, int32, int64, njit, types, uint8, uint64

from infra.columnar.chunk_decoder import CHUNK, decode_chunk, decode_program
from infra.columnar.kernel_cache import kernel
from infra.columnar.record_frame import read_frame, read_frame_inside
from infra.columnar.row_decoder import BROKEN_FRAME, GROW_BAD, GROW_HEADED, GROW_TEXTS, NULL_VALUE, OK, OTHER_MAGIC, OTHER_SCHEMA, SHORT_FRAME
from infra.columnar.varints import read_long
from infra.columnar.wide_loads import load_u8, load_u64

# batches: one row a batch
START, STOP, COUNT, BASE_OFFSET, MIN_OFFSET, BATCH_WIDTH = range(6)
# state: where the run stands, so that it can go on after something has grown
BATCH, RECORD, AT, PREVIOUS, BAD, HEADED, STATE_WIDTH = range(7)
# bad: one row a refused record
BAD_BATCH, BAD_START, BAD_AT, BAD_PREVIOUS, BAD_REASON, BAD_WIDTH = range(6)
# scratch: one row a kind of number, one column a record of the chunk
PLACES, ENDS, OFFSETS, SAVED, RESULTS, HEADED_HERE, ODD, SCRATCH_ROWS = range(8)
ODD_REASON, ODD_END = range(2)

_SKIPPED = -1  # a record that was delivered before
_TAIL = 32  # so many bytes after a record are read without a look at the end of the buffer
_HEADER_MASK = np.uint64(0xFFFFFFFFFF)
_MAGIC_MASK = np.uint64(0xFF)


@njit(forceinline=True, _nrt=False)
def _reason_of_frame(data, at, length, header):
    """Compare the magic byte and the schema id with ours."""
    if length < 5:
        return NULL_VALUE if length < 0 else SHORT_FRAME
    if at + 8 <= len(data):
        found = load_u64(data, at) & _HEADER_MASK
    else:
        found = np.uint64(0)
        for place in range(5):
            found |= load_u8(data, at + place) << np.uint64(8 * place)
    if found == header:
        return OK
    return OTHER_SCHEMA if found & _MAGIC_MASK == np.uint64(0) else OTHER_MAGIC


@njit(forceinline=True, _nrt=False)
def _read_frames(data, at, stop, base, minimum, previous, count, header, careful, places, ends, offsets, headed, odd):
    """Read the frames of up to ``count`` records; return how many are usual, how many of them have headers, and the end of the last.

    ``odd`` receives the reason why the next one is not usual, and its end. ``careful`` ones lie at the end of the buffer, where nothing
    may be read beyond it.
    """
    edge = len(data) - _TAIL
    limit = stop if careful else min(stop, edge)
    with_headers = 0
    odd[ODD_REASON] = OK
    for i in range(count):
        if careful:
            record_end, _, delta, _, _, value_at, length, headers = read_frame(data, at, limit)
        else:
            if at > edge:
                return i, with_headers, at
            record_end, delta, value_at, length, headers = read_frame_inside(data, at, limit)
            if record_end > limit:
                return i, with_headers, at  # broken, or near the end of the buffer: the careful way tells
        offset = base + delta
        if record_end > limit or offset <= previous:
            odd[ODD_REASON] = BROKEN_FRAME
            return i, with_headers, at
        offsets[i] = offset
        reason = _SKIPPED if offset < minimum else _reason_of_frame(data, value_at, length, header)
        if reason != OK:
            odd[ODD_REASON] = reason
            odd[ODD_END] = record_end
            return i, with_headers, at
        places[i] = value_at + 5
        ends[i] = value_at + length
        if headers > 0:
            headed[with_headers] = i
            with_headers += 1
        previous = offset
        at = record_end
    return count, with_headers, at


@njit(_nrt=False)
def _frames(data, at, stop, base, minimum, previous, count, header, careful, places, ends, offsets, headed, odd):
    """Read frames in one of the two ways, each compiled by itself: together they take half as long again."""
    if careful:
        return _read_frames(data, at, stop, base, minimum, previous, count, header, True, places, ends, offsets, headed, odd)
    return _read_frames(data, at, stop, base, minimum, previous, count, header, False, places, ends, offsets, headed, odd)


@njit(_nrt=False)
def _copy(source, target, count):
    for i in range(count):
        target[i] = source[i]


@njit(_nrt=False)
def _begin_of(data, at, stop, place):
    """Return where the record at ``place`` of a chunk begins that begins at ``at``; all before it are whole."""
    for _ in range(place):
        length, at = read_long(data, at, stop)
        at += length
    return at


@njit(_nrt=False)
def _keep(first, last, wide, rows, offsets, with_headers, headed_here, headed, state):
    """Make the records of the chunk from ``first`` to ``last``, which are decoded, rows."""
    row = rows[0]
    for i in range(last - first):
        wide[row + i] = offsets[first + i]
    for index in range(with_headers):
        if first <= headed_here[index] < last:
            headed[state[HEADED]] = row + headed_here[index] - first
            state[HEADED] += 1
    rows[0] = row + last - first


@njit(_nrt=False)
def _refuse(batch, batches, at, previous, reason, bad, state):
    """Note that the record at ``at`` is no row."""
    note = state[BAD]
    bad[note, BAD_BATCH] = batch
    bad[note, BAD_START] = batches[batch, START]
    bad[note, BAD_AT] = at
    bad[note, BAD_PREVIOUS] = previous
    bad[note, BAD_REASON] = reason
    state[BAD] = note + 1


_TABLE, _LIST = int64[:, ::1], int64[::1]


@kernel(
    int64(
        types.Array(uint8, 1, "C", readonly=True), _TABLE, uint64, _TABLE, _TABLE, _LIST, _LIST, float64[::1], int32[::1], uint8[::1],
        _LIST, _LIST, _LIST, _LIST, _LIST, _TABLE, _LIST, _LIST, _TABLE, _LIST, _TABLE, _TABLE, uint8[::1],
    )
)  # fmt: skip
def decode_rows(
    data, batches, header, steps, program, targets, wide, real, code, flag, rows, capacities, stack, before, state, bad, headed, batch_ends,
    scratch, meta, slots, entries, arena,
):  # fmt: skip
    """Fill columns from the batches; go on where ``state`` stands; return `OK`, or what must grow before it is called again."""
    places, ends, results, saved = scratch[PLACES], scratch[ENDS], scratch[RESULTS], scratch[SAVED]
    offsets, headed_here, odd = scratch[OFFSETS], scratch[HEADED_HERE], scratch[ODD]
    levels = len(rows)
    while state[BATCH] < len(batches):
        batch = state[BATCH]
        base, stop, records = batches[batch, BASE_OFFSET], batches[batch, STOP], batches[batch, COUNT]
        if state[RECORD] == 0:
            state[AT] = batches[batch, START]
            state[PREVIOUS] = base - 1
        careful = False
        while state[RECORD] < records:
            if state[BAD] + CHUNK >= len(bad):
                return GROW_BAD
            if state[HEADED] + CHUNK >= len(headed):
                return GROW_HEADED
            begin = state[AT]
            usual, with_headers, at = _frames(
                data, begin, stop, base, batches[batch, MIN_OFFSET], state[PREVIOUS], min(CHUNK, records - state[RECORD]), header, careful,
                places, ends, offsets, headed_here, odd,
            )  # fmt: skip
            if usual == 0 and odd[ODD_REASON] == OK:
                careful = True
                continue
            good = np.int64(0)
            if not careful and usual > 0:
                for level in range(1, levels):
                    before[levels + level] = rows[level]
                _copy(places, saved, usual)
                if decode_chunk(
                    usual,
                    steps,
                    places,
                    ends,
                    data,
                    program,
                    targets,
                    wide,
                    real,
                    code,
                    flag,
                    rows,
                    capacities,
                    stack,
                    before,
                    meta,
                    slots,
                    entries,
                    arena,
                ):
                    _keep(good, usual, wide, rows, offsets, with_headers, headed_here, headed, state)
                    good = usual
                else:
                    for level in range(1, levels):
                        rows[level] = before[levels + level]
                    _copy(saved, places, usual)
            while good < usual:
                done = decode_program(
                    good, usual, places, ends, results, np.int64(0), len(program), data, program, targets, wide, real, code, flag, rows,
                    capacities, stack, before, meta, slots, entries, arena,
                )  # fmt: skip
                _keep(good, good + done, wide, rows, offsets, with_headers, headed_here, headed, state)
                good += done
                if good < usual:
                    reason = -results[good]
                    previous = offsets[good - 1] if good > 0 else state[PREVIOUS]
                    begin_of_bad = _begin_of(data, begin, stop, good)
                    if reason >= GROW_TEXTS:
                        state[RECORD] += good
                        state[AT] = begin_of_bad
                        state[PREVIOUS] = previous
                        return reason
                    _refuse(batch, batches, begin_of_bad, previous, reason, bad, state)
                    good += 1
            state[RECORD] += usual
            state[AT] = at
            if usual > 0:
                state[PREVIOUS] = offsets[usual - 1]
            if odd[ODD_REASON] == OK:
                continue
            if odd[ODD_REASON] != _SKIPPED:
                _refuse(batch, batches, at, state[PREVIOUS], odd[ODD_REASON], bad, state)
            if odd[ODD_REASON] == BROKEN_FRAME:
                break
            state[RECORD] += 1
            state[AT] = odd[ODD_END]
            state[PREVIOUS] = offsets[usual]
        batch_ends[batch] = rows[0]
        state[BATCH] = batch + 1
        state[RECORD] = 0
    return OK
