"""The small HTTP server of a process: /healthz, /readyz, /status and /metrics."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest

from infra.health import Health
from infra.logging_setup import logger
from infra.metrics.metric import REGISTRY
from infra.metrics.of_units import HealthCollector

log = logger(__name__)


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a scraper that never reads its answer must not keep the process from ending

    def handle_error(self, request: object, client_address: tuple[str, int]) -> None:
        """Log as JSON what the library would print: most often somebody hung up."""
        log.info("probe_failed", client=client_address[0], error=repr(sys.exc_info()[1]))


def serve(health: Health, port: int, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Start the server in a daemon thread and return it; ``port`` 0 picks a free one.

    ``/healthz`` answers 200 while every unit is alive, ``/readyz`` while every unit is ready, else 503;
    both bodies are the units' own words. It runs in a thread of its own, so a busy event loop still answers.
    """

    of_this_process = CollectorRegistry()
    of_this_process.register(HealthCollector(health))
    ProcessCollector(registry=of_this_process)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, generate_latest(of_this_process) + generate_latest(REGISTRY), CONTENT_TYPE_LATEST)
                return
            status = {"/healthz": health.alive, "/readyz": health.ready, "/status": True}.get(self.path)
            if status is None:
                self._answer(404, b'{"error": "expected /healthz, /readyz, /status or /metrics"}')
                return
            body = {unit: asdict(condition) for unit, condition in health.conditions().items()}
            self._answer(200 if status else 503, json.dumps(body).encode())

        def _answer(self, code: int, body: bytes, content_type: str = "application/json") -> None:
            self.send_response(code)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep probes out of the log."""

    server = _Server((host, port), Handler)
    threading.Thread(target=server.serve_forever, name="http-status", daemon=True).start()
    return server
