"""`tapewire dlq list | show | replay`: what readers could not use, and putting it back once they can."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from infra.clock import MICROSECONDS, Clock, to_microseconds
from infra.errors import ConfigurationError
from infra.kafka.codecs import CodecSet
from infra.kafka.dead_letter_archive import LetterFilter, LetterGroup, grouped, read_letters
from infra.kafka.replay import Replays, impossible_because
from infra.kafka.replay_ledger import TOPIC as REPLAYS
from infra.kafka.replay_ledger import ReplayLedger
from infra.number_formats import exchange_moment
from infra.settings import Settings, clock_of, load
from schemas import catalog
from schemas.codec import HEADER_SIZE, UndecodableRecord
from schemas.records import DeadLetter

_TOPIC = typer.Option([], "--topic", help="Topic the record came from; may be given several times.")
_STAGE = typer.Option("", help="Unit that refused it, e.g. sink.fanout.")
_ERROR = typer.Option("", help="Class of the error, e.g. UndecodableRecord.")
_SINCE = typer.Option("", help="Put aside since then: 30m, 2h, 1d, or a market time such as 2026-11-20T10:00-05:00.")
_JSON = typer.Option(False, "--json", help="Print for machines.")
_AGO = re.compile(r"(\d+)([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_ID_SHOWN = 8  # enough for `show` and `replay`, and a row stays a row
_ROW_BYTES = 16
_SHOWN_BYTES = 512


def register(app: typer.Typer) -> None:
    dlq = typer.Typer(help="Dead letters: records that a reader could not use.", no_args_is_help=True)
    app.add_typer(dlq, name="dlq")

    @dlq.command("list")
    def list_letters(topic: list[str] = _TOPIC, stage: str = _STAGE, error: str = _ERROR, since: str = _SINCE, as_json: bool = _JSON) -> None:
        """Count the dead letters by topic, unit and error, e.g. `tapewire dlq list`."""
        settings = load()
        wanted = _filter((), topic, stage, error, since, clock_of(settings))
        codecs = _codecs(settings)
        groups = grouped(read_letters(settings.kafka, codecs, wanted))
        ledger = ReplayLedger(settings, codecs)
        ledger.read()
        if as_json:
            print(json.dumps([_group_as_plain(group, ledger) for group in groups]))
            return
        table = Table("topic", "unit", "error", "letters", "put back", "newest", "its id", "its reason")
        for group in groups:
            newest = group.newest
            moment = exchange_moment(newest.ts_published)
            counts = str(len(group.letters)), str(_put_back(group, ledger))
            table.add_row(group.topic, group.stage, group.error, *counts, moment, newest.dead_letter_id[:_ID_SHOWN], newest.reason)
        Console().print(table if groups else "no dead letters")

    @dlq.command()
    def show(letter_id: str = typer.Argument(..., metavar="ID", help="Id of a letter, or its beginning."), as_json: bool = _JSON) -> None:
        """Show one dead letter, its record decoded as far as that goes, e.g. `tapewire dlq show 0f0f5a1c`."""
        settings = load()
        codecs = CodecSet.from_registry(settings.registry, catalog.topics())
        (letter,) = read_letters(settings.kafka, codecs, LetterFilter(ids=(letter_id,)))
        shown = describe(letter, codecs)
        if as_json:
            print(json.dumps(shown))
            return
        for name, value in shown.items():
            text = value if isinstance(value, str) else json.dumps(value, indent=1)
            print(f"{name:<15} {text}" if "\n" not in text else f"{name}\n{text}")

    @dlq.command()
    def replay(
        ids: list[str] = typer.Argument(None, metavar="[ID]...", help="Ids of letters, or their beginnings."),
        topic: list[str] = _TOPIC,
        stage: str = _STAGE,
        error: str = _ERROR,
        since: str = _SINCE,
        everything: bool = typer.Option(False, "--all", help="All there are."),
        dry_run: bool = typer.Option(False, "--dry-run", help="Only say what would be put back."),
        as_json: bool = _JSON,
    ) -> None:
        """Put records back on their topic, for the unit that refused them, e.g. `tapewire dlq replay --stage sink.fanout --since 2h`.

        Bytes, key and partition are the original ones. A letter that was put back is never put back again.
        """
        settings = load()
        clock = clock_of(settings)
        wanted = _filter(tuple(ids or ()), topic, stage, error, since, clock)
        if wanted.asks_nothing and not everything:
            raise ConfigurationError("expected ids, a filter or --all, found nothing of it")
        codecs = _codecs(settings)
        letters = read_letters(settings.kafka, codecs, wanted)
        replays = Replays(settings, codecs, clock)
        try:
            results = replays.preview(letters) if dry_run else replays.put_back(letters)
        finally:
            replays.close()
        if as_json:
            print(json.dumps([{"id": one.letter.dead_letter_id, "outcome": one.outcome, "text": one.text} for one in results]))
        else:
            words = {"replayed": "would be put back" if dry_run else "put back", "already": "put back before", "impossible": "cannot be put back"}
            for one in results:
                print(f"{one.letter.dead_letter_id}  {one.letter.stage:<16} {words[one.outcome]}: {one.text}")
            print(f"{sum(one.outcome == 'replayed' for one in results)} of {len(results)} {'would be' if dry_run else 'were'} put back")


def describe(letter: DeadLetter, codecs: CodecSet) -> dict[str, Any]:
    """Return a letter's fields, and its record: decoded, or as text, or as a hex dump with the reason."""
    fields = {name: value for name, value in letter.as_avro().items() if name not in ("value", "key")}
    fields["ts_published"] = exchange_moment(letter.ts_published)
    fields["key"] = None if letter.key is None else letter.key.decode(errors="replace")
    fields["can be replayed"] = impossible_because(letter) or "yes"
    return {**fields, **_content(letter, codecs)}


def _content(letter: DeadLetter, codecs: CodecSet) -> dict[str, Any]:
    value = letter.value
    if value is None:
        return {"record": None}
    try:
        return {"record": _plain(codecs.of_kafka_name(letter.topic).decode(value).as_avro())}
    except (UndecodableRecord, LookupError) as error:
        undecodable = str(error)
    if letter.partition is None:  # what a vendor sent is text
        try:
            return {"record": json.loads(value)}
        except ValueError:
            pass
    frame = f"schema id {int.from_bytes(value[1:HEADER_SIZE], 'big')}" if value[:1] == b"\x00" and len(value) >= HEADER_SIZE else "no frame of ours"
    return {"does not decode": undecodable, "bytes": f"{len(value)}, {frame}\n{hex_dump(value[:_SHOWN_BYTES])}"}


def hex_dump(value: bytes) -> str:
    """Return rows of offset, bytes and characters."""
    rows = []
    for start in range(0, len(value), _ROW_BYTES):
        part = value[start : start + _ROW_BYTES]
        characters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        rows.append(f"{start:06x}  {part.hex(' '):<{3 * _ROW_BYTES}} {characters}")
    return "\n".join(rows)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, bytes) else value


def _put_back(group: LetterGroup, ledger: ReplayLedger) -> int:
    """Return how many letters of the group lie on their topic again."""
    notes = (ledger.known(letter.dead_letter_id) for letter in group.letters)
    return sum(note is not None and note.offset is not None for note in notes)


def _codecs(settings: Settings) -> CodecSet:
    return CodecSet.from_registry(settings.registry, [REPLAYS])


def _group_as_plain(group: LetterGroup, ledger: ReplayLedger) -> dict[str, Any]:
    return {
        "topic": group.topic, "stage": group.stage, "error": group.error, "count": len(group.letters), "put_back": _put_back(group, ledger),
        "newest_us": group.newest.ts_published, "newest_id": group.newest.dead_letter_id, "newest_reason": group.newest.reason,
    }  # fmt: skip


def _filter(ids: tuple[str, ...], topics: list[str], stage: str, error: str, since: str, clock: Clock) -> LetterFilter:
    return LetterFilter(ids, tuple(topics), stage, error, moment_of(since, clock.now_us()) if since else None)


def moment_of(text: str, now_us: int) -> int:
    """Return market microseconds of ``2h`` (ago) or of a time with a zone.

    Raises
    ------
    ConfigurationError
        If it is neither.
    """
    if ago := _AGO.fullmatch(text):
        return now_us - int(ago[1]) * _SECONDS[ago[2]] * MICROSECONDS
    try:
        return to_microseconds(datetime.fromisoformat(text))
    except ValueError as error:
        raise ConfigurationError(f"--since: expected 30m, 2h, 1d or a time with its zone, found {text}") from error
