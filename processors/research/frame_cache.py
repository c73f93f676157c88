"""Bars as Parquet files, one a request, in a folder.

Signals and regimes are not stored: they follow from the bars, and a file would keep those of older formulas.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from schemas.records import Bar, PriceSnapshot, Resolution


class FrameCache:
    """Files below one folder, ``<vendor>/<symbol>/<resolution>/<start>-<end>.parquet``; moments in microseconds UTC."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, vendor: str, symbol: str, resolution: Resolution, start_us: int, end_us: int) -> Path:
        """Return where such a frame lies, whether it is there or not."""
        names = (quote(name, safe="") for name in (vendor, symbol))
        return self._folder.joinpath(*names, resolution.value, f"{start_us}-{end_us}.parquet")

    def read(self, vendor: str, symbol: str, resolution: Resolution, start_us: int, end_us: int) -> tuple[Bar, ...] | None:
        """Return the bars of such a frame; None if it was never stored, or the file cannot be read: then it is fetched again."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path(vendor, symbol, resolution, start_us, end_us)
        if not path.exists():
            return None
        try:
            rows = pq.read_table(path).to_pylist()
        except (pa.ArrowException, OSError):
            return None
        return tuple(Bar.from_avro(row) for row in rows)

    def write(self, vendor: str, symbol: str, resolution: Resolution, start_us: int, end_us: int, bars: Sequence[Bar], now_us: int) -> PriceSnapshot:
        """Store the bars, whole or not at all, and return what to write down about them (SCH-08)."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path(vendor, symbol, resolution, start_us, end_us)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
        pq.write_table(pa.Table.from_pylist([bar.as_avro() for bar in bars], schema=_schema()), unfinished)
        digest = hashlib.sha256(unfinished.read_bytes()).hexdigest()
        unfinished.replace(path)
        return PriceSnapshot(
            symbol=symbol, source=vendor, resolution=resolution, starts=start_us, ends=end_us, rows=len(bars),
            file=str(path.relative_to(self._folder)), sha256=digest, ts_event=now_us,
        )  # fmt: skip


def _schema() -> object:
    import pyarrow as pa

    kinds = {"symbol": pa.string(), "resolution": pa.string(), "source": pa.string(), "backfilled": pa.bool_()}
    whole = ("window_start", "window_end", "trade_count", "revision", "ts_event", "ts_received", "ts_published", "delay_seconds")
    kinds |= dict.fromkeys(whole, pa.int64())
    return pa.schema([(name, kinds.get(name, pa.float64())) for name in Bar.__dataclass_fields__])
