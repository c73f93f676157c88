"""Compiles every kernel of a fixed signature into its cache: `python -m infra.compile_kernels`.

A quarter of a minute once; else each process that needs them compiles them for itself, all at the same time.
"""

from __future__ import annotations

from infra.clickhouse import text_kernel
from infra.columnar import decode_kernel, encode_kernel, header_kernel, text_table

MODULES = (decode_kernel, encode_kernel, header_kernel, text_table, text_kernel)
"""Importing a module with a kernel compiles it, or loads what is there."""
