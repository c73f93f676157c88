"""`tapewire topics diff|apply`: the broker's topics and the registry's subjects against the catalogue."""

from __future__ import annotations

import typer
from confluent_kafka.admin import AdminClient

from infra.kafka import topics as kafka_topics
from infra.kafka.registry import SchemaRegistry
from infra.settings import Settings, load
from schemas import catalog
from schemas.avro_schemas import resolved


def register(app: typer.Typer) -> None:
    topics = typer.Typer(help="Topics of the catalogue on the broker.", no_args_is_help=True)
    app.add_typer(topics, name="topics")

    @topics.command()
    def diff() -> None:
        """Show how the broker differs from the catalogue, e.g. `tapewire topics diff`; exits 1 if it does."""
        differences = kafka_topics.diff(_admin(load()))
        for difference in differences:
            print(difference)
        if differences:
            raise typer.Exit(1)
        print(f"the broker has all {len(kafka_topics.wanted_topics())} topics as the catalogue says")

    @topics.command()
    def apply() -> None:
        """Create missing topics, correct settings, register schemas, e.g. `tapewire topics apply`; safe to repeat."""
        settings = load()
        for change in kafka_topics.apply(_admin(settings)):
            print(f"changed {change}")
        print(f"{len(kafka_topics.wanted_topics())} topics as the catalogue says")
        print(f"{register_schemas(settings)} subjects registered")


def register_schemas(settings: Settings) -> int:
    """Register the schema of every topic and its compatibility mode; return how many subjects there are.

    Raises
    ------
    Fatal
        If a schema is not compatible with the one readers and stored records rely on.
    """
    entries = list(catalog.topics().values())
    entries += [catalog.dead_letter_topic(entry) for entry in entries if entry.dead_letter]
    with SchemaRegistry(settings.registry) as registry:
        for entry in entries:
            registry.register(entry.subject, resolved(entry.record))
            registry.set_compatibility(entry.subject, entry.compatibility)
    return len(entries)


def _admin(settings: Settings) -> AdminClient:
    return AdminClient({"bootstrap.servers": settings.kafka.bootstrap_servers, "log.connection.close": False})
