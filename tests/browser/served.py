"""The real demo, served by the real command, for whoever wants to look at it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DEMO_SECONDS, START_SECONDS = 400, 60


class DemoStopped(Exception):
    """The demo did not come to its end; the message is what it printed last."""


@dataclass(frozen=True)
class Site:
    """A served demo: its address, its folder, and who can sign in."""

    address: str
    home: Path
    passwords: dict[str, tuple[str, str]]  # handle -> (e-mail, password)

    def sign_in(self, page, handle: str) -> None:
        """Sign in as a person would; lands on that role's first page."""
        email, password = self.passwords[handle]
        page.goto(f"{self.address}/sign-in/")
        page.fill("input[name=username]", email)
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)


@contextmanager
def served_demo(home: Path) -> Iterator[Site]:
    """Run ``peritus demo --with-me`` in a folder, then serve it until the block ends.

    Raises DemoStopped when the published files cannot be had, for example.
    """
    environment = {**os.environ, "PERITUS_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    program = [sys.executable, "-m", "peritus.cli"]
    ran = subprocess.run(
        [*program, "demo", "--with-me"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEMO_SECONDS,
        check=False,
    )
    if ran.returncode:
        raise DemoStopped((ran.stderr.strip().splitlines() or ["nothing was printed"])[-1])
    port = _free_port()
    server = subprocess.Popen(
        [*program, "serve", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/sign-in/")
        people = json.loads((home / "demo.json").read_text())
        yield Site(address, home, {p["handle"]: (p["email"], p["password"]) for p in people})
    finally:
        server.terminate()
        server.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address: str) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise DemoStopped(f"Nothing answered at {address} within {START_SECONDS} s.")
