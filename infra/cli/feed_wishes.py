"""`tapewire feeds pause | resume | throttle`: what people want of a feed or one of its endpoints while it runs."""

from __future__ import annotations

from pathlib import Path

import typer

from infra.errors import ConfigurationError
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.plugins import load_all
from infra.settings import clock_of, load
from schemas.records import FeedAction, FeedCommand

TOPIC = "ops.commands"
_BY = "tapewire feeds"
_TARGET = typer.Argument(..., help="Feed such as feed.yahoo, or one endpoint of it: feed.yahoo/minutes.")


def add_to(feeds: typer.Typer) -> None:
    @feeds.command()
    def pause(target: str = _TARGET) -> None:
        """Make no calls from within a second on, also after a restart, e.g. `tapewire feeds pause feed.yahoo`."""
        _want(target, FeedAction.PAUSE, None)

    @feeds.command()
    def resume(target: str = _TARGET) -> None:
        """Make all calls again, first those that were held back, e.g. `tapewire feeds resume feed.yahoo`."""
        _want(target, FeedAction.RESUME, None)

    @feeds.command()
    def throttle(target: str = _TARGET, factor: float = typer.Argument(..., help="Of so many calls that are due one is made, e.g. 4.")) -> None:
        """Make fewer calls, also after a restart, e.g. `tapewire feeds throttle feed.yahoo/earnings 4`; `resume` ends it."""
        if not factor > 1:
            raise ConfigurationError(f"expected a factor above 1, found {factor:g}; `tapewire feeds resume {target}` makes all calls again")
        _want(target, FeedAction.THROTTLE, factor)


def checked(target: str) -> str:
    """Return a target that exists.

    Raises
    ------
    ConfigurationError
        Naming the feeds, or the endpoints of the feed, that there are.
    """
    from producers.rest_catalog.feed import catalogs
    from producers.rest_catalog.loader import load as load_catalog

    load_all("producers")
    feed, slash, endpoint = target.partition("/")
    files = catalogs()
    if feed not in files:
        raise ConfigurationError(f"expected a feed out of {', '.join(files)}, found {feed}")
    if slash:
        path = getattr(load(), feed.removeprefix("feed.")).catalog_path
        known = load_catalog(Path(path or files[feed]), ()).endpoints
        if endpoint not in known:
            raise ConfigurationError(f"expected an endpoint of {feed} out of {', '.join(known)}, found {endpoint or 'none'}")
    return target


def _want(target: str, action: FeedAction, factor: float | None) -> None:
    settings = load()
    command = FeedCommand(target=checked(target), action=action, factor=factor, ts_event=clock_of(settings).now_us(), asked_by=_BY)
    producer = RecordProducer(settings, CodecSet.from_registry(settings.registry, (TOPIC,)), client_id="tapewire-feeds")
    try:
        producer.send(TOPIC, command)
        producer.flush()
    finally:
        producer.close()
    print(f"{target}: {action.value.lower()}" + ("" if factor is None else f", one call in {factor:g}"))
