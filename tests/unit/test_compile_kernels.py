"""The command that compiles kernels ahead names every module that has one."""

from __future__ import annotations

import re
from pathlib import Path

from infra.compile_kernels import MODULES

ROOT = Path(__file__).parents[2]


def test_no_module_with_a_kernel_is_left_out() -> None:
    folders = ("infra", "processors", "producers", "sinks")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if re.search(r"^@kernel\(", path.read_text(), re.MULTILINE)]
    assert {path.resolve() for path in files} == {Path(str(module.__file__)).resolve() for module in MODULES}
