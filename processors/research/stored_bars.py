"""The bars that ClickHouse has: our own, or those a vendor's feed brought."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from infra.clickhouse.client import ClickHouse, Database
from infra.settings import ClickHouseSettings
from schemas.avro_schemas import load_all
from schemas.records import Bar, Resolution

OWN = "tapewire"
_POLL_SECONDS = 1.0


class StoredBars:
    """A `BarSource` on ClickHouse; it connects when it is first asked.

    Parameters
    ----------
    settings
        Where the server is.
    vendor
        Source of the bars as `market.bars` names it, e.g. polygon; tapewire for ours.
    poll_seconds
        Real seconds between two looks of a stream.
    """

    def __init__(self, settings: ClickHouseSettings, vendor: str, poll_seconds: float = _POLL_SECONDS) -> None:
        self._settings = settings
        self._vendor = vendor
        self._poll_seconds = poll_seconds
        self._database: Database | None = None

    async def bars(self, symbol: str, resolution: Resolution, start_us: int, end_us: int) -> Sequence[Bar]:
        """Return the stored bars, in their newest revision."""
        return await asyncio.to_thread(self._read, (symbol,), resolution, start_us, end_us)

    async def stream(self, symbols: Sequence[str], resolution: Resolution, since_us: int) -> AsyncIterator[Bar]:
        """Look for newer bars again and again."""
        newest = dict.fromkeys(symbols, since_us - 1)
        while True:
            for bar in await asyncio.to_thread(self._read, tuple(symbols), resolution, min(newest.values()) + 1, None):
                if bar.window_start > newest[bar.symbol]:
                    newest[bar.symbol] = bar.window_start
                    yield bar
            await asyncio.sleep(self._poll_seconds)

    def close(self) -> None:
        """Give the connection back."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _read(self, symbols: tuple[str, ...], resolution: Resolution, start_us: int, end_us: int | None) -> list[Bar]:
        if self._database is None:
            self._database = ClickHouse.connect(self._settings)
        table = "derived_bars_latest" if self._vendor == OWN else "market_bars_latest"
        names, selected = _columns()
        rows = self._database.rows(
            f"""
            SELECT {selected} FROM {table} AS t
            WHERE t.symbol IN {{symbols:Array(String)}} AND t.resolution = {{resolution:String}} AND t.source = {{source:String}}
              AND t.window_start >= fromUnixTimestamp64Micro({{start:Int64}}, 'UTC')
              AND t.window_start < fromUnixTimestamp64Micro({{end:Int64}}, 'UTC')
            ORDER BY t.window_start, t.symbol
            """,  # noqa: S608  names are our own, values are bound
            {
                "symbols": list(symbols), "resolution": resolution.value, "source": self._vendor, "start": start_us,
                "end": _FOR_EVER if end_us is None else end_us,
            },
        )  # fmt: skip
        return [Bar.from_avro(dict(zip(names, row, strict=True))) for row in rows]


_FOR_EVER = 4_000_000_000_000_000  # year 2096


def _columns() -> tuple[tuple[str, ...], str]:
    fields = load_all()[Bar.FULL_NAME]["fields"]
    names = tuple(str(field["name"]) for field in fields)
    moments = {"window_start", "window_end", "ts_event", "ts_received", "ts_published"}
    return names, ", ".join(f"toUnixTimestamp64Micro(t.{name})" if name in moments else f"t.{name}" for name in names)
