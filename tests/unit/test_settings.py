"""CFG-02, CFG-03: settings are validated together, have one place for defaults, and keep secrets to themselves."""

from pathlib import Path

import pytest

from infra.cli.config import reference_page, rows
from infra.clock import ScaledClock, SystemClock
from infra.errors import ConfigurationError
from infra.logging_setup import secrets_of
from infra.settings import Settings, clock_of, environment_of, load


def test_defaults_need_no_variable() -> None:
    assert load({"PATH": "/bin"}) == Settings()


def test_every_problem_is_reported_at_once_with_key_expected_and_found() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(
            {
                "TAPEWIRE_BARS__GRACE_SECONDS": "soon",
                "TAPEWIRE_KAFKA__BOOTSTRAP_SERVERZ": "x",
                "TAPEWIRE_TIERS__FREE_DELAY_SECONDS": "5",
                "TAPEWIRE_NOTHING": "1",
            }
        )
    message = str(caught.value)
    assert "TAPEWIRE_BARS__GRACE_SECONDS" in message and "valid number" in message and "'soon'" in message
    assert "TAPEWIRE_KAFKA__BOOTSTRAP_SERVERZ: unknown setting" in message
    assert "TAPEWIRE_TIERS__FREE_DELAY_SECONDS" in message and "300" in message
    assert "TAPEWIRE_NOTHING" in message


def test_a_wrong_secret_is_not_printed() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({"TAPEWIRE_DISCORD__THREAD_ARCHIVE_MINUTES": "-1", "TAPEWIRE_DISCORD__BOT_TOKEN": "hush-hush"})
    assert "hush-hush" not in str(caught.value)


def test_a_child_process_gets_the_same_settings() -> None:
    settings = load({"TAPEWIRE_POLYGON__SYMBOLS": "BCRX, AMC", "TAPEWIRE_POLYGON__API_KEY": "k", "TAPEWIRE_CLOCK__SPEED": "30"})
    assert settings.polygon.symbols == ("BCRX", "AMC")
    assert load(environment_of(settings)) == settings
    assert secrets_of(settings) == {"k"}


def test_shown_settings_mask_secrets() -> None:
    settings = load({"TAPEWIRE_POLYGON__API_KEY": "hush-hush"})
    assert all("hush-hush" not in value for _, value, _ in rows(settings))


def test_the_reference_page_equals_the_defaults() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
    assert page.read_text() == reference_page()


def test_the_clock_follows_the_settings() -> None:
    assert clock_of(Settings()) == SystemClock()
    scaled = load({"TAPEWIRE_CLOCK__KIND": "scaled", "TAPEWIRE_CLOCK__SPEED": "30", "TAPEWIRE_CLOCK__START_US": "7"})
    assert clock_of(scaled) == ScaledClock(7, 30.0, 0)
