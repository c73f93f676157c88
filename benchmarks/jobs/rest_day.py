"""A day of Unusual Whales' REST plan, each call made and kept once.

Market time goes on as soon as nothing is on its way; or, at ``--speed``, it passes whatever is on its way, and the feed leaves out what it has no
time for: then each call of the plan is made or left out for a reason, and of each answer every record is kept once all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from pathlib import Path

from aiohttp import web
from confluent_kafka.admin import AdminClient
from pydantic import SecretStr

from benchmarks.arena import Arena, arena
from benchmarks.job import job
from benchmarks.options import Options
from benchmarks.rest_door import Door, Request, Turning
from benchmarks.rest_pace import run_at, skipped_calls
from benchmarks.rest_replay import Content, contents, replayed, stored_payloads
from benchmarks.results import Column, Result, show
from infra.clock import MICROSECONDS, ManualClock, to_microseconds
from infra.health import Health
from infra.kafka.topics import apply
from infra.market_calendar import NEW_YORK, midnight_us, trading_day
from infra.plugins import load_all
from infra.settings import Settings, SimulatorSettings
from infra.unit import UnitContext, registered
from infra.vendor_settings import UnusualWhalesSettings
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.server import create_app
from infra.vendorsim.unusual_whales import PREFIX
from producers.rest_catalog.call_errors import Unusable
from producers.rest_catalog.catalog_file import CatalogFile
from producers.rest_catalog.endpoint import Vendor
from producers.rest_catalog.neighbours import IN_THIS_PROCESS
from producers.rest_catalog.planner import Plan, plan_day
from producers.rest_catalog.poller import Poller
from producers.rest_catalog.schedule import Line, calls_of_day, lines
from producers.rest_catalog.unusual_whales import CATALOG
from schemas import catalog as topics

UNIT, KEY = "feed.unusual_whales", "bench"
DAY = date(2026, 11, 18)
_WARM_UP_SECONDS = 300  # what was due before the start is asked once, as by any process that starts
_QUIET_TURNS = 3
_QUIET_END_SECONDS = 3_600  # of a whole day, in which nothing is due
_NOTE_CHARACTERS = 600
_BESIDES = ("raw.payloads", "ops.heartbeats")
COLUMNS = (
    Column("calls", "calls", ",.0f"),
    Column("planned_calls", "planned", ",.0f"),
    Column("skipped_calls", "left out", ",.0f"),
    Column("pages", "further pages", ",.0f"),
    Column("records", "records", ",.0f"),
    Column("most_at_once", "most at once", ",.0f"),
    Column("most_a_minute", "most in 60 s", ",.0f"),
    Column("real_seconds", "real s", ",.0f"),
    Column("times_the_clock", "x the clock", ",.0f"),
)


@job("rest_day", "a day of Unusual Whales' REST plan as fast as it goes, each call made once", by_default=False, columns=COLUMNS)
def rest_day(options: Options) -> Sequence[Result]:
    """Run the unit through a day; its calls are compared with the plan, its payloads with the calls, its records with the payloads."""
    if options.speed and options.hours:
        raise ValueError("expected --speed without --hours: in the middle of a day calls still wait for their turn, and could not be accounted for")
    load_all("producers")
    start_us, end_us = _bounds(options.hours)
    with arena(UNIT) as place:
        apply(AdminClient({"bootstrap.servers": place.bootstrap, "log_level": 0}))  # a feed follows topics of other units too: commands, cursors
        result = asyncio.run(_day(place, start_us, end_us, options.speed))
    show(f"rest_day: {DAY} {options.hours or 'from midnight to midnight'}, every call of the plan", COLUMNS, [result])
    return [result]


def _bounds(hours: str) -> tuple[int, int]:
    if not hours:
        return midnight_us(DAY), midnight_us(DAY + timedelta(days=1))
    first, last = (to_microseconds(datetime.fromisoformat(f"{DAY} {text}").replace(tzinfo=NEW_YORK)) for text in hours.split("-"))
    return first, last


async def _day(place: Arena, start_us: int, end_us: int, speed: float) -> Result:
    catalog = CatalogFile(Path(CATALOG), UnusualWhalesSettings().symbols).read(start_us).catalog
    planned = [call for call in calls_of_day(catalog, DAY) if start_us <= call.due_us < end_us]
    began_us = max(start_us - _WARM_UP_SECONDS * MICROSECONDS, midnight_us(DAY))  # the simulator knows nothing of the day before
    clock, turning = ManualClock(began_us), Turning(catalog)
    door = Door(clock, turning, PREFIX)
    async with _simulator(place, clock, door) as url:
        vendor = UnusualWhalesSettings(api_key=SecretStr(KEY), rest_url=url)
        context = UnitContext(place.settings.model_copy(update={"unusual_whales": vendor}), clock, Health())
        unit = asyncio.create_task(registered()[UNIT].run(context))
        poller = await _poller(catalog.vendor.name, unit)
        for _ in range(_WARM_UP_SECONDS):
            await _idle(poller)  # first: a burst sent in one second and received in the next would count twice in the vendor's minute
            clock.advance(1)
        await _idle(poller)
        began, played_us, skipped = time.monotonic(), clock.now_us(), skipped_calls()
        if speed:
            await run_at(clock, speed, end_us - _QUIET_END_SECONDS * MICROSECONDS)
        else:
            await _play(clock, poller, door, [(call.due_us, turning.planned(call.line)) for call in planned], end_us)
        times_the_clock = (clock.now_us() - played_us) / MICROSECONDS / (took := time.monotonic() - began)
        while poller.dispatcher.complete_until_us(clock.now_us()) < clock.now_us() < end_us:
            await _idle(poller)  # who still waits has a turn before the day ends
            clock.advance(1)
        context.stop.set()
        await unit
        skipped = skipped_calls() - skipped
    asked = {(day, turning.planned(line)): line for day in (trading_day(began_us), DAY) for line in lines(catalog, day)}
    calls = [(one.moment_us, asked.get((trading_day(one.moment_us), one.request))) for one in door.received if one.is_first]
    made = Counter("unknown" if line is None else line.endpoint.id for moment_us, line in calls if played_us <= moment_us < end_us)
    found, notes = await _kept(place, door, [line for _, line in calls if line is not None], catalog.vendor)
    notes += _differences(made, skipped, Counter(call.line.endpoint.id for call in planned))
    notes += _excesses(door, plan_day(catalog, DAY), at_a_pace=speed > 0)
    figures = {
        "calls": float(made.total()), "planned_calls": float(len(planned)), "skipped_calls": float(skipped.total()),
        "pages": float(sum(not one.is_first for one in door.received)),
        "records": float(sum(one.records for one in found.values())), "most_at_once": float(door.most_at_once),
        "most_a_minute": float(door.most_a_minute()), "real_seconds": took, "times_the_clock": times_the_clock,
    }  # fmt: skip
    label = f"at {speed:,.0f} times the clock" if speed else "as fast as it goes"
    return Result("rest_day", UNIT, label, not notes, "; ".join(notes)[:_NOTE_CHARACTERS], figures, {"day": DAY.isoformat()})


@asynccontextmanager
async def _simulator(place: Arena, clock: ManualClock, door: Door) -> AsyncIterator[str]:
    told = Settings(
        unusual_whales=UnusualWhalesSettings(api_key=SecretStr(KEY)), simulator=SimulatorSettings(state_folder=place.folder / "vendorsim")
    )
    app = create_app(told, clock, Scenario(DAY))
    app.middlewares.append(door.watch)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}{PREFIX}"  # type: ignore[union-attr]
    finally:
        await runner.cleanup()


async def _poller(vendor: str, unit: asyncio.Task[None]) -> Poller:
    """Wait until the unit polls."""
    while not isinstance(poller := IN_THIS_PROCESS.desk(vendor), Poller):
        await asyncio.sleep(0.05)
        if unit.done():
            unit.result()
    return poller


async def _idle(poller: Poller) -> None:
    """Give the poller its turn, and wait until nothing is on its way."""
    quiet = 0
    while quiet < _QUIET_TURNS:
        await asyncio.sleep(0.001)
        quiet = 0 if poller.under_way else quiet + 1


async def _play(clock: ManualClock, poller: Poller, door: Door, planned: Sequence[tuple[int, Request]], end_us: int) -> None:
    """Let time go on from one planned moment to the next, when what was planned for it is answered and nothing is on its way.

    More calls than a burst may be due at once: those that wait for room in the budget get the time they need, until the next planned moment.
    """
    wanted = door.answered.copy()
    moments = [(moment_us, [request for _, request in together]) for moment_us, together in groupby(planned, key=lambda pair: pair[0])]
    for (moment_us, due), (next_us, _) in pairwise([*moments, (end_us, [])]):
        wanted.update(due)
        clock.microseconds = max(clock.microseconds, moment_us)
        while not await _answered(poller, door, wanted, due) and clock.microseconds < next_us:
            clock.microseconds = min(next_us, poller.dispatcher.wake_us(clock.microseconds))
        while poller.under_way:  # noqa: ASYNC110 - nothing tells when a call's records are out, and it is a matter of turns
            await asyncio.sleep(0)
    clock.microseconds = end_us
    await _idle(poller)


async def _answered(poller: Poller, door: Door, wanted: Counter[Request], due: Collection[Request]) -> bool:
    """Wait until what is due was answered as often as wanted; False when nothing is on its way before that."""
    quiet = 0
    while not (done := all(door.answered[request] >= wanted[request] for request in due)) and quiet < _QUIET_TURNS:
        await asyncio.sleep(0.001)
        quiet = 0 if poller.under_way else quiet + 1
    return done


def _differences(made: Counter[str], skipped: Counter[tuple[str, str]], wanted: Counter[str]) -> list[str]:
    """Return where calls of the plan were neither made nor left out for a reason, or were made twice."""
    left_out, reasons = Counter[str](), Counter[str]()
    for (endpoint, reason), count in skipped.items():
        left_out[endpoint] += count
        reasons[reason] += count
    print(f"left out, by reason: {dict(reasons)}", flush=True)
    found = {name: (made[name], left_out[name], wanted[name]) for name in made | wanted if made[name] + left_out[name] != wanted[name]}
    return [f"made, left out and planned differ: {found}"] * bool(found)


def _excesses(door: Door, plan: Plan, *, at_a_pace: bool) -> list[str]:
    """Return which limits the calls broke; at a pace a minute is shorter than a request's way, and says nothing."""
    budget = plan.catalog.vendor.budget
    notes = [f"{door.most_at_once} at once, {budget.burst} allowed"] * (door.most_at_once > budget.burst)
    notes += [f"{door.most_a_minute()} in 60 s, {budget.stop_at} allowed"] * (door.most_a_minute() > budget.stop_at and not at_a_pace)
    return notes + [f"answers: {dict(door.statuses)}"] * (set(door.statuses) != {200})


async def _kept(place: Arena, door: Door, calls: Sequence[Line], vendor: Vendor) -> tuple[Mapping[str, Content], list[str]]:
    """Return what the topics hold, and what of it is not as the answers were: each a payload, and their records once."""
    kafka, codecs = place.settings.kafka, place.codecs
    told = [name for name in registered()[UNIT].writes if name not in _BESIDES and topics.topic(name).cleanup == "delete"]
    payloads = await asyncio.to_thread(stored_payloads, kafka, codecs)
    found = await asyncio.to_thread(contents, kafka, told)
    if len(payloads) != len(door.received):
        return found, [f"{len(door.received):,} answers, {len(payloads):,} payloads"]
    try:
        again = await replayed(payloads, calls, vendor, UNIT, codecs, told)
    except (LookupError, Unusable) as error:
        return found, [str(error)]
    return found, [f"{name}: {found[name].records:,} records, {again[name].records:,} in the payloads" for name in told if found[name] != again[name]]
