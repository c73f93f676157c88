"""Settings of the reference data: watchlists and the windows around economic events."""

from __future__ import annotations

from datetime import time
from typing import Self

from pydantic import Field, model_validator

from infra.settings_section import NotNegative, Positive, PositiveInt, Section


class WatchlistSettings(Section):
    """Which symbols the day is about; times of day are New York's."""

    sources: tuple[str, ...] = Field(
        ("polygon", "alpha_vantage", "finnhub", "twelve_data"),
        description="Whose gappers count: the first vendor that has named somebody within stale_minutes; one name allows that vendor alone.",
    )
    minimum_gap_percent: Positive = Field(4.0, description="A symbol is a gapper from this distance to yesterday's close on, up or down.")
    minimum_price: NotNegative = Field(0.5, description="Cheaper symbols are left out, US dollars.")
    minimum_volume: NotNegative = Field(10_000.0, description="Symbols with fewer shares traded today are left out.")
    stale_minutes: Positive = Field(30.0, description="A symbol that has not traded, or is not named, for so long leaves the longlist.")
    freeze_at: time = Field(time(9, 10), description="From here on no symbol joins the longlist.")
    final_at: time = Field(time(9, 25), description="The watchlist is ranked with the numbers of this moment.")
    longlist_size: PositiveInt = Field(300, description="Most symbols of the longlist.")
    size: PositiveInt = Field(100, description="Most symbols of the watchlist, pinned ones included.")
    text: str = Field("", description="Symbols of the manual list, with spaces or commas.")
    maximum_text_symbols: PositiveInt = Field(25, description="Most symbols of the manual list; the first ones are kept.")
    history_folder: str = Field("", description="Write every list into a JSON file below this folder too; empty writes none.")

    @model_validator(mode="after")
    def _freezes_before_it_ranks(self) -> Self:
        if self.freeze_at > self.final_at:
            raise ValueError(f"expected freeze_at of at most final_at {self.final_at}, found {self.freeze_at}")
        return self


class MacroSettings(Section):
    """Whose economic calendar counts, and how long before and after an event its window reaches, by its importance; 0 and 0: no window."""

    calendar_providers: tuple[str, ...] = Field(
        (), description="The only sources of economic events that count, the most trusted first, e.g. schedule, fred; empty: all that tell any."
    )

    high_minutes_before: NotNegative = 10.0
    high_minutes_after: NotNegative = 10.0
    medium_minutes_before: NotNegative = 5.0
    medium_minutes_after: NotNegative = 5.0
    low_minutes_before: NotNegative = 0.0
    low_minutes_after: NotNegative = 0.0
