"""The file of instruments: groups of contracts, whose books take turns, which venue each book comes from (IBK-07, 13, 17 to 28)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import ConfigurationError
from producers.ibkr.instrument import Instrument, instrument
from producers.ibkr.roll import RollRule

PACKAGED = Path(__file__).with_name("universe.yaml")
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Roll(_Strict):
    months: Annotated[str, Field(pattern="^[FGHJKMNQUVXZ]+$")]
    sessions: Annotated[int, Field(ge=0, le=40)]
    before: Literal["expiry", "month"] = "expiry"


class _Words(_Strict):
    exchange: Text | None = None
    currency: Text | None = None
    multiplier: Annotated[int, Field(gt=0)] | None = None
    trading_class: str = ""
    roll: _Roll | None = None


class _Member(_Words):
    ticker: Text | None = None


class _Group(_Words):
    type: Literal["STK", "IND", "FUT", "CASH", "CRYPTO"]
    members: dict[str, _Member]


class _File(_Strict):
    rotation: tuple[Text, ...] = ()
    ticks: tuple[Text, ...] = ()
    snapshots: tuple[Text, ...] = ()
    options: tuple[Text, ...] = ()
    venues: dict[str, Text] = {}
    groups: dict[str, _Group]


@dataclass(frozen=True, slots=True)
class Universe:
    """What one state of the file says.

    Attributes
    ----------
    instruments
        By our name, in the order in which they get lines.
    groups
        Names of a group's instruments.
    rotation
        Whose books take turns.
    ticks, snapshots, options
        Whose tape is read tick by tick; who is asked for instead of streamed; whose options are quoted.
    """

    instruments: dict[str, Instrument]
    groups: dict[str, tuple[str, ...]]
    rotation: tuple[str, ...]
    ticks: tuple[str, ...]
    snapshots: tuple[str, ...]
    options: tuple[str, ...]
    venues: dict[str, str]

    def find(self, text: str) -> Instrument:
        """Return the instrument that a name means, with its venue if the file or the name (``QQQ@ISLAND``) sets one."""
        symbol, _, venue = text.partition("@")
        found = self.instruments.get(symbol) or instrument(symbol)
        venue = venue or self.venues.get(symbol, "")
        return replace(found, exchange=venue) if venue else found

    def named(self, texts: tuple[str, ...]) -> list[Instrument]:
        """Return the instruments of names and of names of groups, each once; ``all`` is the whole file."""
        found: dict[str, Instrument] = {}
        for text in texts:
            members = tuple(self.instruments) if text == "all" else self.groups.get(text, (text,))
            found |= {each.symbol: each for each in map(self.find, members)}
        return list(found.values())


def read(text: str, name: str) -> Universe:
    """Return what a file's text says.

    Raises
    ------
    ConfigurationError
        Naming every place that is wrong.
    """
    try:
        content = _File.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name}: expected YAML, found: {str(error).replace(chr(10), ' ')}") from error
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, issue['loc'])) or 'file'}: {issue['msg'].lower()}" for issue in error.errors())
        raise ConfigurationError(f"{name}: {'; '.join(wrong)}") from error
    instruments: dict[str, Instrument] = {}
    for title, group in content.groups.items():
        for symbol, member in group.members.items():
            if symbol in instruments:
                raise ConfigurationError(f"{name}: groups.{title}.members.{symbol}: expected a name once, found it again")
            instruments[symbol] = _instrument(f"{name}: groups.{title}.members.{symbol}", symbol, group, member)
    groups = {title: tuple(group.members) for title, group in content.groups.items()}
    return Universe(instruments, groups, content.rotation, content.ticks, content.snapshots, content.options, content.venues)


def _instrument(place: str, symbol: str, group: _Group, member: _Member) -> Instrument:
    plain = instrument(symbol)  # knows the two halves of a pair
    exchange = member.exchange or group.exchange
    currency = member.currency or group.currency or (plain.currency if group.type in ("CASH", "CRYPTO") else None)
    roll = member.roll or group.roll
    for missing, what in ((exchange, "exchange"), (currency, "currency"), (roll or group.type != "FUT", "roll")):
        if not missing:
            raise ConfigurationError(f"{place}: expected {what} of it or of its group, found none")
    assert exchange is not None and currency is not None
    multiplier = member.multiplier or group.multiplier
    return Instrument(
        symbol=symbol,
        ticker=member.ticker or plain.ticker,
        security_type=group.type,
        exchange=exchange,
        currency=currency,
        multiplier=str(multiplier) if multiplier else "",
        trading_class=member.trading_class or group.trading_class,
        roll=RollRule(roll.months, roll.sessions, roll.before) if roll else None,
    )


class UniverseFile:
    """The file as it is now; a bad change is said and the last good state stays.

    Attributes
    ----------
    universe
        The last good state.
    problem
        What is wrong with the file as it is; None when nothing is.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path) if path else PACKAGED
        self._seen = self._look()
        self.problem: str | None = None
        self.universe = self._load()

    def changed(self) -> bool:
        """Read the file again if it changed; tell whether there is a new state."""
        seen = self._look()
        if seen == self._seen:
            return False
        self._seen = seen
        try:
            universe = self._load()
        except ConfigurationError as error:
            self.problem = str(error)
            return False
        self.problem = None
        different, self.universe = universe != self.universe, universe
        return different

    def _load(self) -> Universe:
        try:
            text = self._path.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"expected to read {self._path}, found {error}") from error
        return read(text, self._path.name)

    def _look(self) -> tuple[int, int]:
        try:
            status = self._path.stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size)
