"""Stories in a real browser against a real server. One server and one Chromium for all of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.site import PASSWORD, Site, serve

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
# What a browser writes when the network is away; everything else on the console fails the test.
NETWORK = "Failed to load resource"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serve(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture
def device(chromium: Browser, site: Site) -> Iterator[Callable[..., BrowserContext]]:
    """`device(PHONE)`: a browser of its own; a script error or a broken policy fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def listen(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type == "error" and not said.text.startswith(NETWORK)
                else None
            ),
        )

    def make(kind: dict[str, Any] | None = None, **more: Any) -> BrowserContext:
        context = chromium.new_context(
            base_url=site.address, locale="zh-CN", **{**(kind or DESKTOP), **more}
        )
        context.set_default_timeout(10_000)
        context.on("page", listen)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def sign_in() -> Callable[..., Page]:
    """`sign_in(context, staff_no, "/attempts/7")` through the door; gives the page."""

    def go(context: BrowserContext, login: str, path: str = "/") -> Page:
        page = context.new_page()
        page.goto(f"/sign-in?next={path}")
        # A window opened while another closes may stay behind it, where nothing is drawn.
        page.bring_to_front()
        page.get_by_label("邮箱或工号").fill(login)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"**{path}*")
        return page

    return go


def gone(page: Page) -> None:
    """The page ends without a last word, as when a phone kills its browser.

    A window that closes is let go by the browser's tools first and is online again for its last
    moment, in which it would send what waits: so it is struck dumb before.
    """
    page.evaluate("window.fetch = () => new Promise(() => {}); navigator.sendBeacon = () => true")
    page.close(run_before_unload=False)
