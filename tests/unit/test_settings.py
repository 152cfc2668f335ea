"""What the environment switches on, as a program started with it serves."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow
ASK = """
import json, django
django.setup()
from django.test import Client
sent = {"HTTP_X_FORWARDED_PROTO": "https"}
plain, told = Client().get("/sign-in/"), Client().get("/sign-in/", headers={}, **sent)
safe = Client().get("/sign-in/", secure=True)
print(json.dumps({
    "plain": [plain.status_code, plain.headers.get("Location", "")],
    "told": told.status_code,
    "safe": [safe.status_code, safe.headers.get("Strict-Transport-Security", "")],
    "secure": [bool(cookie["secure"]) for cookie in safe.cookies.values()],
}))
"""


def served(tmp_path, **environment):
    """Return how a page is served by a program of its own, with this environment."""
    given = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "peritus.settings",
        "PERITUS_HOME": str(tmp_path),
    }
    given.pop("DATABASE_URL", None)
    ran = subprocess.run(
        [sys.executable, "-c", ASK], env=given | environment, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    return json.loads(ran.stdout)


def test_https_is_asked_for_and_kept_to_once_it_is_switched_on(tmp_path):
    found = served(tmp_path, PERITUS_HTTPS="1")

    assert found["plain"] == [301, "https://testserver/sign-in/"]
    assert found["told"] == 301  # nobody of ours stands before it who could know
    assert found["safe"] == [200, "max-age=31536000"]
    assert found["secure"]
    assert all(found["secure"])


def test_a_proxy_of_ours_says_how_the_browser_came(tmp_path):
    assert served(tmp_path, PERITUS_HTTPS="1", PERITUS_PROXIES="1")["told"] == 200


def test_without_it_a_page_is_served_as_it_is_asked_for(tmp_path):
    found = served(tmp_path)

    assert (found["plain"], found["safe"]) == ([200, ""], [200, ""])
    assert not any(found["secure"])
