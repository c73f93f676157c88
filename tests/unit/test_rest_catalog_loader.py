"""CFG-09: a catalogue file says with its name and line what is wrong; its JSON Schema is the one of the models."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from infra.errors import ConfigurationError
from infra.plugins import load_all
from infra.settings import Settings
from producers.rest_catalog import feed, loader
from producers.rest_catalog.endpoint import SCHEMA_FILE, json_schema
from producers.rest_catalog.loader import parse
from producers.rest_catalog.unusual_whales import CATALOG

GOOD = """\
vendor:
  name: toy
features: {extra: true}
watchlists:
  mine: [AAPL]
endpoints:
  - id: numbers
    path: /numbers/{ticker}
    symbols: watched
    cadence: 60
    priority: critical
    ttl_seconds: 120
  - id: more
    path: /more
    cadence: {regular: tier 2, after: off}
    priority: nice
    ttl_seconds: 7200
    depends_on: [numbers]
"""


def test_a_file_is_read_whole() -> None:
    catalog = parse(GOOD, "toy.yaml", ("SPY", "QQQ"))
    assert list(catalog.endpoints) == ["numbers", "more"]
    assert catalog.symbols_of(catalog.endpoints["numbers"]) == ("SPY", "QQQ")
    assert catalog.symbols_of(catalog.endpoints["more"]) == (None,)
    assert catalog.endpoints["more"].cadence.after == "off", "YAML makes a boolean of the word"


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("cadence: 60", "cadance: 60", 10, "endpoints[0].cadance: unknown field"),
        ("cadence: 60", "cadance: 60", 7, "endpoints[0].cadence: expected a value"),
        ("name: toy", "name: toy\n  budgett: {}", 3, "vendor.budgett: unknown field"),
        ("after: off", "afternoon: off", 15, "afternoon: unknown field"),
        ("priority: critical", "priority: urgent", 11, "'critical'"),
        ("ttl_seconds: 120", "ttl_seconds: -1", 12, "greater than 0"),
        ("ttl_seconds: 120", "ttl_seconds: 30", 12, "at least the cadence of 60 s, found 30"),
        ("ttl_seconds: 120", "ttl_seconds: 120\n    ttl_seconds: 130", 13, "expected a key once"),
        ("id: more", "id: numbers", 13, "numbers twice"),
        ("symbols: watched", "symbols: yours", 9, "out of ['mine'], found yours"),
        ("    symbols: watched\n", "", 8, "a place for them in the path"),
        ("/numbers/{ticker}", "/numbers/{ticker}/{size}", 8, "{size} of the path among params"),
        ("depends_on: [numbers]", "depends_on: [prices]", 18, "found prices"),
        ("depends_on: [numbers]", "depends_on: [more]", 18, "more -> more"),
        ("depends_on: [numbers]", "feature: colour", 18, "found colour"),
        ("depends_on: [numbers]", "transform: magic\n    topics: [raw.payloads]", 18, "found magic"),
        ("depends_on: [numbers]", "topics: [raw.payloads]", 18, "a transform and its topics"),
        ("depends_on: [numbers]", "steps: [{name: shuffle}]", 18, "found shuffle"),
        ("depends_on: [numbers]", "rows: {newer_than: since}", 18, "`time` beside newer_than"),
        ("depends_on: [numbers]", "conditions: {time_range: '9-16'}", 18, "HH:MM-HH:MM"),
        ("path: /more", "path: [", 16, "expected YAML"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(before: str, after: str, line: int, words: str) -> None:
    assert before in GOOD
    with pytest.raises(ConfigurationError) as caught:
        parse(GOOD.replace(before, after), "toy.yaml", ("SPY",))
    assert any(part.startswith(f"toy.yaml:{line}:") and words in part for part in str(caught.value).split("; ")), str(caught.value)


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(GOOD.replace("cadence: 60", "cadence: 0").replace("priority: nice", "priority: nicer"), "toy.yaml", ())
    assert "toy.yaml:10:" in str(caught.value) and "toy.yaml:16:" in str(caught.value)


@pytest.mark.parametrize("text", ["", "- 1\n", "just words"])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"toy\.yaml:1"):
        parse(text, "toy.yaml", ())


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml"):
        loader.load(tmp_path / "nowhere.yaml", ())


def test_the_schema_beside_the_models_is_current() -> None:
    assert SCHEMA_FILE.read_text() == json_schema(), "write it anew: SCHEMA_FILE.write_text(json_schema())"


def test_the_schema_takes_what_the_loader_takes_and_refuses_unknown_fields() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA_FILE.read_text()))
    assert list(validator.iter_errors(yaml.safe_load(CATALOG.read_text()))) == []
    assert list(validator.iter_errors(yaml.safe_load(GOOD.replace("after: off", "after: 'off'")))) == []
    assert list(validator.iter_errors(yaml.safe_load(GOOD.replace("cadence: 60", "cadance: 60"))))


def test_the_product_has_its_50_endpoints_and_says_where_they_go() -> None:
    """ING-21."""
    load_all("producers")
    catalog = loader.load(CATALOG, Settings().unusual_whales.symbols)
    assert len(catalog.endpoints) == 50
    assert set(feed.topics_written(CATALOG)) == set(catalog.topics)
    for endpoint in catalog.content.endpoints:
        name = endpoint.id.removesuffix("_whole")  # one path is asked in two ways
        assert name == id_of(endpoint.path), endpoint.path
        assert endpoint.transform in (None, f"uw_{name}")


def id_of(path: str) -> str:
    stem = path.removeprefix("/stock/{ticker}")
    return stem.strip("/").translate(str.maketrans("/-", "__", "{}"))
