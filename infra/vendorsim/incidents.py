"""A script of incidents: what goes wrong at which simulated vendor, and when.

A YAML (or JSON) file::

    incidents:
      - {at: 20, vendor: polygon, fault: silence, seconds: 6}
      - {at: 40, vendor: uw, fault: error, status: 500, requests: 12, endpoint: greek-exposure}
      - {at: 60, vendor: tws, fault: reset, seconds: 3}

``at`` is in real seconds after the simulator began. All other words go to the vendor's door as they are; each door's page says which it knows
(`faults.py`, `unusual_whales_faults.py`, `tws/server.py`). ``weekend`` is known everywhere: the vendor answers and has nothing to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.clock import monotonic_seconds
from infra.errors import ConfigurationError
from infra.logging_setup import logger
from infra.vendorsim.doors import DOORS, Commit

log = logger(__name__)


class Incident(BaseModel):
    """One line of a script; words beyond these are the fault's own."""

    model_config = ConfigDict(frozen=True, extra="allow")

    at: float = Field(ge=0)
    vendor: str
    fault: str

    @property
    def order(self) -> dict[str, Any]:
        """What the door is told."""
        fault = "rest" if self.fault == "weekend" else self.fault
        return {**(self.model_extra or {}), "fault": fault}


class _Script(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    incidents: tuple[Incident, ...]


def read_script(text: str, source: str) -> Sequence[Incident]:
    """Return a script's incidents, the earliest first.

    Raises
    ------
    ConfigurationError
        If it is no script; the message names the place.
    """
    try:
        found = _Script.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise ConfigurationError(f"expected a script of incidents in {source}, found: {error}") from error
    return sorted(found.incidents, key=lambda incident: incident.at)


def check_vendors(script: Sequence[Incident], doors: Mapping[str, Commit]) -> None:
    """Refuse a script that names a vendor nobody simulates.

    Raises
    ------
    ConfigurationError
        With the vendors there are.
    """
    unknown = sorted({incident.vendor for incident in script} - set(doors))
    if unknown:
        raise ConfigurationError(f"expected vendors out of {', '.join(sorted(doors))}, found {', '.join(unknown)}")


async def play(script: Sequence[Incident], doors: Mapping[str, Commit]) -> None:
    """Commit each incident at its time; one that a door does not know is logged, and the others go on."""
    began = monotonic_seconds()
    for incident in script:
        await asyncio.sleep(max(0.0, began + incident.at - monotonic_seconds()))
        try:
            met = doors[incident.vendor](incident.order)
            log.info("incident_committed", vendor=incident.vendor, fault=incident.fault, connections=met)
        except (ValueError, KeyError) as error:
            log.warning("incident_unknown", vendor=incident.vendor, fault=incident.fault, error=str(error))


def add_routes(app: web.Application, script_path: str) -> None:
    """Play the script of a file, if one is named, and those that come with ``POST /incidents``."""
    playing: set[asyncio.Task[None]] = set()
    doors: dict[str, Commit] = app[DOORS]
    first = read_script(Path(script_path).read_text(), script_path) if script_path else ()
    check_vendors(first, doors)

    def start(script: Sequence[Incident]) -> None:
        check_vendors(script, doors)
        task = asyncio.create_task(play(script, doors))
        playing.add(task)
        task.add_done_callback(playing.discard)

    async def take(request: web.Request) -> web.Response:
        try:
            script = read_script(await request.text(), "the request")
            start(script)
        except ConfigurationError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"incidents": len(script)})

    async def begin(_: web.Application) -> None:
        start(first)

    async def end(_: web.Application) -> None:
        for task in list(playing):
            task.cancel()

    app.router.add_post("/incidents", take)
    app.on_startup.append(begin)
    app.on_shutdown.append(end)
