"""BAR-12, SCH-05: a group that is off does nothing, what is published is finite, and an older state goes on."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import fastavro
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.feature_settings import FeatureSettings
from processors.table_codec import SCHEMA_KEY_PREFIX, TableCodec, encode_envelope
from schemas.codec import Codec
from schemas.records import Features, MarketState, Resolution
from tests.support.market_replay import OPEN, SECOND, Driver, random_tape, trade

DAY = 86_400


def test_a_group_that_is_off_has_no_output_and_no_state() -> None:
    """BAR-12: FEATURE_BARS off: bars are built and nothing is computed from them."""
    tape = random_tape(8, 0, 4_000, 700)
    on, off = Driver(), Driver(feature=FeatureSettings(bars=False))
    on.play(tape, until=4_010)
    off.play(tape, until=4_010)
    assert off.written("derived.bars") == on.written("derived.bars")
    assert off.written("derived.features") == off.written("derived.boxes") == []
    assert on.written("derived.features") != []
    assert all(item.features_1m is item.features_5m is item.box_1m is None for item in off.written("views"))
    history = off.state.history
    assert (history.volume_profile, history.boxes) == (None, ())
    assert all(item.indicators == b"" and item.features is None for item in history.series)


def test_a_group_that_is_turned_on_again_warms_up() -> None:
    """BAR-12: indicators begin with the bars that are known, and say so by their count."""
    tape = random_tape(9, 0, 4_000, 700)
    off = Driver(feature=FeatureSettings(bars=False))
    off.play(tape, until=2_000)
    on = Driver()
    on.state = off.state
    on.play([item for item in tape if item.ts_event >= OPEN + 2_000 * SECOND], until=4_010, first=2_001)
    features = on.written("derived.features", resolution=Resolution.M1)
    assert features[0].bar_count > 1
    assert features[-1].ema_20 is not None


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-600, 700), st.sampled_from((0.0001, 1.0, 5.0, 1e6)), st.sampled_from((1e-9, 1.0, 1e9)), st.integers(0, 7)),
        min_size=1, max_size=60,
    ),
    st.booleans(),
)  # fmt: skip
def test_what_is_published_is_finite_whatever_may_count(prints: list[tuple[int, float, float, int]], late: bool) -> None:
    """SCH-05: prints that count in no volume or set no price, tiny and huge sizes: no NaN, no infinity leaves the fold."""
    driver = Driver(feature=FeatureSettings(channel_bars=1, z_score_bars=2, least_volume_days=1))
    tape = [trade(second, price, size, sequence=place, bar_parts=parts) for place, (second, price, size, parts) in enumerate(prints)]
    driver.play(tape[::2] if late else tape, until=720)
    driver.feed(*(tape[1::2] if late else []))
    driver.tick(721)
    driver.tick(3 * DAY)
    for output in driver.outputs:
        Codec(type(output.record), 1).encode(output.record)
    codec = Codec(MarketState, 1)
    assert codec.decode(codec.encode(driver.state)) == driver.state


_SINCE_THEN = {
    "volume_profile", "high_at", "low_at", "session_squares", "vwap_sigma", "donchian_high", "donchian_low", "close_z_score",
    "relative_volume_same_time", "day_high_at", "day_low_at",
}  # fmt: skip


def without_later_fields(schema: Any) -> Any:
    """Return the schema as it was before the fields of these tests."""
    if isinstance(schema, list):
        return [without_later_fields(item) for item in schema]
    if isinstance(schema, dict):
        changed = {name: without_later_fields(value) for name, value in schema.items()}
        if schema.get("type") == "record":
            changed["fields"] = [field for field in changed["fields"] if field["name"] not in _SINCE_THEN]
        return changed
    return schema


def test_a_state_of_the_version_before_is_read_and_goes_on() -> None:
    """BAR-10: what it cannot know is null until the next session or day; everything else equals an undisturbed run."""
    tape = random_tape(10, 0, 8_000, 2_000) + [replace(item, ts_event=item.ts_event + 23_400 * SECOND) for item in random_tape(11, 10, 600, 90)]
    whole, before, after = Driver(), Driver(), Driver()
    whole.play(tape, until=24_100)
    before.play([item for item in tape if item.ts_event < OPEN + 3_700 * SECOND], until=3_700)
    hours = [item for item in before.state.history.series if item.resolution is Resolution.H1]
    series = tuple(item if item not in hours else replace(item, indicators=b"", features=None) for item in before.state.history.series)
    old_state = replace(before.state, history=replace(before.state.history, series=series))
    codec = TableCodec(MarketState)
    older = without_later_fields(json.loads(codec.schema_text))
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(older), old_state.as_avro())
    value = encode_envelope(MarketState.FULL_NAME, "older", {}, body.getvalue())
    after.state, _ = codec.decode(value, {SCHEMA_KEY_PREFIX + b"older": json.dumps(older).encode()})
    after.play([item for item in tape if item.ts_event >= OPEN + 3_700 * SECOND], until=24_100, first=3_701)
    told: list[Features] = after.written("derived.features")
    expected = [item for item in whole.written("derived.features") if item.ts_event > OPEN + 3_700 * SECOND]
    assert len(told) == len(expected) > 100
    for mine, theirs in zip(told, expected, strict=True):
        if mine.ts_event < OPEN + 23_400 * SECOND:
            assert mine.vwap_sigma is None
        else:
            assert mine.vwap_sigma == theirs.vwap_sigma
        unknown = {"vwap_sigma": None, "day_high_at": None, "day_low_at": None}
        assert replace(mine, **unknown) == replace(theirs, **unknown)
