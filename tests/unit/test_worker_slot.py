"""Each worker of a stage has a number of its own and gets it back after a crash."""

from __future__ import annotations

from pathlib import Path

from processors.worker_slot import WorkerSlot


def test_numbers_are_given_lowest_first_and_freed_with_the_process(tmp_path: Path) -> None:
    first, second = WorkerSlot(tmp_path), WorkerSlot(tmp_path)
    assert (first.number, second.number) == (0, 1)
    assert first.folder != second.folder
    first.release()
    with WorkerSlot(tmp_path) as again:
        assert again.number == 0
    second.release()
