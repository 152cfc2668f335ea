"""The embedded installation: one web process with threads, and one worker."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from types import FrameType
from typing import Any

import click
from django.db import connection
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from peritus.bench.tasks import note_what_ends
from peritus.journal.clock import now
from peritus.journal.pump import pump, something_unsealed
from peritus.journal.sight import seeing_everything
from peritus.quality.tasks import end_tests
from peritus.simulation.people import demo_people, sign_ins_file

LOOK_SECONDS = {"sqlite": 0.020, "postgresql": 0.050}
THREADS = 8
CLOCK_EVERY = timedelta(minutes=1)


class _Workspace(BaseApplication):
    """Gunicorn serving our own application, without a configuration file."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__()

    def load_config(self) -> None:
        """Bind to this machine only; threads, since SQLite has one writer."""
        settings = {
            "bind": f"127.0.0.1:{self.port}",
            "worker_class": "gthread",
            "threads": THREADS,
            "workers": 1,
            "loglevel": "warning",
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - a WSGI application
        """Return the application; it refuses a role that policies do not hold for."""
        from peritus.web.wsgi import application  # checks the database when it is imported

        return application


def serve_until_stopped(port: int) -> None:
    """Serve the workspace; a worker of our own runs beside it and ends with it."""
    worker = subprocess.Popen([sys.executable, "-m", "peritus.cli", "work"])
    try:
        _say_where(port)
        _Workspace(port).run()
    finally:
        worker.terminate()
        worker.wait(timeout=10)


def _say_where(port: int) -> None:
    click.echo(f"\nPeritus is at http://127.0.0.1:{port}/ (Ctrl C stops it)")
    if sign_ins_file().exists():
        for person in demo_people():
            click.echo(f"  {person.role:8}  {person.email:22}  {person.password}")


def work_until_stopped() -> None:
    """Pump events until the process is asked to end."""
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    done = 1  # the first look reads whatever an earlier worker left
    next_look = now()
    while not stopping:
        next_look = look_at_the_clock(next_look)
        done = pump() if done or something_unsealed() else 0
        if not done:
            time.sleep(LOOK_SECONDS[connection.vendor])


def look_at_the_clock(due: datetime) -> datetime:
    """Do what only its time asks for, once that is due; return when to look again."""
    if now() < due:
        return due
    with seeing_everything():
        note_what_ends()
        end_tests()
    return now() + CLOCK_EVERY
