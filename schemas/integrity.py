"""Checks schemas/ as a product: generated files match, nothing is orphaned, every example works, no released reader breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from schemas import asyncapi, catalog, codegen, compat, golden_examples, market_view_reference, topic_reference
from schemas.avro_schemas import load_all, resolved
from schemas.catalog import Topic
from schemas.codec import Codec

REFERENCE_FOLDER = Path(__file__).parent.parent / "docs" / "reference"
STATE_DOMAIN = "tapewire.state."
"""Fold states are records too, but live in changelogs: no topic, no registry, no examples."""

GENERATED: dict[Path, Callable[[], str]] = {
    codegen.RECORDS_FILE: codegen.generate,
    REFERENCE_FOLDER / "topics.md": topic_reference.render,
    REFERENCE_FOLDER / "asyncapi.yaml": asyncapi.render,
    REFERENCE_FOLDER / "market-view.md": market_view_reference.render,
}


def problems() -> list[str]:
    """Return one sentence for everything that is wrong with schemas/; empty when all is well."""
    return [*_stale_files(), *_orphan_schemas(), *_orphan_examples(), *_examples(), *_broken_readers()]


def generate() -> list[Path]:
    """Write every generated file whose text changed; return them."""
    written = []
    for path, render in GENERATED.items():
        text = render()
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            written.append(path)
    return written


def _stale_files() -> Iterator[str]:
    for path, render in GENERATED.items():
        if not path.exists() or path.read_text() != render():
            yield f"{path.name} differs from what schemas/ says: run `tapewire schemas generate`"


def _topics_with_records() -> list[Topic]:
    topics = list(catalog.topics().values())
    return [*topics, catalog.dead_letter_topic(topics[0])]


def _orphan_schemas() -> Iterator[str]:
    used = {name for topic in _topics_with_records() for name in _names_in(resolved(topic.record))}
    for name in load_all():
        if name not in used and not name.startswith(STATE_DOMAIN) and not _used_by_state(name):
            yield f"schema {name}: no topic uses it"


def _used_by_state(name: str) -> bool:
    return any(state.startswith(STATE_DOMAIN) and name in _names_in(resolved(state)) for state in load_all())


def _names_in(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_names_in, node))
    if not isinstance(node, dict):
        return {node} if isinstance(node, str) else set()
    own = {f"{node['namespace']}.{node['name']}"} if "namespace" in node else set()
    inner = [field["type"] for field in node.get("fields", [])] + [node.get("items"), node.get("values"), node["type"]]
    return own | _names_in(inner)


def _orphan_examples() -> Iterator[str]:
    known = {golden_examples.folder_of(topic) for topic in _topics_with_records()}
    for folder in sorted(golden_examples.EXAMPLES_FOLDER.iterdir()):
        if folder not in known:
            yield f"examples/{folder.name}: no topic of that name"
    known_topics = set(catalog.topics())
    for folder in sorted(compat.RELEASED_FOLDER.iterdir()):
        if folder.is_dir() and folder.name not in known_topics:
            yield f"released/{folder.name}: no topic of that name"


def _examples() -> Iterator[str]:
    for topic in _topics_with_records():
        name = golden_examples.folder_of(topic).name
        try:
            examples = golden_examples.load(topic)
        except golden_examples.UnusableExample as error:
            yield str(error)
            continue
        for required in golden_examples.REQUIRED_NAMES:
            if required not in examples:
                yield f"examples/{name}: expected {required}.json, found {', '.join(examples) or 'nothing'}"
        codec = Codec(topic.record_type, 1)
        for example, record in examples.items():
            if codec.decode(codec.encode(record)) != record:
                yield f"examples/{name}/{example}.json: comes back from the codec changed"
        yield from _missing_branches(topic, [record.as_avro() for record in examples.values()])


def _missing_branches(topic: Topic, examples: list[dict[str, Any]]) -> Iterator[str]:
    """Every value of each enum type among the record's own fields appears in an example; nested records have topics of their own."""
    schemas = load_all()
    shown: dict[str, set[str]] = {}
    for field in resolved(topic.record)["fields"]:
        for branch in field["type"] if isinstance(field["type"], list) else [field["type"]]:
            name = branch if isinstance(branch, str) else f"{branch.get('namespace')}.{branch.get('name')}"
            if schemas.get(name, {}).get("type") == "enum":
                shown.setdefault(name, set()).update(str(example[field["name"]]) for example in examples)
    for name, symbols in shown.items():
        missing = set(schemas[name]["symbols"]) - symbols
        if missing:
            yield f"examples/{golden_examples.folder_of(topic).name}: no example with {name} {', '.join(sorted(missing))}"


def _broken_readers() -> Iterator[str]:
    for topic in catalog.topics().values():
        yield from compat.check(topic)
