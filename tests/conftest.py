"""What every test stands on: a database, the real data where it is, Chromium."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"


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
