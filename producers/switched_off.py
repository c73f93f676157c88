"""Which feeds cannot run as they are set, and why: no key, no address, no symbols."""

from __future__ import annotations

from infra.clock import SystemClock
from infra.plugins import load_all
from infra.settings import Settings
from producers.rest_catalog.feed import accesses
from producers.source import feeds


async def switched_off(settings: Settings) -> dict[str, str]:
    """Return the reason of each feed that is off."""
    load_all("producers")
    reasons = {name: access(settings).unavailable for name, access in accesses().items()}
    for name, spec in feeds().items():
        source = spec.build(settings, SystemClock())
        try:
            reasons[name] = source.unavailable
        finally:
            await source.close()
    return {name: reason for name, reason in sorted(reasons.items()) if reason is not None}
