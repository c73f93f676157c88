"""The Python environment of contestants whose pins would touch ours: `.tapewire/bench/venv`, from a hashed lock."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.arena import bench_folder
from benchmarks.contestant import Unavailable

LOCK = Path(__file__).parents[1] / "requirements" / "bench.txt"


def peer_python() -> Path:
    """Return the interpreter of the environment, made or brought to the lock when needed.

    Raises
    ------
    Unavailable
        If the packages cannot be installed.
    """
    folder = bench_folder() / "venv"
    python, stamp = folder / "bin" / "python", folder / "lock-digest"
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == digest:
        return python
    print(f"installing the other frameworks from {LOCK.name} into {folder}", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)])
    stamp.write_text(digest)
    return python


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise Unavailable(f"its packages could not be installed: {(result.stderr or result.stdout).strip().splitlines()[-1]}")
