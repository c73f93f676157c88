"""Numbers on their way into a `FlowMetrics`: a value, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Numbers:
    """Collects the fields of one record; flags are what stands out."""

    values: dict[str, float | int | str | bool] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)

    def put(self, name: str, value: float | int | str | bool | None, reason: str) -> None:
        """Set a field; None is noted with its reason."""
        if value is None:
            self.missing[name] = reason
        else:
            self.values[name] = value

    def lack(self, reason: str, *names: str) -> None:
        """Note fields for which there is nothing to compute from."""
        for name in names:
            self.missing[name] = reason

    def flag(self, name: str, stands_out: bool) -> None:
        """Add a flag if it holds."""
        if stands_out:
            self.flags.append(name)
