"""`tapewire vendorsim`: the fake vendors on loopback, for demos and tests."""

from __future__ import annotations

import asyncio
import signal

import typer

from infra.logging_setup import configure, log_uncaught, logger, secrets_of
from infra.settings import load

log = logger(__name__)


def register(app: typer.Typer) -> None:
    @app.command()
    def vendorsim() -> None:
        """Play the vendors on 127.0.0.1 with the market of TAPEWIRE_SIMULATOR__SOURCE, e.g. `tapewire vendorsim`."""
        from infra.vendorsim.server import serve  # needs the extra `local`, other commands do not

        settings = load()
        configure(process="vendorsim", secrets=secrets_of(settings))
        log_uncaught()

        async def run() -> None:
            stop = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            log.info("vendorsim_started", port=settings.simulator.port, source=settings.simulator.source)
            await serve(settings, stop)

        asyncio.run(run())
