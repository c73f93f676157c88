"""The data layer put together from the settings: `from infra.cli.research_layer import open_data_layer`.

It lies here because a vendor's code and the folds may meet nowhere else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from infra.settings import Settings, clock_of, load
from schemas.records import PriceSnapshot

if TYPE_CHECKING:
    from processors.research.bar_source import BarSource
    from processors.research.data_layer import DataLayer

STORED = ("polygon", "unusual_whales", "alpaca", "tradier", "alpha_vantage", "twelve_data", "yahoo")
POLYGON_REST = "polygon-rest"


@asynccontextmanager
async def open_data_layer(settings: Settings | None = None, record: Callable[[PriceSnapshot], None] | None = None) -> AsyncIterator[DataLayer]:
    """Open the data layer; nothing is contacted before the first fetch.

    The vendors: ``tapewire``, our own bars out of ClickHouse; the names of `STORED`, what their feeds brought, out of ClickHouse; ``polygon-rest``,
    asked at once.

    Parameters
    ----------
    settings
        Those of the environment by default.
    record
        Told of each stored frame; `publisher` of infra/cli/research.py writes it to market.price-snapshots.
    """
    from processors.research.data_layer import DataLayer  # numba and the folds: only where somebody fetches
    from processors.research.stored_bars import OWN, StoredBars
    from producers.polygon.bar_history import PolygonBars

    told = load() if settings is None else settings
    clock = clock_of(told)
    stored = {name: StoredBars(told.clickhouse, name) for name in (OWN, *STORED)}
    asked = PolygonBars(told.polygon, clock)
    sources: dict[str, BarSource] = {**stored, POLYGON_REST: asked}
    try:
        yield DataLayer(sources, told, clock, told.research.cache_folder, record)
    finally:
        for source in stored.values():
            source.close()
        await asked.close()
