"""IBK-31, C-24: the broker's and Unusual Whales' option bids, compared; one alert a change of level."""

from __future__ import annotations

import pytest

from infra.errors import ConfigurationError
from infra.settings import DivergenceSettings
from processors.calc.divergence import Claim, Divergences
from processors.divergence import Comparison, Pair
from schemas import catalog, golden_examples
from schemas.records import Alert, OptionContract

NOON = 1_750_431_600_000_000


def claims(*told: tuple[str, float, float]) -> list[Alert]:
    """Let sources claim (source, second, dollars) of one contract."""
    found = Divergences("option-bid", "test", ("unusual_whales", "ibkr"), 0.02, 0.05, 60_000_000)
    return [
        alert
        for source, second, value in told
        for alert in found.take(Claim(source, "SPY250620C00600000", value, NOON + round(second * 1e6), is_option=True))
    ]


def levels(alerts: list[Alert]) -> list[str]:
    return [alert.level.value for alert in alerts]


def test_a_bid_six_cents_apart_is_one_alert() -> None:
    (alert,) = claims(("unusual_whales", 0, 1.00), ("ibkr", 1, 1.06), ("ibkr", 2, 1.06), ("unusual_whales", 3, 1.00))
    assert (alert.level.value, alert.measured, alert.tolerated) == ("BLOCK", pytest.approx(0.06), 0.05)
    assert dict(alert.claims) == {"unusual_whales": 1.0, "ibkr": 1.06}


EDGES = [(1.02, []), (1.0201, ["WARN"]), (1.05, ["WARN"]), (1.0501, ["BLOCK"]), (0.95, ["WARN"]), (0.94, ["BLOCK"])]


@pytest.mark.parametrize(("value", "level"), EDGES)
def test_the_edges_of_both_levels(value: float, level: list[str]) -> None:
    assert levels(claims(("unusual_whales", 0, 1.00), ("ibkr", 1, value))) == level


def test_levels_come_and_go_and_are_scaled_by_the_tick() -> None:
    told = [("unusual_whales", 0, 1.00), ("ibkr", 1, 1.03), ("ibkr", 2, 1.10), ("ibkr", 3, 1.00), ("ibkr", 4, 1.00)]
    assert levels(claims(*told)) == ["WARN", "BLOCK", "CLEARED"]
    assert levels(claims(("unusual_whales", 0, 10.0), ("ibkr", 1, 10.10))) == [], "a nickel is the tick from three dollars on"
    assert levels(claims(("unusual_whales", 0, 10.0), ("ibkr", 1, 10.26))) == ["BLOCK"]


def test_old_claims_and_other_sources_say_nothing() -> None:
    assert claims(("unusual_whales", 0, 1.00), ("ibkr", 61, 2.0)) == []
    assert claims(("unusual_whales", 0, 1.00), ("reuters", 1, 2.0)) == []
    assert levels(claims(("unusual_whales", 5, 1.00), ("ibkr", 6, 1.0), ("ibkr", 4, 2.0))) == [], "an older claim does not undo a newer one"


def test_pairs_are_settings() -> None:
    (text,) = DivergenceSettings().pairs
    comparison = Comparison(Pair.of(text), DivergenceSettings())
    contract = golden_examples.load(catalog.topic("options.contracts"))["typical"]
    assert isinstance(contract, OptionContract) and contract.bid is not None
    plain = contract.as_avro()
    broker = OptionContract.from_avro({**plain, "source": "ibkr", "bid": contract.bid + 10})
    assert [*comparison.take("options.contracts", contract)] == []
    (alert,) = comparison.take("options.contracts", broker)
    assert (alert.level.value, alert.subject) == ("BLOCK", contract.option_symbol)
    with pytest.raises(ConfigurationError, match="expected a pair"):
        Pair.of("option-bid=ibkr:nowhere:bid|uw:options.contracts:bid")
