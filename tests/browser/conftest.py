"""A real Chromium before a live server; what the page complains of fails the test."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import pytest
from django.conf import settings
from django.test import Client

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (1280, 360)
THEMES = ("light", "dark")


@pytest.fixture(scope="session")
def browser(chromium):
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    # Playwright's loop runs in this thread; the ORM is used between its steps only.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Visit:
    """A page of somebody signed in, and everything its console complained of."""

    page: object
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path):
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def visit(browser, live_server, tmp_path):
    """Open pages as somebody: ``visit(user)``; complaints are checked at the end."""
    visits, contexts = [], []

    def as_person(user, **options):
        client = Client()
        client.force_login(user)
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        context.set_default_timeout(8000)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
        )
        made = Visit(context.new_page(), live_server.url)
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("console", lambda said: _note(made, said))
        visits.append(made)
        contexts.append(context)
        return made

    yield as_person
    for context in contexts:
        context.close()
    assert [complaint for each in visits for complaint in each.complaints] == []


def _note(visit, said):
    """Keep errors, a breach of the content policy among them; a cut line is no error."""
    if said.type == "error" and "ERR_INTERNET_DISCONNECTED" not in said.text:
        visit.complaints.append(said.text)


@pytest.fixture(scope="session")
def axe_breaches():
    """Return a function that runs axe on a page at both widths in both themes."""
    package = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")

    def breaches(page):
        found = set()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                response = package.Axe().run(page).response
                found |= {
                    (width, theme, each["id"], node["html"][:120])
                    for each in response["violations"]
                    for node in each["nodes"]
                }
        return sorted(found)

    return breaches
