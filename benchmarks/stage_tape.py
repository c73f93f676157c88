"""What one stage reads when it is measured alone, and what says that its output is right. A stage is one file in `benchmarks.stage_tapes`."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.arena import Arena
from benchmarks.timed_flow import TICK_AFTER_SECONDS, TimedFlow
from infra.kafka.codecs import CodecSet
from infra.plugins import load_all
from infra.settings import Settings

Fault = Callable[[Arena], str]
"""Looks at the output topics; returns what is wrong, nothing when all is right."""


@dataclass(frozen=True, slots=True)
class StageTape:
    """Input of a stage.

    Attributes
    ----------
    flows
        By logical topic, ticks included.
    market_rate
        Records a second that the stage gets from the whole market; None for a stage that gets none of it.
    cause
        Topic whose records are named.
    cause_of
        Name of the record that made an output of some partition.
    fault
        None: the log is folded again and every byte compared.
    told
        Settings that differ from the defaults, by section.
    head_seconds
        So much of the tape must be folded before the rest is on the topics: its records would run ahead of what they need.
    """

    flows: Mapping[str, TimedFlow]
    market_rate: float | None
    cause: str
    cause_of: Callable[[int, Any], Hashable | None]
    fault: Fault | None = None
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    head_seconds: int = 0

    @property
    def records(self) -> int:
        """Records after the head, without ticks."""
        return sum(len(flow) - len(flow.until(self.head_seconds)) for name, flow in self.flows.items() if name != "ops.ticks")

    @property
    def seconds(self) -> float:
        """Length in market time, the head included."""
        return max(float(flow.due[-1]) for flow in self.flows.values() if len(flow))

    def between(self, first: float, last: float) -> dict[str, TimedFlow]:
        """Return what is due between two whole seconds; a tick belongs to the second that it ends."""
        parts = {}
        for name, flow in self.flows.items():
            late = TICK_AFTER_SECONDS * 2 if name == "ops.ticks" else 0.0
            parts[name] = flow.part(len(flow.until(first + late)) if first else 0, len(flow.until(last + late)))
        return parts

    def settings(self, base: Settings) -> Settings:
        """Return the settings that the stage runs with."""
        changed = {section: getattr(base, section).model_copy(update=dict(values)) for section, values in self.told.items()}
        return base.model_copy(update=changed)

    def variables(self) -> dict[str, str]:
        """Return the same as environment variables."""
        return {f"TAPEWIRE_{section}__{key}".upper(): str(value) for section, values in self.told.items() for key, value in values.items()}


@dataclass(frozen=True, slots=True)
class Making:
    """What a tape is made with.

    Attributes
    ----------
    codecs
        Of the stage's topics.
    scale
        1.0 is the usual length; a small tape keeps its kind.
    written
        What stages before this one wrote, by logical topic: `AFTER` says whose.
    """

    codecs: CodecSet
    scale: float
    written: Mapping[str, TimedFlow]


Make = Callable[[Making], StageTape]


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the tape of a stage; ``needs`` are the topics that it takes from ``Making.written``."""

    make: Make
    needs: tuple[str, ...]


_MAKERS: dict[str, Maker] = {}
AFTER: Mapping[str, tuple[str, ...]] = {"market": ("views", "derived.bars")}
"""Stage to those of its outputs that tapes of other stages are made of."""


def stage_tape(stage: str, *, needs: tuple[str, ...] = ()) -> Callable[[Make], Make]:
    """Register what makes the tape of a stage, by its name without prefix."""

    def register(make: Make) -> Make:
        if stage in _MAKERS:
            raise ValueError(f"two tapes are for {stage}")
        _MAKERS[stage] = Maker(make, needs)
        return make

    return register


def stage_tapes() -> Mapping[str, Maker]:
    """Return every maker by stage, those first whose output others need."""
    load_all("benchmarks.stage_tapes")
    return dict(sorted(_MAKERS.items(), key=lambda item: (item[0] not in AFTER, item[0])))


def by_tick(partition: int, record: Any) -> Hashable:
    """Name the tick that made an output."""
    return partition, record.ts_event


def by_moment(partition: int, record: Any) -> Hashable:
    """Name the record of the same symbol and moment."""
    return record.symbol, record.ts_event
