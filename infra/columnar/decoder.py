"""Decodes raw record batches into columns, by the record's Avro schema; accepts what `schemas.codec.Codec.decode` accepts, or less."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from infra.columnar import decode_kernel as run
from infra.columnar import opcodes as op
from infra.columnar import row_decoder as reasons
from infra.columnar import steps
from infra.columnar.chunk_decoder import CHUNK
from infra.columnar.columns import BadRecord, Column, Columns
from infra.columnar.dictionary import Dictionary
from infra.columnar.pool import Memory, Pool
from infra.columnar.record_batch import RawBatch, record_at, rest_of
from infra.columnar.schema_program import MAX_DEPTH, OFFSETS_SLOT, Leaf, Program, Unsupported, compile_schema
from infra.columnar.texts import Texts
from schemas.avro_schemas import resolved

__all__ = ["ColumnDecoder", "Unsupported"]

_HEADER = struct.Struct(">bI")
_SMALLEST_RECORD = 7
_FIRST_ITEMS_PER_ROW = 4
_FIRST_NOTES = 2 * CHUNK
_Numbers = npt.NDArray[np.int64]
_REASONS = {
    reasons.BROKEN_FRAME: "expected records in the batch's frame, found bytes that are none",
    reasons.NULL_VALUE: "expected a value, found null",
    reasons.SHORT_FRAME: "expected at least 5 bytes of frame",
    reasons.OTHER_MAGIC: "expected magic byte 0",
    reasons.OTHER_SCHEMA: "expected schema id {schema_id}",
    reasons.CORRUPT: "expected bytes of the schema",
    reasons.NOT_FINITE: "expected finite numbers",
    reasons.TRAILING: "expected the value to end with its last field",
}


class ColumnDecoder:
    """Decodes batches of one topic; keeps the codes of dictionary fields over its life. Not for several threads at once.

    Parameters
    ----------
    program
        The compiled schema.
    schema_id
        Id in the frame of the values; others are refused.
    """

    def __init__(self, program: Program, schema_id: int) -> None:
        self.schema_id = schema_id
        self._program = program
        self._header = np.uint64(int.from_bytes(_HEADER.pack(0, schema_id), "little"))
        self._texts = Texts(program.dictionaries)
        self._enums = {leaf.name: Dictionary(leaf.symbols) for leaf in program.leaves if leaf.symbols}
        self.dictionaries: Mapping[str, Dictionary] = {**self._texts.dictionaries, **self._enums}
        self._instruction_slots = _Patch(program.instructions, _slots_of(program.instructions))
        self._step_slots = _Patch(program.steps, _slots_of_steps(program.steps))
        self._items_per_row = [1.0] + [float(_FIRST_ITEMS_PER_ROW)] * (program.levels - 1)
        self._memory = Memory()
        self._scratch = np.empty((run.SCRATCH_ROWS, CHUNK), np.int64)

    @classmethod
    def for_schema(cls, record: str, schema_id: int, fields: Sequence[str], dictionary: Sequence[str] = ()) -> Self:
        """Make a decoder for a record by its full name; see `compile_schema` for the fields. Raises `Unsupported`."""
        return cls.for_avro(resolved(record), schema_id, fields, dictionary)

    @classmethod
    def for_avro(cls, schema: Mapping[str, Any], schema_id: int, fields: Sequence[str], dictionary: Sequence[str] = ()) -> Self:
        """Make a decoder for an Avro schema. Raises `Unsupported`."""
        return cls(compile_schema(schema, fields, dictionary), schema_id)

    def decode(self, batches: Sequence[RawBatch]) -> Columns:
        """Decode batches of one partition, in order; records that are refused are in `Columns.bad`, whatever they hold."""
        batches = tuple(batches)
        data, table = _joined(batches)
        rows = int(table[:, run.COUNT].sum())
        capacities = [max(1, int(rows * ratio * 1.25) if level else rows) for level, ratio in enumerate(self._items_per_row)]
        done = _Run(self._program, capacities, len(batches), self._memory.pool(self._program.slots, capacities))
        while True:
            bases = np.array(done.pool.bases, np.int64)
            status = self._call(data, table, self._instruction_slots.placed(bases), self._step_slots.placed(bases), done)
            if status == reasons.OK:
                break
            if status == reasons.GROW_TEXTS:
                self._texts.grow()
            elif status == reasons.GROW_BAD:
                done.bad = np.concatenate((done.bad, np.zeros_like(done.bad)))
            elif status == reasons.GROW_HEADED:
                done.headed = np.concatenate((done.headed, np.zeros_like(done.headed)))
            else:
                done.grow(status - reasons.GROW)
        return self._columns(batches, data, done)

    def _call(self, data: npt.NDArray[np.uint8], table: _Numbers, program: _Numbers, chunk_steps: _Numbers, done: _Run) -> int:
        pool, texts = done.pool, self._texts
        return int(
            run.decode_rows(
                data,
                table,
                self._header,
                chunk_steps,
                program,
                self._program.targets,
                pool.wide,
                pool.real,
                pool.code,
                pool.flag,
                done.rows,
                done.capacities,
                done.stack,
                done.before,
                done.state,
                done.bad,
                done.headed,
                done.batch_ends,
                self._scratch,
                texts.meta,
                texts.slots,
                texts.entries,
                texts.arena,
            )
        )

    def _columns(self, batches: tuple[RawBatch, ...], data: npt.NDArray[np.uint8], done: _Run) -> Columns:
        rows = done.rows.tolist()
        for level in range(1, len(rows)):
            self._items_per_row[level] = max(self._items_per_row[level], rows[level] / max(rows[0], 1))
        return Columns(
            count=rows[0],
            offsets=done.pool.values(OFFSETS_SLOT, rows[0]),
            append_ms=max((batch.append_ms for batch in batches), default=0),
            bad=tuple(self._bad(batches, row) for row in done.bad[: done.state[run.BAD]].tolist()),
            with_headers=done.headed[: done.state[run.HEADED]],
            batches=batches,
            batch_ends=done.batch_ends,
            by_name={leaf.name: self._column(leaf, done.pool, rows, data) for leaf in self._program.leaves},
        )

    def _column(self, leaf: Leaf, pool: Pool, rows: Sequence[int], data: npt.NDArray[np.uint8]) -> Column:
        count = rows[leaf.level]
        values = pool.reals(leaf.slot, count) if leaf.kind == "double" else pool.values(leaf.slot, count)
        return Column(
            values=values.view(np.bool_) if leaf.kind == "boolean" else values,
            valid=pool.values(leaf.valid, count).view(np.bool_) if leaf.valid >= 0 else None,
            lengths=pool.values(leaf.lengths, count) if leaf.lengths >= 0 else None,
            data=data if leaf.lengths >= 0 else None,
            dictionary=self.dictionaries.get(leaf.name),
            offsets=pool.values(leaf.offsets, rows[0] + 1) if leaf.offsets >= 0 else None,
            scale=leaf.scale,
        )

    def _bad(self, batches: Sequence[RawBatch], row: Sequence[int]) -> BadRecord:
        batch = batches[row[run.BAD_BATCH]]
        at = row[run.BAD_AT] - row[run.BAD_START] + batch.start  # the kernel may have read a copy
        is_broken = row[run.BAD_REASON] == reasons.BROKEN_FRAME
        record = rest_of(batch, at, row[run.BAD_PREVIOUS]) if is_broken else record_at(batch, at)
        return BadRecord(record, _REASONS[row[run.BAD_REASON]].format(schema_id=self.schema_id))


class _Run:
    """The arrays of one call of `decode`."""

    def __init__(self, program: Program, capacities: Sequence[int], batches: int, pool: Pool) -> None:
        self.pool = pool
        self.capacities = np.array(capacities, np.int64)
        self.rows = np.zeros(program.levels, np.int64)
        self.before = np.zeros(2 * program.levels, np.int64)
        self.stack = np.zeros(MAX_DEPTH, np.int64)
        self.state = np.zeros(run.STATE_WIDTH, np.int64)
        self.bad = np.empty((_FIRST_NOTES, run.BAD_WIDTH), np.int64)
        self.headed = np.empty(_FIRST_NOTES, np.int64)
        self.batch_ends = np.zeros(batches, np.int64)

    def grow(self, level: int) -> None:
        self.capacities[level] *= 2
        self.pool = self.pool.grown(self.capacities.tolist(), self.rows.tolist())


class _Patch:
    """Puts the places of slots into a table of instructions or steps.

    Parameters
    ----------
    named
        (row, column) of every entry that is a slot.
    """

    def __init__(self, table: _Numbers, named: Sequence[tuple[int, int]]) -> None:
        self._table = table
        self._where = (np.array([row for row, _ in named], np.intp), np.array([column for _, column in named], np.intp))
        self._slots = table[self._where]

    def placed(self, bases: _Numbers) -> _Numbers:
        table = self._table.copy()
        table[self._where] = bases[self._slots]
        return table


def _slots_of(instructions: _Numbers) -> list[tuple[int, int]]:
    found = []
    for row, instruction in enumerate(instructions.tolist()):
        operands = [op.VALUE]
        if instruction[op.CODE] != op.BLOCK:  # whose VALID is the level of the items
            operands.append(op.VALID)
        if instruction[op.CODE] in (op.TEXT_SPAN, op.BYTES_SPAN, op.FIXED_SPAN):
            operands.append(op.SECOND)
        found += [(row, operand) for operand in operands if instruction[operand] >= 0]
    return found


def _slots_of_steps(table: _Numbers) -> list[tuple[int, int]]:
    return [(row, column) for row, step in enumerate(table.tolist()) for column in (steps.VALUE, steps.VALID, steps.LENGTH) if step[column] >= 0]


def _joined(batches: Sequence[RawBatch]) -> tuple[npt.NDArray[np.uint8], _Numbers]:
    """Return one buffer that holds all batches, and where they lie in it."""
    table = np.empty((len(batches), run.BATCH_WIDTH), np.int64)
    starts = np.array([batch.start for batch in batches], np.int64)
    stops = np.array([batch.stop for batch in batches], np.int64)
    first = batches[0].data if batches else b""
    if all(batch.data is first for batch in batches):
        joined = first
    else:
        joined = b"".join([memoryview(batch.data)[batch.start : batch.stop] for batch in batches])
        lengths = stops - starts
        stops = np.cumsum(lengths)
        starts = stops - lengths
    table[:, run.START] = starts
    table[:, run.STOP] = stops
    table[:, run.COUNT] = np.minimum([batch.count for batch in batches], (stops - starts) // _SMALLEST_RECORD + 1)
    table[:, run.BASE_OFFSET] = [batch.base_offset for batch in batches]
    table[:, run.MIN_OFFSET] = [batch.min_offset for batch in batches]
    data = np.frombuffer(joined, np.uint8)
    data.flags.writeable = False
    return data, table
