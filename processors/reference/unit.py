"""stage.reference: follows the reference topics and writes merged calendars and the day's lists.

Its input is small and its outputs are about all symbols at once, so it folds no partition and keeps no table: at its start it reads the
topics from their beginning, its own among them, and from then on what is new.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from infra.logging_setup import logger
from infra.market_calendar import trading_day
from infra.number_formats import exchange_moment
from infra.unit import UnitContext
from processors.following_unit import FollowedTopics, Following, run_following
from processors.reference.economic_schedule import ending_in_words, load_schedule, series_ending
from processors.reference.keeper import ReferenceKeeper
from processors.reference.scan_log import ScanWindow
from processors.reference.topics import GAPPERS, READS, WRITES
from processors.reference.watchlist_history import write_history
from schemas.records import Watchlist

NAME = "stage.reference"
_PAUSE_SECONDS = 1.0
log = logger(__name__)


async def run_reference(context: UnitContext) -> None:
    """Keep the reference topics right until told to stop."""
    await run_following(context, NAME, lambda: _following(context))


def _following(context: UnitContext) -> Following:
    settings = context.settings
    keeper = ReferenceKeeper(settings.watchlists, load_schedule(), settings.macro.calendar_providers)
    return Following(partial(_turn, context, keeper), "following", READS, WRITES, _PAUSE_SECONDS)


def _turn(context: UnitContext, keeper: ReferenceKeeper, followed: FollowedTopics) -> tuple[int, int]:
    """Read what is new, write what follows from it; return how many records were read, and how many written."""
    now_us = context.clock.now_us()
    if keeper.begin(now_us):
        _warn_of_the_end(context, now_us)
        # The first records of a new day may have been read while it was still the old one, and left out.
        followed.begin_again(GAPPERS)
    read = 0
    for _, records in followed.catch_up():
        keeper.take(records)  # at once: what is read and then lost to another topic's failure would not come again
        read += len(records)
    changes = list(keeper.changes(now_us))
    for change in changes:
        followed.producer.send(change.topic, change.record)
    if changes:
        followed.producer.flush()
    keeper.take(change.record for change in changes)
    keeper.settled()
    if window := keeper.scanned(now_us):
        _note(window)
    if context.settings.watchlists.history_folder:
        write_history(Path(context.settings.watchlists.history_folder), [one.record for one in changes if isinstance(one.record, Watchlist)])
    return read, len(changes)


def _warn_of_the_end(context: UnitContext, now_us: int) -> None:
    """Say once a day which series of the committed file end soon: afterwards vendors alone tell of them."""
    if said := ending_in_words(series_ending(load_schedule(), trading_day(now_us), context.settings.macro.schedule_warn_days)):
        log.warning("schedule_ends", unit=NAME, detail=said)


def _note(window: ScanWindow) -> None:
    log.info(
        "watchlist_scanned", unit=NAME, begins=exchange_moment(window.begins_us), ends=exchange_moment(window.ends_us), heard=window.heard,
        candidates=window.candidates, listed=window.listed, entered=window.entered, left=window.left,
        largest_gap_percent=window.largest_gap_percent, largest_relative_volume=window.largest_relative_volume,
    )  # fmt: skip
