"""`tapewire verify`: fold the log again and compare with what the stages wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from infra.crash.findings import Findings
from infra.crash.topic_log import digest_of, identity_in, read_log
from infra.errors import TapewireError
from infra.kafka.codecs import CodecSet
from infra.kafka.whole_topic import read_whole
from infra.settings import Settings, load
from processors.log_replay import NOT_FOLDED, Logged, can_be_replayed, replayed
from processors.stage_spec import StageSpec
from processors.stages import STAGES
from schemas import catalog
from schemas.codec import HEADER_SIZE, Codec, UndecodableRecord

Expected = dict[str, dict[bytes, tuple[bytes, int]]]
"""By output topic: identity of a record to the digest of its body and its partition."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One output topic of a stage, beside its replay.

    Attributes
    ----------
    equal
        Records with the bytes that the replay has.
    different, unexpected
        Records with other bytes, and such as the replay does not have.
    missing
        Records of the replay that are not on the topic, though later ones of their partition are.
    not_yet
        Records of the replay behind the newest on the topic: a running stage has not written them yet.
    """

    stage: str
    topic: str
    equal: int
    different: int
    unexpected: int
    missing: int
    not_yet: int

    @property
    def is_right(self) -> bool:
        return not (self.different or self.unexpected or self.missing)


def register(app: typer.Typer) -> None:
    @app.command()
    def verify(
        stages: list[str] = typer.Argument(None, help="Stages, e.g. market decisions; all that can be folded again if none is named."),
        as_json: bool = typer.Option(False, "--json", help="Print for machines."),
    ) -> None:
        """Fold each stage's inputs again, as the log has them, and compare with what it wrote, e.g. `tapewire verify decisions`."""
        settings = load()
        unknown = [name for name in stages or () if name not in STAGES]
        if unknown:
            raise TapewireError(f"expected stages out of {', '.join(STAGES)}; found {', '.join(unknown)}")
        chosen = [spec for spec in STAGES.values() if (not stages or spec.name in stages) and can_be_replayed(spec)]
        found = [line for spec in chosen for line in verified(spec, settings)]
        if as_json:
            print(json.dumps([asdict(line) for line in found]))
        else:
            _show(found)
        raise typer.Exit(0 if all(line.is_right for line in found) else 1)


def verified(spec: StageSpec, settings: Settings) -> Sequence[Verified]:
    """Compare each output topic of a stage with the replay of its inputs, whose bytes are read into memory."""
    written = written_by(spec, settings)  # first: a stage that runs writes more while its inputs are read
    return compared_all(spec, written, expected_of(spec, settings))


def written_by(spec: StageSpec, settings: Settings) -> Mapping[str, Mapping[bytes, bytes]]:
    """Return the digest of each record that a stage wrote, by output topic; where several write, a record says who did."""
    codecs = CodecSet.from_registry(settings.registry, spec.outputs)
    found: dict[str, Mapping[bytes, bytes]] = {}
    for name in spec.outputs:
        topic = catalog.topic(name)
        several = len(topic.producers) > 1
        log = read_log(settings.kafka, codecs.of(name), topic, Findings(), keep=several)
        own = (identity for identity in log.digests if not several or getattr(log.first[identity], "unit", spec.unit) == spec.unit)
        found[name] = {identity: log.digests[identity] for identity in own}
    return found


def expected_of(spec: StageSpec, settings: Settings) -> Expected:
    """Fold a stage's inputs again; return a digest of each record it must write."""
    codecs = CodecSet.from_registry(settings.registry, (*spec.reads, *spec.outputs))
    expected: Expected = {name: {} for name in spec.outputs}
    logs = {name: _by_partition(settings, name) for name in spec.reads}
    for partition in range(catalog.topic(spec.inputs[0]).partitions):
        inputs = {name: _decoded(codecs.of(name), logs[name].get(partition, ())) for name in spec.inputs}
        ticks: Iterator[Any] = _decoded(codecs.of(spec.tick_topic), logs[spec.tick_topic].get(partition, ())) if spec.tick_topic else iter(())
        for output in replayed(spec, settings, partition, inputs, ticks):
            topic = catalog.topic(output.topic)
            body = codecs.of(output.topic).encode(output.record)[HEADER_SIZE:]
            expected[output.topic].setdefault(identity_in(topic, output.record), (digest_of(body), partition))
    return expected


def compared_all(spec: StageSpec, written: Mapping[str, Mapping[bytes, bytes]], expected: Expected) -> Sequence[Verified]:
    """Compare each output topic of a stage with what must be there."""
    return [compared(spec.name, name, written[name], expected[name]) for name in spec.outputs]


def compared(stage: str, name: str, digests: Mapping[bytes, bytes], expected: Mapping[bytes, tuple[bytes, int]]) -> Verified:
    """Compare the digests that are there with those that must be, in the order in which each partition of the stage writes them.

    Parameters
    ----------
    digests
        By identity.
    expected
        By identity: the digest, and the partition of the stage that it comes from, whichever partition of the topic it lies in.
    """
    newest: dict[int, int] = {}  # place of the newest record that is there, by the partition it was made of
    for number, (identity, (_, partition)) in enumerate(expected.items()):
        if identity in digests:
            newest[partition] = number
    equal = sum(1 for identity, digest in digests.items() if identity in expected and expected[identity][0] == digest)
    absent = [(number, partition) for number, (identity, (_, partition)) in enumerate(expected.items()) if identity not in digests]
    behind = sum(1 for number, partition in absent if number > newest.get(partition, -1))
    unexpected = sum(1 for identity in digests if identity not in expected)
    return Verified(stage, name, equal, len(digests) - equal - unexpected, unexpected, len(absent) - behind, behind)


def _by_partition(settings: Settings, name: str) -> Mapping[int, Sequence[tuple[int, bytes]]]:
    """Return the offset and the bytes of each record: decoded all at once they would take ten times the memory."""
    found: dict[int, list[tuple[int, bytes]]] = {}
    for message in read_whole(settings.kafka, catalog.topic(name)):
        found.setdefault(int(message.partition() or 0), []).append((int(message.offset() or 0), message.value() or b""))
    return found


def _decoded(codec: Codec[Any], log: Sequence[tuple[int, bytes]]) -> Iterator[Logged]:
    """Yield the records, one at a time: as objects a day of them would not fit into memory."""
    for offset, value in log:
        try:
            yield offset, codec.decode(value)
        except UndecodableRecord:
            continue  # the stage made a dead letter of it


def _show(found: Sequence[Verified]) -> None:
    table = Table(title="What the stages wrote, beside the log folded again", title_justify="left")
    for heading in ("stage", "topic", "equal", "different", "unexpected", "missing", "not yet"):
        table.add_column(heading, justify="left" if heading in ("stage", "topic") else "right")
    for line in found:
        numbers = (line.equal, line.different, line.unexpected, line.missing, line.not_yet)
        table.add_row(line.stage, line.topic, *(f"{number:,}" for number in numbers))
    console = Console()
    console.print(table)
    for unit, reason in NOT_FOLDED.items():
        console.print(f"{unit} is not folded again: {reason}.", style="dim")
