"""Makes a feed of a catalogue: the unit that polls it, with its own way to Kafka.

A REST vendor is one YAML and one decorated function beside it::

    @catalog_feed(name="feed.toy", file=Path(__file__).with_suffix(".yaml"), summary="Toy numbers.")
    def toy(settings: Settings) -> VendorAccess: ...
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from infra.errors import ConfigurationError
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter import DeadLetterLimits, DeadLetters
from infra.kafka.producer import RecordProducer
from infra.logging_setup import logger
from infra.patience import until_answered
from infra.settings import Settings
from infra.unit import UnitContext, unit
from producers.capture import capture_of
from producers.publisher import REQUEST_COUNTS, Publisher
from producers.rest import RestClient
from producers.rest_catalog import snapshots
from producers.rest_catalog.catalog_file import CatalogFile
from producers.rest_catalog.command_desk import CommandDesk
from producers.rest_catalog.earlier_process import cursors_of, last_count
from producers.rest_catalog.fetcher import CURSORS, Fetcher, no_room_needed
from producers.rest_catalog.neighbours import IN_THIS_PROCESS
from producers.rest_catalog.poller import Poller
from producers.source import ALWAYS_WRITTEN, Payload
from schemas import catalog as topics
from schemas.records import Licence

_PATIENCE_SECONDS = 60.0  # beyond the longest wait for the broker: a feed that is silent for longer hangs
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class VendorAccess:
    """How a vendor is reached.

    Attributes
    ----------
    headers
        With the key.
    query
        With the key, for a vendor that takes it in the address.
    unavailable
        Why the feed cannot run, e.g. no key is set; None when it can.
    catalog_path
        File to use instead of the product's; empty for that.
    switched_off
        Features of the file that the settings turn off.
    """

    rest_url: str
    headers: Mapping[str, str]
    symbols: tuple[str, ...]
    unavailable: str | None
    catalog_path: str = ""
    switched_off: frozenset[str] = frozenset()
    query: Mapping[str, str] = field(default_factory=dict)


Access = Callable[[Settings], VendorAccess]
_REGISTER: dict[str, tuple[Access, Path]] = {}


def accesses() -> dict[str, Access]:
    """Return how the vendor of each catalogue is reached, by unit; `infra.plugins.load_all("producers")` registers them."""
    return {name: access for name, (access, _) in sorted(_REGISTER.items())}


def catalogs() -> dict[str, Path]:
    """Return the product's file of each catalogue, by unit."""
    return {name: file for name, (_, file) in sorted(_REGISTER.items())}


def catalog_feed(*, name: str, file: Path, summary: str, licence: Licence = Licence.INTERNAL) -> Callable[[Access], Access]:
    """Register a catalogue as the unit that polls it; the decorated function says how the vendor is reached."""

    def register(access: Access) -> Access:
        async def run(context: UnitContext) -> None:
            await run_catalog(name, file, access(context.settings), context, licence)

        kept = (*kept_besides(file), *_counts_written(file))
        unit(name=name, kind="feed", summary=summary, writes=(*topics_written(file), *kept, *ALWAYS_WRITTEN))(run)
        _REGISTER[name] = access, file
        return access

    return register


def _counts_written(file: Path) -> tuple[str, ...]:
    budget = yaml.safe_load(file.read_text())["vendor"].get("budget", {})
    return (REQUEST_COUNTS,) if "per_day" in budget or "per_month" in budget else ()


def topics_written(file: Path) -> tuple[str, ...]:
    """Return the topics that a file's transforms write; the file is checked when the feed starts, not here."""
    endpoints = yaml.safe_load(file.read_text())["endpoints"]
    return tuple(sorted({topic for endpoint in endpoints for topic in endpoint.get("topics", ())}))


def kept_besides(file: Path) -> tuple[str, ...]:
    """Return the topics of cursors and snapshots, if a file has any."""
    content = yaml.safe_load(file.read_text())
    has_cursors = any(endpoint.get("rows", {}).get("newer_than") for endpoint in content["endpoints"])
    return (CURSORS,) * has_cursors + (snapshots.TOPIC,) * bool(content["vendor"].get("snapshots"))


async def run_catalog(name: str, file: Path, access: VendorAccess, context: UnitContext, licence: Licence = Licence.INTERNAL) -> None:
    """Poll a catalogue until told to stop; without a key the feed stays up, says why, and publishes nothing."""
    if access.unavailable is not None:
        log.warning("feed_unavailable", feed=name, reason=access.unavailable)
        context.health.report(name, ready=True, detail=access.unavailable)
        await context.stop.wait()
        return
    catalog_file = CatalogFile(Path(access.catalog_path or file), access.symbols, switched_off=access.switched_off)
    accepted = await asyncio.to_thread(catalog_file.read, context.clock.now_us())
    log.info("rest_catalog_loaded", unit=name, calls_a_day=accepted.plan.calls, busiest_minute=accepted.plan.busiest_minute)
    client = RestClient(access.rest_url, access.headers, 1.0, context.clock, access.query)
    try:
        async with _publisher(name, context, licence) as publisher:
            cursors = await until_answered(context, name, lambda: cursors_of(context.settings, name))
            poller = Poller(name, catalog_file, accepted, client, publisher, context.clock, cursors, IN_THIS_PROCESS)
            await _go_on_counting(name, poller, context)
            desk = CommandDesk(name, poller, context)
            try:
                await desk.begin()
                works = (publisher.run_heartbeats(context.stop), poller.run(context.stop), desk.run(context.stop))
                await _until_one_ends([asyncio.create_task(work) for work in works], context.stop)
            finally:
                await desk.close()
            await publisher.heartbeat()
    finally:
        await client.close()


async def _until_one_ends(tasks: Sequence[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for the end of all, in order when told to stop; raise what ended one before."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        for task in tasks:
            task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome


async def _go_on_counting(name: str, poller: Poller, context: UnitContext) -> None:
    """Begin with the requests that earlier processes counted, where the file states a limit of a day or a month."""
    tally = poller.dispatcher.tally
    if not tally.is_limited:
        return
    told = await until_answered(context, name, lambda: last_count(context.settings, name))
    if told is not None:
        tally.restore(told.day, told.requests_of_day, told.month, told.requests_of_month)


@asynccontextmanager
async def _publisher(name: str, context: UnitContext, licence: Licence) -> AsyncIterator[Publisher]:
    settings = context.settings
    capture = capture_of(name, settings)
    # All topics: a changed file may name a topic that no entry named before.
    codecs = await until_answered(context, name, lambda: CodecSet.from_registry(settings.registry, topics.topics()))
    producer = RecordProducer(settings, codecs, client_id=name)
    try:
        yield Publisher(
            name,
            producer,
            DeadLetters(producer, name, settings, context.clock),
            context.clock,
            context.health,
            watermarked=(),
            positions={},
            again_within=settings.kafka.delivery_timeout_ms / 1_000 + _PATIENCE_SECONDS,
            # One endpoint's bad answers are its breaker's business; they must not end the feed.
            limits=DeadLetterLimits(largest_run=2**62, window_records=1, largest_share=1.0),
            mode=settings.stack.mode,
            licence=licence,
            capture=capture,
        )
    finally:
        if capture is not None:
            capture.close()
        await asyncio.to_thread(producer.close)


async def play_answers(name: str, answers: Iterator[Payload], context: UnitContext) -> int:
    """Publish recorded answers as the feed would; return how many that were. One of an endpoint that the file does not have is an error."""
    registered, file = _REGISTER[name]
    access = registered(context.settings)
    catalog_file = CatalogFile(Path(access.catalog_path or file), access.symbols)
    catalog = (await asyncio.to_thread(catalog_file.read, context.clock.now_us())).catalog
    endpoints = {catalog.vendor.base_path + endpoint.path: endpoint for endpoint in catalog.endpoints.values()}
    client = RestClient(access.rest_url, {}, 1.0, context.clock)
    played = 0
    try:
        async with _publisher(name, context, Licence.INTERNAL) as publisher:
            fetcher = Fetcher(name, client, publisher, context.clock, lambda _: None, no_room_needed)
            for answer in answers:
                if answer.endpoint not in endpoints:
                    raise ConfigurationError(f"expected an endpoint of {catalog.name}, found {answer.endpoint}")
                await fetcher.play(endpoints[answer.endpoint], answer)
                publisher.advance(answer.received_us)
                played += 1
            await publisher.heartbeat()
    finally:
        await client.close()
    return played
