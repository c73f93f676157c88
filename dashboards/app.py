"""The dashboard's server: ``streamlit run dashboards/app.py``. Warms up before the first viewer comes, then serves navigation.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from streamlit import App

from infra.clock import SystemClock
from infra.market_calendar import session_at
from infra.plugins import load_all


def warm_up() -> None:
    """Import what the first page needs; the first paint would wait two seconds for it otherwise."""
    import clickhouse_connect  # noqa: F401
    import plotly.graph_objects  # noqa: F401

    load_all("dashboards.views")
    session_at(SystemClock().now_us())


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[dict[str, Any]]:
    """Warm up while the server starts."""
    await asyncio.to_thread(warm_up)
    yield {}


async def first_page(_request: Request) -> Response:
    """Streamlit serves the first page at / alone; links that name it work, too."""
    return RedirectResponse("/")


app = App(Path(__file__).with_name("navigation.py"), lifespan=lifespan, routes=[Route("/live", first_page)])
