"""When a killed process is back at its work: it is ready again, and what it does gets on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from infra.crash.progress_watch import BrokerView
from schemas import catalog

_TRANSACTION_MARKS = 2


@dataclass(frozen=True, slots=True)
class Work:
    """What tells that a process does its work.

    Attributes
    ----------
    writes
        Logical topics that grow while it works; they never rest.
    reads
        Consumer groups and the logical topics each reads: it gets on, or has nothing to read.
    """

    writes: tuple[str, ...] = ()
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def got_on(self, before: BrokerView, now: BrokerView) -> bool:
        """Tell whether the work went on between two looks."""
        names = [catalog.topic(name).kafka_name for name in self.writes]
        if not all(now.written(name) > before.written(name) for name in names):
            return False
        return all(
            now.committed([group]) > before.committed([group])
            or not now.waiting(group, (catalog.topic(name).kafka_name for name in topics), _TRANSACTION_MARKS)
            for group, topics in self.reads.items()
        )


_STORED = {"sink.clickhouse": ("market.trades", "derived.bars", "views", "setups.events")}
WORK: Mapping[str, Work] = {
    "vendorsim": Work(writes=("market.trades",)),
    "feeds": Work(writes=("ops.ticks",)),
    "options": Work(),  # without a key its feeds are off
    "market": Work(reads={"tapewire-market": ("ops.ticks",)}),
    "decisions": Work(reads={"tapewire-decisions": ("views",)}),
    "bulk": Work(reads={"tapewire-aggregate": ("ops.ticks",)}),  # the others have nothing to do: the crash run's market has no past days
    "analytics": Work(reads={"tapewire-regime": ("derived.bars",), "tapewire-microstructure": ("ops.ticks",)}),
    "history": Work(reads=_STORED),
    # What waits in sink.release is not due: its commits stand still while all is well.
    "delivery": Work(
        reads={
            "sink.fanout": ("setups.events",),
            "sink.discord": ("distribution.premium", "distribution.basic", "distribution.free"),
        }
    ),
    "clickhouse": Work(reads=_STORED),
    "registry": Work(),
    "kafka": Work(writes=("ops.ticks",)),
    "dashboard": Work(),
}
"""Every process of a stack that can be killed; one that no broker knows of is back when it is ready."""

WATCHED_TOPICS = tuple(
    dict.fromkeys(name for work in WORK.values() for names in (work.writes, *work.reads.values()) for name in names)
)
WATCHED_GROUPS = tuple(dict.fromkeys(group for work in WORK.values() for group in work.reads))


@dataclass(slots=True)
class _Kill:
    at: float
    first_look: BrokerView | None = None


class Recoveries:
    """Keeps the time from each kill to the end of its recovery.

    A process that is hit again while it recovers counts once, from the last blow on.

    Parameters
    ----------
    is_ready
        Whether the supervisor has found a process ready since it was last started.
    """

    def __init__(self, is_ready: Callable[[str], bool]) -> None:
        self._is_ready = is_ready
        self._open: dict[str, _Kill] = {}
        self.seconds: dict[str, list[float]] = {}

    @property
    def pending(self) -> tuple[str, ...]:
        """Processes that were killed and are not back."""
        return tuple(self._open)

    def killed(self, name: str, at: float) -> None:
        """Note a kill at ``at`` seconds of a clock that never steps back."""
        self._open[name] = _Kill(at)

    def looked(self, view: BrokerView | None, asked_at: float, now: float) -> list[str]:
        """Take a look at the broker that was begun at ``asked_at``; return who is found back.

        Parameters
        ----------
        view
            None while the broker does not answer.
        """
        back = []
        for name, kill in list(self._open.items()):
            work = WORK[name]
            needs_broker = bool(work.writes or work.reads)
            if needs_broker and (view is None or asked_at <= kill.at):
                continue
            if needs_broker and kill.first_look is None:
                kill.first_look = view  # progress counts from here: what was committed before the kill is no recovery
                continue
            if not self._is_ready(name):
                continue
            if view is not None and kill.first_look is not None and not work.got_on(kill.first_look, view):
                continue
            self.seconds.setdefault(name, []).append(now - kill.at)
            del self._open[name]
            back.append(name)
        return back

    def as_document(self) -> dict[str, dict[str, float]]:
        """Return p50, p95 and the longest, over all kills and by process."""
        everything = [seconds for several in self.seconds.values() for seconds in several]
        rows = {"all": everything, **{name: self.seconds[name] for name in sorted(self.seconds)}}
        return {
            name: {"p50": quantile(several, 0.5), "p95": quantile(several, 0.95), "longest": quantile(several, 1.0)}
            for name, several in rows.items()
            if several
        }


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed, to a tenth."""
    ordered = sorted(values)
    return round(ordered[max(0, -(-len(ordered) * round(share * 1_000) // 1_000) - 1)], 1)
