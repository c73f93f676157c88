"""The simulated Unusual Whales has the vendor's shapes: every field of the published specification, with its kind, and none besides."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from infra.vendorsim import unusual_whales_rest  # noqa: F401 - registers the endpoints
from infra.vendorsim.scenario import Scenario
from infra.vendorsim.unusual_whales_channels import said
from infra.vendorsim.unusual_whales_endpoint import Asked, endpoints
from infra.vendorsim.unusual_whales_market import OptionMarket
from tests.support.uw_shapes import fits, kind_of, leaves

DATA = Path(__file__).parents[3] / "shared" / "data" / "uw"
MARKET = OptionMarket(Scenario(date(2026, 11, 20)), 7)
MINUTE_MS = 60_000

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real data are not on this machine: no folder {DATA}"),
]

# Seen in live answers, not in the specification (see ../shared/data/uw/misc_rows.json), or without it rows could not be told apart.
_BEYOND = {"/api/stock/{ticker}/greek-exposure/strike": {"date"}, "/api/stock/{ticker}/spot-exposures/expiry-strike": {"expiry"},
           "/api/stock/{ticker}/spot-exposures/{expiry}/strike": {"expiry"}}  # fmt: skip
# What an alert's meta holds depends on the rule; the specification shows those of dividends and halts.
_OPEN_OBJECTS = ("data[].meta.",)
# The specification shows one bare row where the flow of a contract has many.
_WRAPPED = {"/api/option-contract/{id}/flow"}


@cache
def specification() -> dict[str, Any]:
    entries = orjson.loads((DATA / "openapi" / "endpoints_extracted.json").read_bytes())
    return {entry["path"]: entry for entry in entries if entry["method"] == "get"}


@pytest.mark.parametrize("path", sorted(endpoints()))
def test_answers_have_the_published_shape(path: str) -> None:
    endpoint, published = endpoints()[path], specification()[path]
    day = MARKET.day("SPY" if "/etf" in path or "etf-tide" in path else "NVDA")
    expiry = day.chain.expiries[1].isoformat()
    values = {"expiry": expiry, "expirations[]": expiry, "delta": "25"}
    place = {"ticker": day.underlying.symbol, "id": day.chain.symbols[day.tape.contract[1_000]], "expiry": expiry, "candle_size": "5m"}
    query = [(parameter.name, values[parameter.name]) for parameter in endpoint.parameters if parameter.required]
    now_us = (day.underlying.open_ms + 95 * MINUTE_MS) * 1_000
    body = orjson.loads(orjson.dumps(endpoint.answer(Asked(MARKET, now_us, place, endpoint.read(query)))))

    found = defaultdict(list)
    for name, value in leaves(body):
        found[name.removeprefix("data[].") if path in _WRAPPED else name].append(value)
    for name, kind in published["fields"]:
        if not name.startswith(_OPEN_OBJECTS):
            assert name in found, f"missing: {name}"
            assert [value for value in found[name] if not fits(kind, value)] == [], (name, kind)
    known = {name.rpartition(".")[2] for name, _ in published["fields"]} | {name for name, _ in published["schema_fields"]}
    strange = [name for name in found if not name.startswith(_OPEN_OBJECTS) and name.rpartition(".")[2] not in known | _BEYOND.get(path, set())]
    assert strange == []


@pytest.mark.parametrize("path", sorted(endpoints()))
def test_parameters_are_the_published_ones(path: str) -> None:
    published = {entry["name"]: entry for entry in specification()[path]["params"] if entry["loc"] == "query"}
    for parameter in endpoints()[path].parameters:
        assert parameter.name in published
        assert parameter.required == published[parameter.name]["req"]


def _samples() -> dict[str, list[dict[str, Any]]]:
    """Return published and captured payloads by channel without its ticker."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for channel, payloads in orjson.loads((DATA / "ws_shapes" / "channels.json").read_bytes()).items():
        found[channel.partition(":")[0]] += payloads
    for capture in ("flowalerts", "greeks", "optiontrades"):
        for line in (DATA / "ws_captured" / f"{capture}_2025-05-16.jsonl").read_bytes().splitlines():
            channel, payload = orjson.loads(line)
            if "response" not in payload:
                found[channel.partition(":")[0]].append(payload)
    return found


@pytest.mark.parametrize(
    "channel", ["option_trades", "flow-alerts", "news", "gex", "gex_strike", "gex_strike_expiry:SPY", "price", "net_flow:SPY"]
)
def test_frames_have_the_shape_of_samples_and_captures(channel: str) -> None:
    start_ms = MARKET.underlyings["SPY"].open_ms + 90 * MINUTE_MS
    ours = [entry.payload for entry in said(MARKET, {channel}, start_ms, start_ms + 40 * MINUTE_MS)][:300]
    samples = _samples()[channel.partition(":")[0]]
    assert ours and samples
    for sample in samples:
        for payload in ours:
            assert payload.keys() == sample.keys()
    kinds = {name: {kind_of(sample[name]) for sample in samples if sample[name] not in (None, "")} for name in samples[0]}
    for payload in ours:
        for name, value in payload.items():
            assert any(fits(kind, value) for kind in kinds[name] | {"n" if "i" in kinds[name] and "n" in kinds[name] else "?"}), (name, value)
