"""Take the pictures in docs/images from the real demo, in both themes and small."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.served import served_demo

IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZES = {"light": ("light", 1280, 860), "dark": ("dark", 1280, 860), "small": ("light", 360, 740)}
LOTS = {"lot": "Permissive", "red-lot": "Weak copyleft"}
PAGES = {"manager": ("portfolio", "board"), "finance": ("close",), "expert": ("today",)}


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, served_demo(Path(home)) as site, \
            sync_playwright() as running:  # fmt: skip
        browser = running.chromium.launch(
            executable_path=os.environ["PERITUS_CHROMIUM"], args=FLAGS
        )
        for name, (theme, width, height) in SIZES.items():
            options = {"viewport": {"width": width, "height": height}, "color_scheme": theme}
            _client_pages(browser.new_page(**options), site, name)
            for handle, paths in PAGES.items():
                page = browser.new_page(**options)
                site.sign_in(page, handle)
                for path in paths:
                    page.goto(f"{site.address}/{path}/")
                    _keep(page, f"{path}-{name}")
        browser.close()


def _client_pages(page, site, name: str) -> None:
    site.sign_in(page, "client")
    _keep(page, f"home-{name}")
    for image, title in LOTS.items():
        page.goto(f"{site.address}/client/")
        page.get_by_role("link", name=title).first.click()
        page.get_by_role("heading", level=1, name=title).wait_for()
        _keep(page, f"{image}-{name}")
    page.locator("a[href^='/decisions/']").first.click()
    page.get_by_text("Why this answer?").wait_for()
    _keep(page, f"decision-{name}")


def _keep(page, name: str) -> None:
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    main()
