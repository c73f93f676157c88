"""What an error of ClickHouse means for us: one place that turns its codes into our exception tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from infra.errors import Fatal, Permanent, Retryable, TapewireError

# States of the server that pass: timeouts, memory, too many parts or queries, shutdown, read-only replica, network, Keeper.
_PASSING = frozenset({159, 160, 164, 202, 209, 210, 225, 236, 241, 242, 243, 252, 279, 285, 319, 394, 425, 999})
# Values that a table does not take: violated constraint; cannot parse, convert or divide; out of range; too large; null where none may be.
_VALUES = frozenset({6, 26, 27, 38, 41, 69, 70, 72, 117, 128, 131, 153, 190, 321, 349, 376, 395, 407, 469, 691})

Result = TypeVar("Result")


class RowsRefused(Permanent):
    """At least one row of a block cannot be stored, so none of them was."""


def as_tapewire_error(code: int | None, message: str, *, unreachable: bool = False) -> TapewireError:
    """Return the exception for an error of the server.

    A code we do not know is Fatal, not a bad row: taking a sick server for a bad row would put good ones aside.

    Parameters
    ----------
    code
        The server's code; None when it gave none.
    unreachable
        The server did not answer at all.
    """
    if code in _PASSING or (code is None and unreachable):
        return Retryable(message)
    return RowsRefused(message) if code in _VALUES else Fatal(message)


def answer_of(what: str, call: Callable[[], Result]) -> Result:
    """Return what ``call`` returns; errors of the client library become ours."""
    try:
        return call()
    except ClickHouseError as error:
        message = f"expected ClickHouse to {what}, found {error}"
        raise as_tapewire_error(getattr(error, "code", None), message, unreachable=isinstance(error, OperationalError)) from error
    except OSError as error:
        raise Retryable(f"expected ClickHouse to {what}, found {error!r}") from error
