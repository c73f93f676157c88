"""ING-40: one program, three environments; the one of a person's machine asks nobody beyond it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.cli.stack import wants_simulator
from infra.environment_file import FOLDER
from infra.errors import ConfigurationError
from infra.local.stack_layout import lay_out
from infra.settings import Settings, environment_of, load

NAMES = ("dev", "staging", "prod")


def test_three_environments_read_three_sets_of_symbols() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(NAMES)
    found = [load({"TAPEWIRE_ENVIRONMENT": name}) for name in NAMES]
    for section in ("polygon", "unusual_whales", "alpaca", "ibkr", "tradier"):
        assert len({getattr(settings, section).symbols for settings in found}) == 3, section
    assert [wants_simulator(settings) for settings in found] == [True, False, False]
    for settings in found:
        assert load(environment_of(settings)) == settings, "a child process needs no file"


def test_variables_win_over_the_file_and_an_empty_one_says_nothing() -> None:
    told = {"TAPEWIRE_ENVIRONMENT": "dev", "TAPEWIRE_POLYGON__SYMBOLS": "AMC", "TAPEWIRE_TRADIER__SYMBOLS": "", "TAPEWIRE_POLYGON__API_KEY": ""}
    settings = load(told)
    assert (settings.polygon.symbols, settings.tradier.symbols) == (("AMC",), ("SPY",))
    assert load({"TAPEWIRE_ENVIRONMENT": ""}) == Settings()


def test_simulated_vendors_need_no_network(tmp_path: Path) -> None:
    """Every address of every section, of feeds that are off too, is this machine's."""
    settings = load({"TAPEWIRE_ENVIRONMENT": "dev"})
    layout = lay_out("dev", settings, simulate=wants_simulator(settings), folder=tmp_path)
    hosts = {}
    for section in Settings.model_fields:
        for key, value in getattr(layout.settings, section).model_dump().items():
            if isinstance(value, str) and "://" in value:
                hosts[f"{section}.{key}"] = urlsplit(value).hostname
            elif isinstance(value, str) and (key == "host" or key.endswith("servers")):
                hosts[f"{section}.{key}"] = value.partition(":")[0]
    assert len(hosts) > 20
    # A link that stands in messages, and the vendor's Kafka, which is asked in place of its WebSocket alone.
    assert {name for name, host in hosts.items() if host != "127.0.0.1"} == {"tiers.invitation_url", "unusual_whales.kafka_servers"}
    assert layout.settings.unusual_whales.delivery == "websocket"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("polygon: {symbolz: [SPY]}", "polygon.symbolz: unknown setting"),
        ("polygon: {api_key: k}", "secrets"),  # pragma: allowlist secret
        ("polygon: [SPY]", "sections"),
        ("polygon: {symbols: ]", "YAML"),
        ("stage: {checkpoint_ms: soon}", "CHECKPOINT_MS"),
    ],
)
def test_a_wrong_file_is_refused_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        load({"TAPEWIRE_ENVIRONMENT": str(path)})


def test_an_unknown_environment_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="dev, prod, staging"):
        load({"TAPEWIRE_ENVIRONMENT": "moon"})
