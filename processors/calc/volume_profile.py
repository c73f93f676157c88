"""What a symbol usually trades in each five minutes of the day, so that a bar's volume can be held against the same time of other days."""

from __future__ import annotations

from math import isnan
from struct import unpack_from
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from processors.calc.windows import HOUR_US, SECOND_US

BUCKET_US = 300 * SECOND_US
BUCKETS = 192  # 04:00 to 20:00 New York
_FIRST_US = 8 * HOUR_US  # from the start of a day, 20:00, to 04:00
_SIZE = 4  # bytes of a float32: its seven digits are more than a mean of a few days is worth
_NOTHING = np.full(BUCKETS, np.nan, "<f4").tobytes()


class VolumeProfile(NamedTuple):
    """Mean volume of each five minutes over earlier days, and the volumes of today, which join it when a new day begins.

    Its size does not grow: 9 bytes a bucket, 1.7 kB a symbol.

    Source: the mean over the days on which the bucket traded; from ``limit`` days on the recursive mean with weight 1 / limit, as
    Wilder (1978) smooths. pandas: ``expanding().mean()``, then ``ewm(alpha=1 / limit, adjust=False)``.
    """

    day_start: int = 0  # of today, microseconds UTC, 20:00 New York; 0 before the first bar
    today: bytes = b""  # float32 a bucket, shares; NaN where nothing traded
    usual: bytes = b""  # float32 a bucket, shares; NaN before the first day
    days: bytes = b""  # uint8 a bucket: days in the mean, at most the limit

    def at(self, day_start: int, limit: int) -> VolumeProfile:
        """Return the profile as it stands on a day: if it is a new one, yesterday has joined the means.

        Parameters
        ----------
        limit
            Days of the mean, at most 255.
        """
        if day_start <= self.day_start:  # late trades of yesterday change today's profile no more
            return self
        if not self.day_start:
            return VolumeProfile(day_start, _NOTHING, _NOTHING, bytes(BUCKETS))
        volumes = _floats(self.today).astype(np.float64)
        usual, days = _floats(self.usual).copy(), np.frombuffer(self.days, np.uint8).copy()
        traded = ~np.isnan(volumes)
        days[traded] = np.minimum(days[traded].astype(np.int64) + 1, limit)
        before = np.where(np.isnan(usual[traded]), volumes[traded], usual[traded])
        usual[traded] = before + (volumes[traded] - before) / days[traded]
        return VolumeProfile(day_start, _NOTHING, usual.tobytes(), days.tobytes())

    def add(self, start: int, volume: float) -> VolumeProfile:
        """Add the volume of a five-minute bar of today, or what a late trade adds to it, in shares."""
        bucket = self._bucket(start)
        if not 0 <= bucket < BUCKETS:
            return self
        place = bucket * _SIZE
        known: float = unpack_from("<f", self.today, place)[0]
        sum_now = np.float32(volume if isnan(known) else known + volume).tobytes()
        return self._replace(today=self.today[:place] + sum_now + self.today[place + _SIZE :])

    def usual_volume(self, start: int, end: int, least_days: int) -> float | None:
        """Return the mean volume of a window of today on earlier days, shares.

        A window shorter than a bucket, or across two, takes its share of each by time. None when it reaches outside 04:00 to 20:00,
        and while a bucket of it is known of fewer than ``least_days`` days.
        """
        total = 0.0
        for bucket in range(self._bucket(start), self._bucket(end - 1) + 1):
            if not 0 <= bucket < BUCKETS or self.days[bucket] < least_days:
                return None
            begins = self.day_start + _FIRST_US + bucket * BUCKET_US
            share = (min(end, begins + BUCKET_US) - max(start, begins)) / BUCKET_US
            total += share * unpack_from("<f", self.usual, bucket * _SIZE)[0]
        return total

    def _bucket(self, moment: int) -> int:
        return (moment - self.day_start - _FIRST_US) // BUCKET_US


def _floats(packed: bytes) -> npt.NDArray[np.float32]:
    values: npt.NDArray[np.float32] = np.frombuffer(packed, "<f4")
    return values
