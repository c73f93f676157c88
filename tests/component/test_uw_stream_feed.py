"""The Unusual Whales stream on a real broker: every channel on its topic, every trade once, whatever is dropped, repeated or refused."""

from __future__ import annotations

import threading
from collections import Counter

import orjson
from websockets.sync.server import ServerConnection, serve

from schemas.records import ExposureScope, FeedState
from tests.support.kafka_world import wait_until
from tests.support.uw_world import CHANNELS, KEY, TOPICS, UwWorld

PATIENCE = 60.0

SCOPES = {("SPY", ExposureScope.STRIKE), ("QQQ", ExposureScope.STRIKE_EXPIRY), ("IWM", ExposureScope.TOTAL)}

def assert_each_trade_once(world: UwWorld) -> None:
    """No id twice, and nothing on the topic that did not happen."""
    records = world.records("options.trades")
    counts = Counter(record.trade_id for record in records)
    assert [identity for identity, count in counts.items() if count > 1] == []
    first, last = (choose(record.ts_event for record in records) for choose in (min, max))
    happened = world.expected_trades(first, last + 1_000)
    for record in records:
        trade = happened[record.trade_id]
        assert (record.symbol, record.option_symbol, record.size) == (trade["underlying_symbol"], trade["option_symbol"], trade["size"])
        assert (record.price, record.premium, record.delta) == tuple(float(trade[name]) for name in ("price", "premium", "delta"))


def scopes(world: UwWorld) -> set[tuple[str, ExposureScope]]:
    return {(record.symbol, record.scope) for record in world.records("options.exposures")}


def test_every_channel_reaches_its_topic_exactly(uw_world: UwWorld) -> None:
    """ING-22 to 26: undisturbed; every trade between the first and the last that came; the token is nowhere."""
    uw_world.start_feeds()
    uw_world.wait_for_trades(300)
    wait_until(lambda: all(uw_world.count(topic) for topic in TOPICS[:5]), "a record on every topic", PATIENCE)
    wait_until(lambda: scopes(uw_world) >= SCOPES, "exposures of every channel", PATIENCE)
    uw_world.stop("feeds")
    assert_each_trade_once(uw_world)
    records = uw_world.records("options.trades")
    first, last = (choose(record.ts_event for record in records) for choose in (min, max))
    assert {record.trade_id for record in records} >= set(uw_world.expected_trades(first + 1_000, last))

    ids = {record.trade_id for record in records}
    alerts = [alert for alert in uw_world.records("options.flow-alerts") if alert.ts_event > first + 1_000_000]
    assert all(ids.issuperset(alert.trade_ids) for alert in alerts if alert.ts_event < last)

    assert uw_world.heartbeats()[-1].state is FeedState.LIVE
    bodies = b"".join(payload.body for payload in uw_world.records("raw.payloads"))
    assert KEY.encode() not in bodies and KEY not in uw_world.log("feeds")
    for topic in TOPICS:
        assert uw_world.dead_letters(topic) == []


def test_what_the_vendor_does_wrong_is_survived(uw_world: UwWorld) -> None:
    """ING-22: drop, silence, repeats, disorder, bad frames; each is repaired or put aside, and the channels are joined again."""
    uw_world.start_feeds()
    uw_world.wait_for_trades(30)
    assert uw_world.fault(fault="drop") == 1
    # Trades that come may be those of the history: what follows is for a connection that is there.
    wait_until(lambda: (uw_world.reconnects(), uw_world.condition()[0]) == (1, FeedState.LIVE), "the connection after the drop")
    uw_world.wait_for_trades(30)
    uw_world.fault(fault="duplicate")
    uw_world.fault(fault="reorder", frames=6)
    uw_world.fault(fault="rename", field="executed_at", value="executed")
    uw_world.fault(fault="wrong_type", field="size", value="many")
    uw_world.fault(fault="truncate")
    uw_world.fault(fault="frame", frame='["periscopes",{"x":1}]')
    uw_world.wait_for_trades(30)
    uw_world.fault(fault="half_open")  # neither data nor pongs: given up after the silence that the settings allow
    wait_until(lambda: uw_world.reconnects() >= 2, "the dead connection to be given up")  # trades on their way arrive before
    uw_world.wait_for_trades(30)
    uw_world.stop("feeds")

    assert_each_trade_once(uw_world)
    assert uw_world.heartbeats()[-1].reconnects == 2
    letters = [letter for topic in TOPICS for letter in uw_world.dead_letters(topic)]
    paths = Counter(letter.field_path for letter in letters)
    assert paths["[1].executed_at"] == paths["[1].size"] == paths["[0]"] == paths[""] == 1, paths
    assert len(letters) == 4


def test_a_restart_repeats_no_trade(uw_world: UwWorld) -> None:
    uw_world.start_feeds()
    uw_world.wait_for_trades(60)
    uw_world.kill("feeds")
    uw_world.start_feeds()
    uw_world.wait_for_trades(60)
    uw_world.stop("feeds")
    assert_each_trade_once(uw_world)


def test_a_smaller_plan_and_an_expired_token_are_said_and_recovered_from(uw_world: UwWorld) -> None:
    """X-04: the refused channel is named, the others go on; without a token the feed is unlicensed until there is one."""
    uw_world.fault(fault="downgrade", channels=["gex"])
    uw_world.start_feeds()
    uw_world.wait_for_trades(30)
    wait_until(lambda: uw_world.condition() == (FeedState.LIVE, "refused channels: gex (unauthorized)"), "the refused channel to be named", PATIENCE)
    uw_world.fault(fault="expire")
    wait_until(lambda: uw_world.condition()[0] is FeedState.UNLICENSED, "the feed to be unlicensed", PATIENCE)
    uw_world.fault(fault="upgrade")
    uw_world.fault(fault="renew")
    uw_world.wait_for_trades(30)
    wait_until(lambda: uw_world.condition() == (FeedState.LIVE, None), "all channels to be ours", PATIENCE)
    uw_world.stop("feeds")
    assert KEY not in uw_world.log("feeds")


def test_a_vendor_that_hangs_up_at_once_is_asked_again_with_growing_delays(uw_world: UwWorld) -> None:
    """ING-22: each time all channels are joined, and each wait is longer than the one before, up to the cap."""
    joined: list[list[str]] = []
    enough = threading.Event()

    def hang_up(connection: ServerConnection) -> None:
        channels = []
        for _ in CHANNELS:
            channel = orjson.loads(connection.recv())["channel"]
            channels.append(channel)
            connection.send(orjson.dumps([channel, {"response": {}, "status": "ok"}]).decode())
        joined.append(channels)
        if len(joined) >= 5:
            enough.set()

    with serve(hang_up, "127.0.0.1", 0) as server:
        port = server.socket.getsockname()[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        changed = uw_world.settings.unusual_whales.model_copy(
            update={"websocket_url": f"ws://127.0.0.1:{port}/socket", "backoff_cap_seconds": 30.0}
        )
        uw_world.settings = uw_world.settings.model_copy(update={"unusual_whales": changed})
        uw_world.start_feeds()
        assert enough.wait(PATIENCE)
        uw_world.stop("feeds")
        server.shutdown()
        thread.join()
    assert [set(channels) for channels in joined[:5]] == [set(CHANNELS)] * 5
    waits = [
        entry["retry_in_seconds"] for entry in map(orjson.loads, uw_world.log("feeds").splitlines()) if entry["event"] == "feed_down"
    ]
    assert waits[:4] == sorted(waits[:4]) and waits[3] > 4 * waits[0]
