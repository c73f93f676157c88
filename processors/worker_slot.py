"""Gives each worker of a stage on this machine a number and a folder of its own."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from infra.errors import Fatal

LARGEST_SLOT = 63


class WorkerSlot:
    """The lowest number no other live worker holds.

    The number names the static group member, so a worker that was killed comes back as the member it was. The lock goes with the
    process, however it ends.

    Attributes
    ----------
    number
        0 for the first worker of the stage on this machine.
    folder
        Data folder of this worker.
    """

    def __init__(self, stage_folder: Path) -> None:
        for number in range(LARGEST_SLOT + 1):
            folder = stage_folder / str(number)
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / "worker.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            self.number, self.folder, self._descriptor = number, folder, descriptor
            return
        raise Fatal(f"expected a free worker slot below {stage_folder}, found {LARGEST_SLOT + 1} taken")

    def release(self) -> None:
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
