"""`make screenshots`: the pictures of docs/img, from the demo company on a server of its own."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests import servers
from tests.browser import chromium

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "img"
PASSWORD = "lianbing-demo"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextmanager
def demo_server() -> Iterator[str]:
    """The demo company, freshly made, on a free port."""
    folder = Path(tempfile.mkdtemp(prefix="lb-shots-"))
    port = servers.free_port()
    environment = {
        "APP_ENV": "demo",
        "INSTANCE_DIR": str(folder),
        "LOG_LEVEL": "ERROR",
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    base = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    for command in (["db", "upgrade"], ["demo", "load"]):
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "run", *command],
            cwd=ROOT,
            env={**base, **environment},
            check=True,
            stdout=subprocess.DEVNULL,
        )
    with servers.gunicorn(environment=environment, port=port) as (address, _process):
        yield address


@contextmanager
def signed_in(browser: Browser, address: str, who: str, size: dict[str, int]) -> Iterator[Page]:
    """A page of one demo account."""
    context = browser.new_context(viewport=size, device_scale_factor=2, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=login]", f"{who}@chengyu.example")
    page.fill("input[type=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(re.compile(r"/$"))
    yield page
    context.close()


def shot(page: Page, name: str) -> None:
    """Save the visible part of a page."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=TARGET / f"{name}.png")
    print(f"docs/img/{name}.png")


def main() -> None:
    """Take all pictures."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with demo_server() as address, chromium.launched() as browser:
        with signed_in(browser, address, "fangzhixia", PHONE) as page:
            shot(page, "home-phone")
            page.goto(f"{address}/path")
            page.locator("a[href*='/assignments/']").first.click()
            page.locator("main form button").last.click()
            page.wait_for_url(re.compile(r"/attempts/\d+$"))
            page.locator("label.lb-opt").nth(1).click()
            page.wait_for_timeout(1500)
            shot(page, "take-phone")
        with signed_in(browser, address, "yaozijin", PHONE) as page:
            page.goto(f"{address}/assessments/mine")
            page.locator("a[href$='/result']").first.click()
            shot(page, "result-phone")
        with signed_in(browser, address, "zhoumubai", DESKTOP) as page:
            page.goto(f"{address}/reviews")
            page.locator("a[href*='/teams/']").first.click()
            shot(page, "team-desktop")
            page.locator("table.lb-mx tbody th a").first.click()
            shot(page, "person-desktop")
        with signed_in(browser, address, "suzhiruo", DESKTOP) as page:
            page.goto(f"{address}/banks/product-knowledge")
            shot(page, "bank-desktop")
            page.goto(f"{address}/marking")
            page.locator("main form button").first.click()
            shot(page, "marking-desktop")


if __name__ == "__main__":
    main()
