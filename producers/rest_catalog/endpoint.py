"""What a catalogue file may say: the vendor, its budget, and one entry an endpoint (CFG-09). Everything is frozen; an unknown field is an error.

`catalog.schema.json` beside this file is generated from these models, so that editors complete and check a catalogue file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

SCHEMA_FILE = Path(__file__).with_name("catalog.schema.json")
WATCHED = "watched"
DAY_SECONDS = 86_400
TIER_SECONDS: Mapping[str, int] = {"tier 0": 30, "tier 1": 300, "tier 2": 3_600, "tier 3": DAY_SECONDS}
"""ING-20, ruling C-09."""
_TIME_RANGE = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")

Seconds = Annotated[int, Field(gt=0, le=DAY_SECONDS)]
Interval = Seconds | Literal["tier 0", "tier 1", "tier 2", "tier 3", "off"]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]


class Entry(BaseModel):
    """Base of all parts of a catalogue file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Priority(StrEnum):
    """How much a call matters; earlier members go first (ING-15)."""

    CRITICAL = "critical"
    IMPORTANT = "important"
    NICE = "nice"
    BACKGROUND = "background"


class Phase(StrEnum):
    """Part of a New York day, as far as polling is concerned."""

    NIGHT = "night"
    PRE = "pre"
    REGULAR = "regular"
    AFTER = "after"
    WEEKEND = "weekend"


class Shares(Entry):
    """Calls a minute kept for each priority; background lives on what they leave."""

    critical: int = Field(60, ge=0)
    important: int = Field(40, ge=0)
    nice: int = Field(10, ge=0)


class Budget(Entry):
    """What the vendor allows and how much of it is used (ING-13, ING-14, ING-15)."""

    per_minute: int = Field(120, gt=0, description="Requests the vendor allows in 60 seconds; the plan's real limit in its headers wins.")
    burst: int = Field(20, gt=0, description="Requests at once.")
    stop_at: int = Field(110, gt=0, description="Requests in any 60 seconds after which we wait.")
    shares: Shares = Shares()
    per_day: int | None = Field(None, gt=0, description="Requests the vendor allows in a day; the plan's real limit in its headers wins.")
    per_month: int | None = Field(None, gt=0, description="Requests the vendor allows in a calendar month.")
    day_zone: str = Field("America/New_York", description="Time zone at whose midnight the counts of `per_day` and `per_month` begin anew.")
    closed_day: int = Field(200, ge=0, description="Requests at most on a day without a session (ING-19).")

    @model_validator(mode="after")
    def _fits_together(self) -> Budget:
        together = self.shares.critical + self.shares.important + self.shares.nice
        if not together <= self.stop_at <= self.per_minute:
            raise ValueError(f"expected shares ({together} together) <= stop_at ({self.stop_at}) <= per_minute ({self.per_minute})")
        return self

    @field_validator("day_zone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("expected a time zone such as UTC")
        return value


class LimitHeaders(Entry):
    """Names of the response headers in which a vendor states its limits; what it does not send stays empty."""

    limit: str = Field("", description="Requests a minute.")
    used: str = Field("", description="Requests used in this minute; with `remaining` it gives the limit.")
    remaining: str = Field("", description="Requests left in this minute.")
    reset_ms: str = Field("", description="Milliseconds until the minute ends.")
    day_limit: str = Field("", description="Requests a day.")
    day_used: str = Field("", description="Requests used today.")


class Breaker(Entry):
    """When an endpoint that fails is left alone, and for how long (ING-36)."""

    failures: int = Field(5, gt=0, description="Failures in a row that open the breaker.")
    open_seconds: Seconds = Field(60, description="Until one call may try again; doubles with each try that fails ...")
    longest_seconds: Seconds = Field(900, description="... up to this.")


class Meaning(StrEnum):
    """What an answer says that brings no data."""

    LIMITED = "limited"
    """Wait: the vendor counts too many requests."""
    DAY_USED_UP = "day_used_up"
    """Wait for long: the day's requests are gone."""
    NOT_IN_PLAN = "not_in_plan"
    """This endpoint needs another subscription."""
    NO_KEY = "no_key"
    """The key is wrong."""
    FAILED = "failed"
    """Nothing in particular: try again."""
    WRONG = "wrong"
    """The request itself cannot be answered, e.g. an unknown symbol."""


class RefusalSign(Entry):
    """How a vendor refuses in an answer that its status does not give away; the first sign that fits counts."""

    status: int | None = Field(None, ge=100, le=599, description="Status of the answer; with no field it is told by that alone.")
    field: str = Field("", description="Member of the answer that is there, with dots between names, e.g. chart.error.code.")
    value: str | int | None = Field(None, description="... and has this value ...")
    contains: str = Field("", description="... or holds these words, in any case; with no field the answer's text does.")
    means: Meaning

    @model_validator(mode="after")
    def _says_how(self) -> RefusalSign:
        if self.status is None and not self.field and not self.contains:
            raise ValueError("expected status, field or contains")
        return self


class Forbidden(Entry):
    """Requests that are never made, whatever an entry says (ING-08)."""

    path: Text
    params: Mapping[str, tuple[str, ...]] = Field(default_factory=dict, description="Parameters, with the values that make it one of these.")
    reason: Text


class Vendor(Entry):
    """What holds for all endpoints of a file."""

    name: Identifier
    base_path: str = Field("", description="Stands before every path.")
    budget: Budget = Budget()
    limit_headers: LimitHeaders = LimitHeaders()
    breaker: Breaker = Breaker()
    snapshots: bool = Field(False, description="Keep the newest answer of each line, and that of each day, on raw.snapshots besides.")
    refusals: tuple[RefusalSign, ...] = Field((), description="What the vendor says instead of data, beside the usual statuses.")
    forbidden: tuple[Forbidden, ...] = Field((), description="Requests refused here, with the reason.")


class Cadence(Entry):
    """Seconds between two calls, by phase of the day; what is not given follows from `regular` and the priority (`sessions.py`)."""

    regular: Interval
    pre: Interval | None = None
    after: Interval | None = None
    weekend: Interval | None = None
    night: Interval | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        return "off" if value is False else value  # what YAML makes of the word


class Conditions(Entry):
    """When a call makes sense at all (ING-33)."""

    market_state: tuple[Literal["open", "pre", "after", "closed"], ...] = Field((), description="Phases of the exchange; empty: any.")
    time_range: str | None = Field(None, description="New York time, e.g. 09:30-16:00, its end excluded; or market_hours.")

    @field_validator("market_state", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("time_range")
    @classmethod
    def _is_a_range(cls, value: str | None) -> str | None:
        if value not in (None, "market_hours") and not _TIME_RANGE.fullmatch(value or ""):
            raise ValueError("expected market_hours or HH:MM-HH:MM")
        return value


class Rows(Entry):
    """Where an answer keeps its rows, and how to page and to leave out what came before (ING-41)."""

    path: str = Field("data", description="Member of the answer that holds the rows; empty: the answer is the list.")
    identity: tuple[Text, ...] = Field((), description="Fields that tell two rows apart; empty: all of them.")
    new_only: bool = Field(False, description="The transform gets only rows that did not come before; revised rows come again.")
    time: str = Field("", description="Field with the row's moment, for the cursor.")
    newer_than: str = Field("", description="Parameter that takes the cursor: only rows after it are asked for. Replaces one of the same name.")
    cursor: Literal["iso", "milliseconds"] = Field("iso", description="How the cursor is written.")
    open_seconds: int = Field(0, ge=0, description="A row is left out until so long after its moment: it is still growing, e.g. a bar.")
    older_than: str = Field("", description="Parameter that takes the oldest row's moment, for the page after it.")
    page: str = Field("", description="Parameter that takes the number of a page.")
    first_page: int = Field(0, ge=0)
    next_page: str = Field("", description="Member of the answer with the address of the page after it; without one the page is the last.")
    page_rows: int = Field(0, ge=0, description="Rows of a full page: a shorter one is the last.")
    pages: int = Field(1, gt=0, description="Pages at most a call; the planner counts them all.")

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Rows:
        if (self.newer_than or self.older_than or self.open_seconds) and not self.time:
            raise ValueError("expected `time` beside newer_than, older_than or open_seconds")
        if self.pages > 1 and not self.next_page and not (self.page_rows and (self.page or self.older_than)):
            raise ValueError("expected next_page, or page_rows and page or older_than, beside pages")
        return self


class Step(Entry):
    """One preparation of the rows before the transform (`row_steps.py`)."""

    name: Text
    options: Mapping[str, str] = Field(default_factory=dict)


class Endpoint(Entry):
    """One endpoint: what is asked for, how often, and what becomes of the answer."""

    id: Identifier
    path: Annotated[str, Field(pattern=r"^/")] = Field(
        description="After the base path; {ticker}, {symbol} or {id} expands over the symbols, here or as a parameter's value."
    )
    params: Mapping[str, str | bool | int | float] = Field(default_factory=dict, description="Values or tokens, see `tokens.py`.")
    symbols: str | tuple[str, ...] = Field((), description="A list, a watchlist of this file, or `watched`: the symbols of the settings.")
    cadence: Cadence
    at: time = Field(time(7, 30), description="New York time of a daily call.")
    priority: Priority
    ttl_seconds: int = Field(gt=0, description="The newest value is expired after this.")
    cache_seconds: int = Field(0, ge=0, description="While the newest value is younger than this no call is made.")
    cost: Decimal = Field(Decimal(0), ge=0, description="US dollars a call.")
    conditions: Conditions = Conditions()
    depends_on: tuple[Identifier, ...] = Field((), description="Endpoints whose value must be fresh.")
    transform: str | None = Field(None, description="Makes records of an answer; without one it goes to raw.payloads alone.")
    options: Mapping[str, str] = Field(default_factory=dict, description="Given to the transform.")
    steps: tuple[Step, ...] = ()
    rows: Rows = Rows()
    once: bool = Field(False, description="A record that was sent before and says the same is left out; a revised one goes again.")
    fallback: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")], ...] = Field(
        (), description="Entries of other vendors, vendor.entry, asked in this order for the same symbol when this vendor cannot answer."
    )
    topics: tuple[str, ...] = Field((), description="Topics the transform writes.")
    key: str | None = Field(None, description="Field by which these topics are keyed; checked against the topic catalogue.")
    feature: str | None = Field(None, description="Switch of this file that must be on (CFG-11).")
    enabled: bool = True

    @field_validator("cadence", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"regular": value} if isinstance(value, (int, str)) else value

    @field_validator("at", mode="before")
    @classmethod
    def _time_of_day(cls, value: Any) -> Any:
        # YAML reads 07:30 without quotes as a number to the base of 60.
        return f"{value // 60:02}:{value % 60:02}" if isinstance(value, int) else value


class CatalogContent(Entry):
    """A whole file."""

    vendor: Vendor
    features: Mapping[str, bool] = Field(default_factory=dict, description="Switches that endpoints name; they work at once.")
    watchlists: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    endpoints: tuple[Endpoint, ...]


def seconds_of(interval: Interval) -> int | None:
    """Return an interval in seconds; None when there are no calls."""
    if isinstance(interval, int):
        return interval
    return TIER_SECONDS.get(interval)


def json_schema() -> str:
    """Return the text of `SCHEMA_FILE`."""
    schema = CatalogContent.model_json_schema() | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Tapewire REST catalogue"}
    _accept_short_forms(schema["$defs"])
    return json.dumps(schema, indent=2) + "\n"


def _accept_short_forms(models: dict[str, Any]) -> None:
    """Let the schema know what the validators above also take."""
    properties = models["Endpoint"]["properties"]
    properties["cadence"] = {"anyOf": [{"$ref": "#/$defs/Cadence"}, models["Cadence"]["properties"]["regular"]]}
    states = models["Conditions"]["properties"]["market_state"]
    models["Conditions"]["properties"]["market_state"] = {"anyOf": [states, states["items"]]}
    properties["at"] = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "description": properties["at"]["description"]}
