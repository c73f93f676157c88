"""One palette, readable: the theme file agrees with it, text keeps its contrast."""

import tomllib
from itertools import product
from pathlib import Path

import pytest

import dashboards
from dashboards.style import STYLE_SHEET
from infra import palette

THEME = tomllib.loads((Path(dashboards.__path__[0]) / ".streamlit" / "config.toml").read_text())["theme"]


def test_the_theme_uses_the_palette() -> None:
    expected = {
        "backgroundColor": palette.BACKGROUND, "secondaryBackgroundColor": palette.PANEL, "textColor": palette.TEXT,
        "primaryColor": palette.INFORMATION, "greenColor": palette.UP, "redColor": palette.DOWN, "yellowColor": palette.ATTENTION,
        "violetColor": palette.GAMMA, "grayColor": palette.MUTED,
    }  # fmt: skip
    assert {name: THEME[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        *product(
            (palette.TEXT, palette.MUTED, palette.UP, palette.DOWN, palette.ATTENTION, palette.INFORMATION, palette.GAMMA),
            (palette.BACKGROUND, palette.PANEL),
        )
    ],
)
def test_contrast_is_at_least_4_5(ink: str, paper: str) -> None:
    lighter, darker = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_the_style_sheet_is_one_style_element() -> None:
    assert STYLE_SHEET.startswith("<style>")
    assert STYLE_SHEET.count("{") == STYLE_SHEET.count("}")


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
