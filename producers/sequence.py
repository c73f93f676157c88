"""A rising number for prints and quotes of vendors that number none: their moment, then a digest of what they say.

Two prints of one nanosecond get different numbers unless their digests agree, once in a hundred thousand; the same print gets the
same number whichever way it comes, so that stream, back-fill and restart know it.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from zlib import crc32

from infra.clock import MICROSECONDS, to_microseconds
from infra.market_calendar import NEW_YORK, trading_day

_PLACES = 100_000  # a day has 8.64e13 ns: together they stay below 2**63


def sequence_of(moment_ns: int, *identity: object) -> int:
    """Return the number: nanoseconds since midnight in New York, with room for those that share one."""
    digest = crc32("\x1f".join(map(str, identity)).encode(errors="surrogatepass"))  # half a character is refused by the topic, not here
    return (moment_ns - _midnight_ns(moment_ns // 3_600_000_000_000)) * _PLACES + digest % _PLACES


@lru_cache(maxsize=1_024)
def _midnight_ns(hour: int) -> int:
    """Return when the New York day of a UTC hour began; the offset is a whole number of hours."""
    day = trading_day(hour * 3_600 * MICROSECONDS)
    return to_microseconds(datetime(day.year, day.month, day.day, tzinfo=NEW_YORK)) * 1_000
