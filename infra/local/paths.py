"""Where the local stack keeps its files: everything under `<checkout>/.tapewire`, nothing elsewhere on the machine."""

from __future__ import annotations

from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]


def workspace() -> Path:
    """Return the folder of everything that is downloaded or written locally; it may be deleted at any time."""
    return _CHECKOUT / ".tapewire"


def artifacts_dir() -> Path:
    """Return the folder of the downloaded Java artifacts."""
    return workspace() / "artifacts"


def stack_dir(stack: str) -> Path:
    """Return the folder of one stack: data, logs, state and the environment its clients need."""
    return workspace() / "stacks" / stack
