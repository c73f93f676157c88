"""Compiles numba kernels once and keeps them on disk, so that a start does not compile again."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core.errors import NumbaError

from infra.logging_setup import logger

log = logger(__name__)

CACHE_FOLDER_VARIABLE = "NUMBA_CACHE_DIR"  # numba's own; a TAPEWIRE_ variable that is no setting stops the process
DEFAULT_CACHE_FOLDER = Path(".tapewire") / "numba"
_OWN_FOLDER = Path(__file__).parent
_configuration = threading.RLock()  # numba reads its cache folder from a process-wide variable when a function is declared


def cache_folder() -> Path:
    """Return the folder of compiled kernels: ``NUMBA_CACHE_DIR``, else ``.tapewire/numba`` below the working directory."""
    return Path(os.environ.get(CACHE_FOLDER_VARIABLE) or DEFAULT_CACHE_FOLDER).absolute()


def kernel(signature: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile the decorated function for ``signature``, or load it from the disk; it runs without the interpreter's lock.

    It cannot allocate: with numba's allocator every call of a function inside it counts the users of every array, which takes more
    time than decoding a record.

    The folder's name holds numba's version and a digest of every source file beside the function and in this package: numba itself
    looks only at the function's own file and would run old code when a function it calls has changed. A cache that cannot be
    read or written costs a compilation, never the start. Several processes may share it: numba replaces files atomically.
    """

    def compile_or_load(function: Callable[..., Any]) -> Callable[..., Any]:
        sources = Path(function.__code__.co_filename).parent
        folder = cache_folder() / f"{numba.__version__}-{_digest(_OWN_FOLDER)}-{_digest(sources)}"
        if not _is_writable(folder):
            return _declare(function, signature, None)
        try:
            return _declare(function, signature, folder)
        except NumbaError:
            raise
        except Exception as error:  # whatever unpickling meets in a damaged file
            log.warning("kernel_cache_discarded", function=function.__qualname__, folder=str(folder), error=repr(error))
            shutil.rmtree(folder, ignore_errors=True)
        return _declare(function, signature, folder if _is_writable(folder) else None)

    return compile_or_load


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _declare(function: Callable[..., Any], signature: Any, folder: Path | None) -> Callable[..., Any]:
    if folder is None:
        return numba.njit(signature, nogil=True, _nrt=False)(function)  # type: ignore[no-any-return]
    with _configuration:
        before = numba.config.CACHE_DIR
        numba.config.CACHE_DIR = str(folder)
        try:
            return numba.njit(signature, nogil=True, _nrt=False, cache=True)(function)  # type: ignore[no-any-return]
        finally:
            numba.config.CACHE_DIR = before


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
