"""Why no feed of TWS can run at all."""

from __future__ import annotations

from infra.vendor_settings import IbkrSettings
from producers.ibkr.client import LIBRARY


def unavailable(settings: IbkrSettings) -> str | None:
    """Return why no feed of TWS can run; None when they can."""
    if not settings.host:
        return "no TWS: set TAPEWIRE_IBKR__HOST"
    return None if LIBRARY else "no library: install ib_insync or ib_async (extra ibkr)"
