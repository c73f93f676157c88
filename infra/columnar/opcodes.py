"""Instructions of the decoder: a schema compiled to a table of numbers that one kernel interprets for all schemas."""

from __future__ import annotations

# One instruction is a row of int64: code, value slot, valid slot, level, and two operands. A slot is the index of a column in its
# view of the pool (patched to the column's first place before a run), -1 for none. Level 0 are the records, others array items.
CODE, VALUE, VALID, LEVEL, FIRST, SECOND = range(6)
WIDTH = 6

LONG = 1
DOUBLE = 2
FLOAT = 3
BOOLEAN = 4
ENUM = 5  # FIRST: number of symbols
TEXT_CODE = 6  # FIRST: dictionary
TEXT_SPAN = 7  # SECOND: slot of the lengths
BYTES_SPAN = 8  # SECOND: slot of the lengths
FIXED_SPAN = 9  # FIRST: size; SECOND: slot of the lengths
DECIMAL_BYTES = 10
DECIMAL_FIXED = 11  # FIRST: size
SKIP_LONG = 12
SKIP_DOUBLE = 13
SKIP_FLOAT = 14
SKIP_BOOLEAN = 15
SKIP_ENUM = 16  # FIRST: number of symbols
SKIP_TEXT = 17
SKIP_BYTES = 18
SKIP_FIXED = 19  # FIRST: size
NULLABLE = 20  # FIRST: index of null in the union (0 or 1); SECOND: instruction to go to when null
UNION = 21  # FIRST: number of branches; SECOND: where their instructions are listed in the table of targets; VALUE: branch index
JUMP = 22  # SECOND: instruction
FILL_WIDE = 23  # null: 0 in an 8-byte column
FILL_CODE = 24  # null: 0 in a 4-byte column
FILL_FLAG = 25  # null: 0 in a 1-byte column
# Next block of an array or map. FIRST: depth of nesting; VALUE: slot of the ends; VALID: level of the items; SECOND: the instruction after
BLOCK = 26
ITEM_END = 27  # FIRST: depth; SECOND: its BLOCK; LEVEL: that of the items, -1 when none of them is kept
