"""The dead letters as a person looks for them: read from their topics, told apart by id, filtered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infra.errors import ConfigurationError
from infra.kafka.codecs import CodecSet
from infra.kafka.whole_topic import read_whole
from infra.logging_setup import logger
from infra.settings import KafkaSettings
from schemas import catalog
from schemas.codec import UndecodableRecord
from schemas.records import DeadLetter

_SHORTEST_PREFIX = 6
log = logger(__name__)


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which letters are meant; what is empty or None is not asked.

    Attributes
    ----------
    ids
        Ids, or their beginnings.
    topics
        Logical or Kafka names of the topics that the letters came from.
    stage
        Unit that refused them.
    error
        Class of the error.
    since_us
        Put aside at this market time or later.
    """

    ids: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    stage: str = ""
    error: str = ""
    since_us: int | None = None

    @property
    def asks_nothing(self) -> bool:
        return self == LetterFilter()

    def takes(self, letter: DeadLetter) -> bool:
        """Tell whether the letter is meant."""
        named = not self.ids or any(letter.dead_letter_id.startswith(prefix) for prefix in self.ids)
        here = not self.topics or letter.topic in self.topics or catalog.by_kafka_name()[letter.topic].name in self.topics
        recent = self.since_us is None or letter.ts_published >= self.since_us
        return named and here and recent and self.stage in ("", letter.stage) and self.error in ("", letter.error)


@dataclass(frozen=True, slots=True)
class LetterGroup:
    """Letters of one topic, stage and error."""

    topic: str
    stage: str
    error: str
    letters: tuple[DeadLetter, ...]

    @property
    def newest(self) -> DeadLetter:
        return self.letters[-1]


def read_letters(settings: KafkaSettings, codecs: CodecSet, wanted: LetterFilter) -> list[DeadLetter]:
    """Return the letters that ``wanted`` takes, oldest first, each id once.

    Parameters
    ----------
    codecs
        Must hold the codec of dead letters.

    Raises
    ------
    ConfigurationError
        If a topic is unknown, or an id is too short or names two letters.
    Retryable
        If the broker does not answer.
    """
    found: dict[str, DeadLetter] = {}
    for topic in _sources(wanted.topics):
        for message in read_whole(settings, catalog.dead_letter_topic(topic)):
            try:
                letter: DeadLetter = codecs.dead_letters.decode(message.value() or b"")
            except UndecodableRecord as error:
                log.error("unusable_dead_letter", topic=topic.dead_letter_name, offset=message.offset(), error=str(error))
                continue
            if wanted.takes(letter):
                found[letter.dead_letter_id] = letter  # a stage that was killed puts a record aside again, under the same id
    _check_ids(wanted.ids, found)
    return sorted(found.values(), key=lambda letter: (letter.ts_published, letter.dead_letter_id))


def grouped(letters: Iterable[DeadLetter]) -> list[LetterGroup]:
    """Return the letters by topic, stage and error."""
    groups: defaultdict[tuple[str, str, str], list[DeadLetter]] = defaultdict(list)
    for letter in letters:
        groups[letter.topic, letter.stage, letter.error].append(letter)
    return [LetterGroup(*name, tuple(several)) for name, several in sorted(groups.items())]


def _sources(names: Sequence[str]) -> list[catalog.Topic]:
    known = catalog.by_kafka_name()
    if unknown := [name for name in names if name not in known and name not in catalog.topics()]:
        raise ConfigurationError(f"expected topics out of {', '.join(catalog.topics())}; found {', '.join(unknown)}")
    chosen = [known[name] if name in known else catalog.topic(name) for name in names]
    return chosen or [topic for topic in catalog.topics().values() if topic.dead_letter]


def _check_ids(prefixes: Sequence[str], found: Iterable[str]) -> None:
    listed = list(found)
    for prefix in prefixes:
        matches = [one for one in listed if one.startswith(prefix)]
        if len(prefix) < _SHORTEST_PREFIX or len(matches) != 1:
            raise ConfigurationError(
                f"expected the id of one dead letter, or its first {_SHORTEST_PREFIX} characters and more; found {prefix}, {len(matches)} match"
            )
