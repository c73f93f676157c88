"""What the vendor may change next, done to a copy of its specification and to its own examples: `tapewire feeds drift` names it."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from infra.cli import feeds
from producers.unusual_whales.drift import Change, Drift, specification_drift
from producers.unusual_whales.models.specification import Specification

DATA = Path(__file__).parents[3] / "shared" / "data" / "uw"
MAX_PAIN = "/api/stock/{ticker}/max-pain"
app = typer.Typer()
feeds.register(app)
LEVELS = "/api/stock/{ticker}/stock-volume-price-levels"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real data are not on this machine: no folder {DATA}"),
]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    (file,) = (DATA / "openapi").glob("*.yaml")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: dict[str, Any] = yaml.load(file.read_text(), Loader=loader)
    return read


def row_of(document: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the properties of a row in the document itself, so that they can be changed."""
    node: Any = document["paths"][path]["get"]["responses"]
    node = node.get("200", node.get(200))["content"]["application/json"]["schema"]
    while True:
        if "$ref" in node:
            node = document["components"]["schemas"][node["$ref"].rpartition("/")[2]]
        elif "data" in node.get("properties", {}):
            node = node["properties"]["data"]
        elif "items" in node:
            node = node["items"]
        else:
            properties: dict[str, Any] = node["properties"]
            return properties


def renamed(document: dict[str, Any]) -> None:
    row = row_of(document, LEVELS)
    row["off_volume"] = row.pop("off_vol")


def retyped(document: dict[str, Any]) -> None:
    row_of(document, LEVELS)["off_vol"] = {"type": "array", "items": {"type": "string"}}


def new_endpoint(document: dict[str, Any]) -> None:
    document["paths"]["/api/stock/{ticker}/weather"] = document["paths"][MAX_PAIN]


def gone_endpoint(document: dict[str, Any]) -> None:
    del document["paths"][MAX_PAIN]


def gone_parameter(document: dict[str, Any]) -> None:
    document["paths"][MAX_PAIN]["get"]["parameters"] = []


@pytest.mark.parametrize(
    ("mutate", "expected"),
    [
        (renamed, {(LEVELS, "off_vol", Change.REMOVED), (LEVELS, "off_volume", Change.ADDED)}),
        (retyped, {(LEVELS, "off_vol", Change.RETYPED)}),
        (new_endpoint, {("/api/stock/{ticker}/weather", "", Change.ADDED)}),
        (gone_endpoint, {(MAX_PAIN, "", Change.REMOVED)}),
        (gone_parameter, {(MAX_PAIN, "parameter date", Change.REMOVED)}),
    ],
)
def test_a_changed_specification_is_told(
    document: dict[str, Any], mutate: Callable[[dict[str, Any]], None], expected: set[tuple[str, str, Change]]
) -> None:
    """X-02: the specification changes without notice."""
    changed = copy.deepcopy(document)
    mutate(changed)
    found: list[Drift] = specification_drift(Specification(changed), {MAX_PAIN: frozenset({"date"})})
    assert {(one.place, one.what, one.change) for one in found} == expected


def test_the_specification_of_the_models_has_no_drift(document: dict[str, Any]) -> None:
    assert specification_drift(Specification(document), {MAX_PAIN: frozenset({"date"})}) == []


def test_the_command_compares_answers_and_exits_with_one_when_they_differ(tmp_path: Path) -> None:
    for name in ("api_stock__ticker__max-pain", "api_darkpool_recent"):
        shutil.copy(DATA / "examples" / f"{name}.json", tmp_path)
    runner = CliRunner()
    assert runner.invoke(app, ["feeds", "drift", str(tmp_path)]).exit_code == 0
    file = tmp_path / "api_darkpool_recent.json"
    body = json.loads(file.read_text())
    for row in body["data"]:
        row["cost"], row["size"] = row.pop("price"), "a few"
    file.write_text(json.dumps(body))
    result = runner.invoke(app, ["feeds", "drift", str(tmp_path), "--json"])
    assert result.exit_code == 1
    told = {(one["place"], one["what"], one["change"]) for one in json.loads(result.stdout)}
    recent = "/api/darkpool/recent"
    assert told == {(recent, "cost", "added"), (recent, "price", "removed"), (recent, "size", "retyped")}
