"""What every test stands on: a database, the real data where it is, Chromium."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection
from hypothesis import settings

from peritus.journal.triggers import EXPECTED, install_triggers

# A build must not fail by a new random case; on a desk every run looks for one.
settings.register_profile("build", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("build")

# One signing key for all processes of a run, so that no test writes one to the home folder.
os.environ.setdefault(
    "PERITUS_SIGNING_KEY",
    Ed25519PrivateKey.generate()
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode(),
)

SHARED = Path(__file__).parents[2] / "shared" / "data"


FIGURE = "figure"


@pytest.fixture
def figure(record_property):
    """Put a figure that a test found at the end of the run, where people read it."""
    return lambda text: record_property(FIGURE, text)


def pytest_terminal_summary(terminalreporter):
    """Print the figures that tests found."""
    found = [
        text
        for report in terminalreporter.stats.get("passed", [])
        for name, text in report.user_properties
        if name == FIGURE and report.when == "call"
    ]
    for text in sorted(found):
        terminalreporter.write_line(text)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published test data beside the checkout; skips where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"no published test data at {SHARED.parent.name}/data beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; skips the browser tests where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("PERITUS_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        pytest.skip("no Chromium on this machine: browser tests were left out")
    return found


@pytest.fixture(autouse=True)
def journal_can_be_flushed(request):
    """Let a test that commits be cleaned up: the append-only triggers refuse it."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if not commits and not {"transactional_db", "live_server"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db")
    install_triggers()
    yield
    drop_triggers()


def drop_triggers():
    """Remove the append-only triggers of the test database."""
    on = " ON journal_event" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in EXPECTED:
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
