"""Whether what a stage wrote is right: by the tape's own check, or by folding the log again."""

from __future__ import annotations

from benchmarks.arena import Arena
from benchmarks.stage_tape import StageTape
from infra.cli.verify import Expected, Verified, compared_all, expected_of, written_by
from processors.stages import STAGES


class StageTruth:
    """Judges every run of one stage on one tape; what must be there is folded once, from the topics of the first run."""

    def __init__(self, place: Arena, stage: str, tape: StageTape) -> None:
        self._place, self._stage, self._tape = place, stage, tape
        self._expected: Expected | None = None

    def fault(self) -> str:
        """Return what is wrong with the output topics; nothing when all is right."""
        if self._tape.fault is not None:
            return self._tape.fault(self._place)
        spec, settings = STAGES[self._stage], self._tape.settings(self._place.settings)
        if self._expected is None:
            self._expected = expected_of(spec, settings)
        return "; ".join(_words(line) for line in compared_all(spec, written_by(spec, settings), self._expected) if not line.is_right or line.not_yet)


def _words(line: Verified) -> str:
    missing = line.missing + line.not_yet
    return f"WRONG: {line.topic}: {line.different:,} different, {missing:,} missing, {line.unexpected:,} unexpected beside {line.equal:,} equal"
