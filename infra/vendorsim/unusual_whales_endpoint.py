"""What a simulated REST endpoint is: a path, the parameters it knows, and a pure function from market and moment to a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from infra.clock import to_microseconds
from infra.vendorsim.unusual_whales_market import OptionDay, OptionMarket


class Misfit(ValueError):
    """A parameter the vendor would refuse with 422."""


class Missing(LookupError):
    """Something the vendor would not find (404)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes
    ----------
    now_us
        Market time: nothing later is ever shown.
    place
        Parts of the path, e.g. ``ticker``.
    values
        Parameters, converted; defaults filled in, the others absent.
    """

    market: OptionMarket
    now_us: int
    place: Mapping[str, str]
    values: Mapping[str, Any]

    @property
    def now_ms(self) -> int:
        return self.now_us // 1_000

    @property
    def day(self) -> OptionDay:
        """The options of the path's ticker; raises `Missing`."""
        return self.day_of(self.place["ticker"])

    def day_of(self, symbol: str) -> OptionDay:
        """Return the options of a ticker; raises `Missing`."""
        try:
            return self.market.day(symbol)
        except KeyError:
            raise Missing(f"no such ticker: {symbol}") from None

    @property
    def other_date(self) -> bool:
        """Whether a date is asked for of which this market knows nothing."""
        return bool(self.values.get("date", self.market.date) != self.market.date)

    def contract(self) -> tuple[OptionDay, int]:
        """Return the option of the path's id; raises `Missing`."""
        name = self.place["id"]
        day = self.day_of(name[:-15])
        if name not in day.chain.numbers:
            raise Missing(f"no such option: {name}")
        return day, day.chain.numbers[name]

    def between(self) -> tuple[int, int]:
        """Return the stretch that ``newer_than`` and ``older_than`` leave, in microseconds: after the first, before the second."""
        return self.values.get("newer_than", -1), min(self.values.get("older_than", self.now_us), self.now_us)

    def page(self, rows: list[Any]) -> list[Any]:
        """Cut a list by ``limit`` and ``page``."""
        limit = self.values.get("limit", len(rows))
        first = self.values.get("page", 0) * limit
        return rows[first : first + limit]


Answer = Callable[[Asked], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter."""

    name: str
    kind: str
    required: bool
    most: int | None
    default: Any


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of the interface and what answers it."""

    path: str
    parameters: tuple[Parameter, ...]
    answer: Answer

    def read(self, query: list[tuple[str, str]]) -> dict[str, Any]:
        """Return the parameters of a query, converted.

        Raises
        ------
        Misfit
            Naming the parameter that is unknown, missing or malformed.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        found: dict[str, Any] = {p.name: p.default for p in self.parameters if p.default is not None}
        for name, written in query:
            if name not in known:
                raise Misfit(f"Unexpected field: {name}")
            parameter = known[name]
            value = _convert(parameter, written)
            found[name] = [*found.get(name, []), value] if name.endswith("[]") else value
        for parameter in self.parameters:
            if parameter.required and parameter.name not in found:
                raise Misfit(f"Missing field: {parameter.name}")
        return found


_ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(path: str, parameters: str = "") -> Callable[[Answer], Answer]:
    """Register the decorated function for a path.

    Parameters
    ----------
    parameters
        Words ``name:kind``; ``*`` before the colon says required, ``<=500`` the most of an integer, ``=50`` the default. Kinds:
        i integer, n number, b boolean, d date, m moment, s string; a name that ends in ``[]`` may come several times.
    """

    def register(answer: Answer) -> Answer:
        _ENDPOINTS[path] = Endpoint(path, tuple(map(_parameter, parameters.split())), answer)
        return answer

    return register


def endpoints() -> dict[str, Endpoint]:
    """Return all registered endpoints by path."""
    return dict(_ENDPOINTS)


def _parameter(word: str) -> Parameter:
    name, _, rest = word.partition(":")
    kind, rest = rest[0], rest[1:]
    most, default = None, None
    if rest.startswith("<="):
        number, _, rest = rest[2:].partition("=")
        most, rest = int(number), f"={rest}" if rest else ""
    if rest.startswith("="):
        default = _convert(Parameter(name, kind, False, most, None), rest[1:])
    return Parameter(name.rstrip("*"), kind, name.endswith("*"), most, default)


def _convert(parameter: Parameter, written: str) -> Any:
    try:
        return _CONVERSIONS[parameter.kind](written, parameter)
    except ValueError:
        raise Misfit(f"Invalid value for {parameter.name}: {written}") from None


def _integer(written: str, parameter: Parameter) -> int:
    value = int(written)
    if value < 0 or (parameter.most is not None and value > parameter.most):
        raise ValueError
    return value


def _moment(written: str, _: Parameter) -> int:
    """Return microseconds of unix seconds, unix milliseconds or an ISO date or time."""
    if written.replace(".", "", 1).isdigit():
        number = float(written)
        return round(number * (1_000 if number > 1e11 else 1_000_000))
    moment = datetime.fromisoformat(written)
    return to_microseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _boolean(written: str, _: Parameter) -> bool:
    return {"true": True, "false": False}[written] if written in ("true", "false") else bool(int(written))


_CONVERSIONS: dict[str, Callable[[str, Parameter], Any]] = {
    "i": _integer,
    "n": lambda written, _: float(written),
    "b": _boolean,
    "d": lambda written, _: date.fromisoformat(written),
    "m": _moment,
    "s": lambda written, _: written,
}
