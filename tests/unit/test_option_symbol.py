"""Option symbols of the clearing house."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.instruments import OptionSymbol, option_symbol
from schemas.records import OptionRight


def test_a_symbol_says_root_expiry_right_and_strike() -> None:
    assert option_symbol("XYZ250620C00100500") == OptionSymbol("XYZ", date(2025, 6, 20), OptionRight.CALL, 100.5)
    assert option_symbol("XYZ   250620P00000500").strike == 0.5
    assert option_symbol("SPXW250620P05900000").underlying == "SPX"
    assert option_symbol("BRK.B250620P00400000").underlying == "BRK.B"


@pytest.mark.parametrize(
    "text", ["", "XYZ", "XYZ250620X00100000", "XYZ250230C00100000", "XYZ250620C00000000", "xyz250620C00100000", "XYZ250620C001000000"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected an option symbol|day is out of range|strike above 0"):
        option_symbol(text)
