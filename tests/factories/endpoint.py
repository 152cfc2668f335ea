"""A real server on this machine that speaks the protocol of OpenAI's chat completions."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Script = Callable[["Exchange"], None]


@dataclass
class Exchange:
    """One request, and the means to answer it."""

    handler: BaseHTTPRequestHandler
    raw: bytes
    body: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return dict(self.handler.headers)

    def send(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.handler.send_response(status)
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Content-Length", str(len(body)))
        self.handler.end_headers()
        self.handler.wfile.write(body)

    def choose(self, message: dict[str, Any], finish: str = "stop", **usage: int) -> None:
        used = {"prompt_tokens": 900, "completion_tokens": 40} | usage
        choice = {"index": 0, "message": message, "finish_reason": finish}
        said = {"object": "chat.completion", "choices": [choice], "usage": used}
        self.send(json.dumps(said).encode(), Content_Type="application/json")

    def say(self, content: str, **more: Any) -> None:
        self.choose({"role": "assistant", "content": content}, **more)

    def answer(self, reason: str = "As written.", **answers: str) -> None:
        self.say(json.dumps({"answers": answers, "reason": reason}))

    def drip(self, seconds: float) -> None:
        """Send headers, then a byte at a time until somebody hangs up."""
        self.handler.send_response(200)
        self.handler.send_header("Content-Length", "100000")
        self.handler.end_headers()
        while True:
            self.handler.wfile.write(b" ")
            self.handler.wfile.flush()
            time.sleep(seconds)

    def drip_headers(self, seconds: float) -> None:
        """Send one header a byte at a time until somebody hangs up."""
        self.handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while True:
            self.handler.wfile.write(b"a")
            self.handler.wfile.flush()
            time.sleep(seconds)

    def flood(self, n: int) -> None:
        """Send an answer of so many bytes, or as many as are taken."""
        self.handler.send_response(200)
        self.handler.end_headers()
        for _ in range(n // 65_536):
            self.handler.wfile.write(b" " * 65_536)


@dataclass
class Model:
    """The server's side: what it was asked, and how it answers, in turn; the last goes on."""

    address: str = ""
    scripts: list[Script] = field(default_factory=list)
    asked: list[Exchange] = field(default_factory=list)

    def then(self, *scripts: Script) -> Model:
        self.scripts = list(scripts)
        return self


@contextmanager
def serving() -> Iterator[Model]:
    """Serve a model until the block ends."""
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            exchange = Exchange(self, raw, json.loads(raw))
            place = min(len(model.asked), len(model.scripts) - 1)
            model.asked.append(exchange)
            try:
                model.scripts[place](exchange)
            except OSError:  # whoever asked hung up, as some of them should
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    model.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
