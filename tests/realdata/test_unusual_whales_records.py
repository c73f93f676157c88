"""Every example of the vendor's specification and every captured frame through the real parsers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from google.protobuf import json_format

from producers.rest_catalog.transforms import transforms
from producers.source import Parsed, Payload, Refused, Stamps
from producers.unusual_whales import parse_raw_only
from producers.unusual_whales.kafka_messages import FlowAlertMessage, OptionTradeMessage, joined
from producers.unusual_whales.models import generate
from producers.unusual_whales.models.endpoints import ENDPOINTS
from producers.unusual_whales.models.websocket import MESSAGES
from producers.unusual_whales.parse_frame import Joined, parse_frame
from producers.unusual_whales.parse_kafka import parse_messages
from schemas import catalog
from schemas.codec import Codec
from schemas.records import FlowAlert, GreekExposure, OptionTrade

DATA = Path(__file__).parents[3] / "shared" / "data" / "uw"
LATER = 1_893_456_000_000_000  # 2030: after every example
STAMPS = Stamps(LATER, LATER + 400, LATER)
PARAMETERS = {"ticker": "SPY", "date": "2020-01-02", "sector": "Technology", "expiry": "2024-01-19"}
WITHOUT_STRIKE = {"spot_exposures_strike", "spot_exposures_expiry_strike"}
"""Bodies that the specification shows without a field its own schema has."""
WITHOUT_EXAMPLE = {"net_flow_expiry"}

pytestmark = [
    pytest.mark.realdata,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"real data are not on this machine: no folder {DATA}"),
]


def file_of(path: str) -> Path:
    return DATA / "examples" / f"{path.strip('/').replace('/', '_').replace('{', '_').replace('}', '_')}.json"


def frames(kind: str) -> Iterator[bytes]:
    yield from (DATA / "ws_captured" / f"{kind}_2025-05-16.jsonl").read_bytes().splitlines()


def shapes() -> Iterator[tuple[str, Any]]:
    for channel, payloads in orjson.loads((DATA / "ws_shapes" / "channels.json").read_bytes()).items():
        yield from ((channel.partition("#")[0], payload) for payload in payloads if isinstance(payload, dict))


def captured(kind: str) -> list[Any]:
    found = [item for frame in frames(kind) for item in parse_frame(frame, STAMPS)]
    refused = [item.error for item in found if isinstance(item, Refused)]
    assert refused == [], f"{len(refused)} of {len(found)} frames of {kind} refused"
    return [item.record for item in found if isinstance(item, Parsed)]


def test_the_committed_models_are_those_of_the_specification() -> None:
    for name, text in generate.generated(DATA).items():
        assert (generate.FOLDER / f"{name}.py").read_text() == text, f"{name}.py: run the generator"


def test_every_example_body_validates_and_parses() -> None:
    """SCH-18: as many models as the row asks for; what a body becomes can be written."""
    assert parse_raw_only.WITH_RECORDS
    counts: Counter[str] = Counter()
    refused: dict[str, str] = {}
    assert {name for name, endpoint in ENDPOINTS.items() if not file_of(endpoint.path).exists()} == WITHOUT_EXAMPLE
    for name, endpoint in ENDPOINTS.items():
        if name in WITHOUT_EXAMPLE:
            continue
        payload = Payload(endpoint.path, file_of(endpoint.path).read_bytes(), LATER, PARAMETERS)
        for item in transforms()[f"uw_{name}"](payload, STAMPS, {}):
            if isinstance(item, Refused):
                refused[name] = str(item.error.field_path)
            else:
                codec = Codec(catalog.topic(item.topic).record_type, 1)
                assert codec.decode(codec.encode(item.record)) == item.record
                counts[item.topic] += 1
    said = f"{len(ENDPOINTS) - 1} bodies, {counts.total()} records {dict(counts)}, refused {refused}"
    assert refused == dict.fromkeys(WITHOUT_STRIKE, "data[0].strike"), said
    assert len(ENDPOINTS) > 84 and len(counts) >= 18 and counts.total() >= 119, said


def test_every_shape_and_captured_frame_validates_and_parses() -> None:
    """SCH-18: 8 message models asked for."""
    counts: Counter[str] = Counter()
    every = [*(orjson.dumps([channel, payload]) for channel, payload in shapes())]
    every += [frame for kind in ("greeks", "optiontrades", "flowalerts") for frame in frames(kind)]
    for frame in every:
        for item in parse_frame(frame, STAMPS):
            assert not isinstance(item, Refused), item.error
            counts["joined" if isinstance(item, Joined) else item.topic] += 1
    said = f"{len(every)} frames of {len(MESSAGES)} models: {dict(counts)}"
    assert len(MESSAGES) >= 8 and counts["joined"] == 5 and len(every) >= 60, said


def test_identities_of_the_captured_trades() -> None:
    trades = captured("optiontrades")
    assert len(trades) == 17 and all(isinstance(trade, OptionTrade) for trade in trades)
    for trade in trades:
        assert trade.ask_volume + trade.bid_volume + trade.mid_volume + trade.no_side_volume == trade.volume
        assert trade.premium == pytest.approx(trade.price * trade.size * 100)
        assert trade.option_symbol.startswith(trade.symbol)


def test_identities_of_the_captured_alerts() -> None:
    alerts = captured("flowalerts")
    assert len(alerts) == 17 and all(isinstance(alert, FlowAlert) for alert in alerts)
    for alert in alerts:
        assert alert.ask_volume + alert.bid_volume + alert.mid_volume + alert.no_side_volume == alert.volume
        assert alert.ts_event == alert.ts_last_trade >= alert.ts_first_trade
        assert alert.trade_count == len(alert.trade_ids)
    # Premium between bid and ask belongs to neither side: the two do not always make the whole.
    short = [alert for alert in alerts if alert.ask_side_premium + alert.bid_side_premium < alert.total_premium - 1]
    assert len(short) == 6, f"{len(short)} of {len(alerts)}"


def test_captured_exposures() -> None:
    exposures = captured("greeks")
    assert len(exposures) == 3 * 21 and {record.symbol for record in exposures} == {"SPY", "QQQ", "IWM"}
    assert all(isinstance(record, GreekExposure) and record.net_gamma is not None and record.underlying_price for record in exposures)


def test_single_rows_of_live_answers() -> None:
    """Subsets of fields as others quote them: their formats fit, and what is missing is named."""
    rows = orjson.loads((DATA / "misc_rows.json").read_bytes())
    names = {
        "spot-exposures": "spot_exposures", "greek-exposure/strike": "greek_exposure_strike", "market-tide": "market_market_tide",
        "market/oi-change": "market_oi_change", "flow-alerts": "flow_alerts", "market/economic-calendar": "market_economic_calendar",
    }  # fmt: skip
    seen = 0
    for title, live in rows.items():
        name = names.get(title.partition(" ")[0])
        if name is None:
            continue
        whole = ENDPOINTS[name].model
        assert whole is not None
        for row in live:
            padded = dict.fromkeys(whole.model_fields) | row
            assert whole.model_validate(padded).model_dump(exclude_none=True), f"{title}: {row}"
            seen += 1
    assert seen == 6, f"{seen} rows"


def test_the_kafka_messages_are_those_of_the_vendors_files() -> None:
    """X-10: names, numbers and types."""
    kinds = {"string": 9, "int32": 5, "int64": 3, "double": 1, "bool": 8}
    for name, kind in (("options-client", OptionTradeMessage), ("flow-alert-client", FlowAlertMessage)):
        text = (DATA / "kafka_protos" / f"{name}.proto").read_text()
        declared = re.findall(r"^\s*(repeated )?(\w+) (\w+) = (\d+);", text, re.MULTILINE)
        expected = {(int(number), field, kinds[kind_], bool(many)) for many, kind_, field, number in declared}
        assert {(field.number, field.name, field.type, field.is_repeated) for field in kind.DESCRIPTOR.fields} == expected


def test_captured_kafka_alerts_are_records() -> None:
    """X-10: three alerts of 2026-01-07; what proto3 leaves out is zero or missing."""
    lines = (DATA / "ws_captured" / "kafka_flow_alerts_2026-01-07_first3.jsonl").read_text().splitlines()
    values = [json_format.Parse(line, FlowAlertMessage()).SerializeToString() for line in lines]
    payload = Payload("unusual-whales-kafka", joined(values), LATER, {"topic": "flow-alerts"})
    alerts = [item.record for item in parse_messages(payload, STAMPS) if isinstance(item, Parsed)]
    assert [(alert.symbol, alert.total_premium, alert.trade_count) for alert in alerts if isinstance(alert, FlowAlert)] == [
        ("RDDT", 26_290.0, 33), ("INTC", 165_437.0, 7), ("ROKU", 16_990.0, 6)
    ]  # fmt: skip
    first = alerts[0]
    assert isinstance(first, FlowAlert)
    assert (first.ask_side_premium, first.has_floor, first.rule, first.bid, first.stock_multi_leg_volume) == (0.0, False, None, 2.39, 0)
    assert Codec(FlowAlert, 1).encode(first)
