"""Every endpoint of the Unusual Whales catalogue exists in the vendor's specification, with these parameters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from producers.rest_catalog.catalog import SYMBOL_PLACES
from producers.rest_catalog.unusual_whales import CATALOG

EXTRACTED = Path(__file__).parents[3] / "shared" / "data" / "uw" / "openapi" / "endpoints_extracted.json"

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not EXTRACTED.is_file(), reason=f"real data are not on this machine: no file {EXTRACTED}"),
]

_FILE = yaml.safe_load(CATALOG.read_text())


def specified() -> dict[str, dict[str, Any]]:
    found = json.loads(EXTRACTED.read_text())
    return {one["path"]: {parameter["name"]: parameter for parameter in one["params"]} for one in found if one["method"] == "get"}


@pytest.mark.parametrize("endpoint", _FILE["endpoints"], ids=lambda endpoint: endpoint["id"])
def test_path_and_parameters_are_the_vendors(endpoint: dict[str, Any]) -> None:
    """X-02: invented paths and parameters circulate; only the specification counts."""
    paths = specified()
    path = _FILE["vendor"]["base_path"] + endpoint["path"]
    assert path in paths
    parameters, rows = paths[path], endpoint.get("rows", {})
    used = set(endpoint.get("params", {})) | {rows[name] for name in ("newer_than", "older_than", "page") if name in rows}
    assert used <= set(parameters), used - set(parameters)
    required = {name for name, one in parameters.items() if one["req"] and name not in SYMBOL_PLACES}
    assert required <= used, required - used
    for name, value in endpoint.get("params", {}).items():
        allowed, largest = parameters[name]["enum"], parameters[name]["max"]
        assert not allowed or str(value) in map(str, allowed), (name, allowed)
        assert largest is None or not isinstance(value, int) or value <= largest, (name, largest)
    if "page_rows" in rows:
        assert rows["page_rows"] == endpoint["params"]["limit"], "a full page is as long as was asked for"
