"""The script Streamlit runs for each viewer: style, status bar, the chosen page."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from dashboards.desk import Desk
from dashboards.guard import guarded, refreshing
from dashboards.markup import show
from dashboards.page import Page, registered
from dashboards.status_bar import status_bar
from dashboards.style import STYLE_SHEET
from infra.plugins import load_all
from infra.settings import PREFIX, load

_ICON = str(Path(__file__).with_name("icon.svg"))


@st.cache_resource(show_spinner=False)
def desk_of(environment: tuple[tuple[str, str], ...]) -> Desk:
    """Open the desk once a process, however many people look."""
    return Desk.of(load(dict(environment)))


def main() -> None:
    """Draw what every page has, then the page."""
    load_all("dashboards.views")
    desk = desk_of(tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith(PREFIX))))
    st.set_page_config(page_title="Tapewire", page_icon=_ICON, layout="wide")
    st.html(STYLE_SHEET)
    pages = [_navigable(entry, desk, default=place == 0) for place, entry in enumerate(registered())]
    chosen = st.navigation(pages, position="top")
    refreshing(desk.settings.dashboard.refresh_seconds, lambda: show(status_bar(desk)))
    chosen.run()


def _navigable(entry: Page, desk: Desk, *, default: bool) -> st.Page:
    def draw() -> None:
        guarded(lambda: entry.draw(desk))

    return st.Page(draw, title=entry.title, icon=entry.icon, url_path=entry.name, default=default)


main()
