"""ING-45: one call to each real provider whose key is set in the environment; the others say that they are skipped."""

from __future__ import annotations

import pytest

from infra.clock import SystemClock
from infra.plugins import load_all
from infra.settings import load
from producers.smoke import providers, try_out

load_all("producers")


@pytest.mark.live
@pytest.mark.parametrize("provider", providers())
async def test_a_provider_answers_with_the_fields_we_read(provider: str) -> None:
    result = await try_out(provider, load(), SystemClock())
    if result.outcome == "skipped":
        pytest.skip(result.detail)
    assert (result.outcome, result.status) == ("passed", 200), result.detail
