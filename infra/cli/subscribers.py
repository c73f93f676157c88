"""`tapewire subscribers list | set`: who gets which tier where."""

from __future__ import annotations

import json

import typer
from rich.console import Console
from rich.table import Table

from infra.errors import ConfigurationError
from infra.kafka.codecs import CodecSet
from infra.kafka.producer import RecordProducer
from infra.kafka.topic_follower import TopicFollower
from infra.number_formats import exchange_moment
from infra.settings import Settings, clock_of, load
from schemas.records import Subscription, Tier
from sinks.distribution.entitlements import house_subscriptions

_TOPIC = "distribution.subscriptions"


def register(app: typer.Typer) -> None:
    subscribers = typer.Typer(help="Who gets which tier where.", no_args_is_help=True)
    app.add_typer(subscribers, name="subscribers")

    @subscribers.command("list")
    def list_subscribers(as_json: bool = typer.Option(False, "--json", help="Print for machines.")) -> None:
        """List the subscriptions in force, e.g. `tapewire subscribers list`."""
        found = in_force(load())
        if as_json:
            print(json.dumps([subscription.as_avro() for subscription in found]))
            return
        table = Table("subscriber", "tier", "channel", "address", "since")
        for entry in found:
            since = exchange_moment(entry.ts_event) if entry.ts_event else "settings"
            table.add_row(entry.subscriber_id, entry.tier.lower(), entry.channel, entry.address, since)
        Console().print(table)

    @subscribers.command("set")
    def set_subscriber(
        subscriber_id: str = typer.Argument(..., help="Stable id, e.g. an account number."),
        channel: str = typer.Option("discord", help="Platform."),
        address: str = typer.Option(..., help="The platform's own address, e.g. a Discord channel id."),
        tier: str = typer.Option(..., help="premium, basic, free, or none to end the subscription."),
    ) -> None:
        """Set one subscription; it holds from the very next message, e.g.
        `tapewire subscribers set 4711 --address 1188000000000000004 --tier basic`."""
        settings = load()
        if tier.upper() not in Tier.__members__:
            raise ConfigurationError(f"--tier: expected premium, basic, free or none, found {tier}")
        if channel == "discord" and not address.isdecimal():
            raise ConfigurationError(f"--address: expected a Discord channel id of digits, found {address}")
        put(
            settings,
            Subscription(
                subscriber_id=subscriber_id, channel=channel, address=address, tier=Tier[tier.upper()], ts_event=clock_of(settings).now_us()
            ),
        )
        print(f"{subscriber_id} gets {tier.lower()} on {channel} {address}")


def in_force(settings: Settings) -> list[Subscription]:
    """Return the newest subscription of every subscriber that has one, the house's included."""
    follower = TopicFollower(settings.kafka, CodecSet.from_registry(settings.registry, [_TOPIC]), _TOPIC)
    newest = {entry.subscriber_id: entry for entry in house_subscriptions(settings.discord)}
    try:
        newest.update({entry.subscriber_id: entry for entry in follower.catch_up() if isinstance(entry, Subscription)})
    finally:
        follower.close()
    return [entry for _, entry in sorted(newest.items()) if entry.tier is not Tier.NONE]


def put(settings: Settings, subscription: Subscription) -> None:
    """Write one subscription and wait until the broker has it."""
    producer = RecordProducer(settings, CodecSet.from_registry(settings.registry, [_TOPIC]), client_id="tapewire subscribers")
    try:
        producer.send(_TOPIC, subscription)
        producer.flush()
    finally:
        producer.close()
