"""Stands between a client and ClickHouse and loses what a network can lose, of the inserts it is told to."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fate = Literal["pass", "lose", "half", "swallow", "hang"]
"""Of an insert: all goes well; it never comes to the server; half of it does; its answer is lost with the connection; no answer comes."""


class ClickHouseProxy:
    """A proxy for plain HTTP.

    Parameters
    ----------
    port
        Of the server on this machine.
    fate
        Says what becomes of the insert with this ordinal, counted from 0 by arrival.
    """

    def __init__(self, port: int, fate: Callable[[int], Fate]) -> None:
        self.seen: list[Fate] = []
        """Fates of the inserts so far."""
        self.answered = 0
        """Inserts that the server took without error, whatever the client came to know."""
        self._server_port = port
        self._fate = fate
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                proxy._serve(self)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                """Be silent."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port = int(self._http.server_address[1])

    @contextmanager
    def serving(self) -> Iterator[ClickHouseProxy]:
        """Serve for the length of the block."""
        thread = threading.Thread(target=self._http.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._http.shutdown()
            thread.join()
            self._http.server_close()

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length", "0")))
        fate: Fate = "pass"
        if "INSERT" in request.path:
            with self._lock:
                fate = self._fate(len(self.seen))
                self.seen.append(fate)
        request.close_connection = True
        if fate == "lose":
            return
        if fate == "half":
            self._send_half(request, body)
            return
        with suppress(OSError, http.client.HTTPException):  # the server is away: then the client finds the connection closed
            status, headers, answer = self._forward(request, body)
            self.answered += fate != "pass" and status == 200
            if fate == "hang":
                with suppress(OSError):
                    request.connection.recv(1)  # until the client gives up
            elif fate == "pass":
                request.send_response(status)
                for name, value in headers:
                    if name.lower() not in ("transfer-encoding", "content-length", "connection", "server", "date"):
                        request.send_header(name, value)
                request.send_header("Content-Length", str(len(answer)))
                request.end_headers()
                request.wfile.write(answer)

    def _forward(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self._server_port, timeout=60)
        try:
            connection.request(request.command, request.path, body, dict(request.headers.items()))
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def _send_half(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        head = f"{request.command} {request.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._server_port), timeout=60) as connection:
            connection.sendall(head.encode() + b"\r\n" + body[: len(body) // 2])
