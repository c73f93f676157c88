"""Settings of the reference data: watchlists and the windows around economic events."""

from __future__ import annotations

from datetime import time
from typing import Literal, Self

from pydantic import Field, model_validator

from infra.settings_section import NotNegative, Positive, PositiveInt, Section


class WatchlistSettings(Section):
    """Which symbols the day is about; times of day are New York's."""

    sources: tuple[str, ...] = Field(
        ("polygon", "alpha_vantage", "finnhub", "textlist", "twelve_data"),
        description="Whose symbols count: the first that has named somebody within stale_minutes, or whose written list (textlist, manual) has any; "
        "one name allows that one alone.",
    )
    minimum_gap_percent: Positive = Field(4.0, description="A symbol is a gapper from this distance to yesterday's close on, up or down.")
    minimum_price: NotNegative = Field(0.5, description="Cheaper symbols are left out, US dollars.")
    minimum_volume: NotNegative = Field(10_000.0, description="Symbols with fewer shares traded today are left out.")
    minimum_relative_volume: NotNegative = Field(
        0.0, description="Symbols that have traded a smaller share of yesterday's volume are left out, where a vendor tells it."
    )
    stale_minutes: Positive = Field(30.0, description="A symbol that has not traded, or is not named, for so long leaves the longlist.")
    freeze_at: time = Field(time(9, 10), description="From here on no symbol joins the longlist.")
    final_at: time = Field(time(9, 25), description="The watchlist is ranked with the numbers of this moment.")
    scan_window_minutes: Positive = Field(5.0, description="The log sums up the pre-market scan once in so long.")
    longlist_size: PositiveInt = Field(300, description="Most symbols of the longlist.")
    size: PositiveInt = Field(100, description="Most symbols of the watchlist, pinned ones included.")
    text: str = Field("", description="Symbols of the manual list, with spaces or commas.")
    textlist_backends: tuple[Literal["discord", "signal"], ...] = Field(
        ("discord",), description="Chats whose symbols make the text list, in this order."
    )
    discord_symbols: str = Field("", description="What was written on Discord; its tickers count.")
    signal_symbols: str = Field("", description="What was written on Signal; its tickers count.")
    maximum_text_symbols: PositiveInt = Field(25, description="Most symbols of a written list; the first ones are kept.")
    stocks: tuple[str, ...] = Field(("AAPL", "MSFT", "TSLA", "SPY", "QQQ"), description="The fixed list of stocks for strategies; empty: none.")
    crypto: tuple[str, ...] = Field(("BTC-USD", "ETH-USD", "ADA-USD"), description="The fixed list of pairs for strategies; empty: none.")
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

    schedule_warn_days: PositiveInt = Field(30, description="A series whose last date in the committed file is nearer than this is named as ending.")
    high_minutes_before: NotNegative = 10.0
    high_minutes_after: NotNegative = 10.0
    medium_minutes_before: NotNegative = 5.0
    medium_minutes_after: NotNegative = 5.0
    low_minutes_before: NotNegative = 0.0
    low_minutes_after: NotNegative = 0.0
