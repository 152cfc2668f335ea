"""What every test stands on: a database, the real data where it is, Chromium."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection
from django.db.models.signals import post_save
from hypothesis import settings

from peritus.accounts.models import Organisation
from peritus.accounts.serving import let_serve
from peritus.journal.sight import seeing_everything, tell_again
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


def commits(request):
    """Say whether a test writes for others to read, instead of rolling back at its end."""
    marker = request.node.get_closest_marker("django_db")
    told = marker is not None and marker.kwargs.get("transaction", False)
    return told or bool({"transactional_db", "live_server"} & set(request.fixturenames))


@pytest.fixture(scope="session")
def serving_role(django_db_setup, django_db_blocker):
    """The role that serves from the test database on PostgreSQL."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no roles and no policies: nothing to hold back rows by")
    role = f"{connection.settings_dict['NAME']}_serves"
    with django_db_blocker.unblock():
        let_serve(role, "secret")
        with connection.cursor() as cursor:  # whoever is no superuser may become members only
            cursor.execute(f"GRANT {role} TO CURRENT_USER")
    yield role
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.fixture(scope="session", autouse=True)
def serving(request):
    """Do the rest of a transaction as the role that serves: ``with serving(): …``.

    Used by all, since the role has to be there before the first test's transaction is.
    """
    if connection.vendor != "postgresql":
        return nullcontext
    return serving_as(request.getfixturevalue("serving_role"))


def serving_as(role):
    @contextmanager
    def rest_of_transaction():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {role}")
        # In one transaction clients come and are worked for; a program has one for each act.
        post_save.connect(a_client_came, sender=Organisation)
        with seeing_everything():
            yield
        post_save.disconnect(a_client_came, sender=Organisation)

    return rest_of_transaction


def a_client_came(**_signal):
    tell_again()


@pytest.fixture(autouse=True)
def acts_as_serving_role(request):
    """On PostgreSQL let tests that roll back run as a role that policies hold for."""
    uses = request.node.get_closest_marker("django_db") or "db" in request.fixturenames
    if connection.vendor != "postgresql" or not uses or commits(request):
        yield
        return
    request.getfixturevalue("db")
    with request.getfixturevalue("serving")():
        yield


@pytest.fixture(autouse=True)
def journal_can_be_flushed(request):
    """Let a test that commits be cleaned up: the append-only triggers refuse it."""
    if not commits(request):
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
