"""Every page of the demo company, walked by link as each role: no accessibility violation, nothing
wider than the screen, no script error. On the phone in English (the longest words) and dark, on the
desktop in Chinese and light."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.screenshots import PASSWORD, demo_server

pytestmark = pytest.mark.timeout(300)

PEOPLE = ("fangzhixia", "yaozijin", "suzhiruo", "zhoumubai", "liuqinglan", "anxiaofeng")
VIEWS = {
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "is_mobile": True,
        "has_touch": True,
        "color_scheme": "dark",
    },
    "desktop": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
}
LANGUAGE = {"phone": "en", "desktop": "zh-CN"}
FILES = re.compile(r"\.(pdf|xlsx|zip|yaml|csv)$|/download$")


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with demo_server() as address:
        yield address


@pytest.fixture(scope="module")
def seen() -> dict[str, set[str]]:
    """Kinds of pages already looked at, by view: one team page stands for all of them."""
    return {view: set() for view in VIEWS}


# Where many stand in a row (lines of a table, items of a list), the first eight stand for all:
# whether an ink can be read is looked up for every word of a page, and takes most of the time.
LEAVE_EIGHT = """for (const one of document.querySelectorAll('main *')) {
  const seen = {};
  for (const child of [...one.children]) {
    const kind = child.tagName + ' ' + child.className;
    seen[kind] = (seen[kind] ?? 0) + 1;
    if (seen[kind] > 8) child.remove();
  }
}"""


def kind(path: str) -> str:
    """`/attempts/7/result` and `/attempts/9/result` are the same kind of page."""
    path = path.partition("?")[0]
    return re.sub(r"/(\d+|[a-z]+\d*(-[a-z0-9]+)+)(?=/|$)", "/*", path)


def links(page: Page) -> list[str]:
    """Paths of this site that the page leads to."""
    found = page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
    here = urlsplit(page.url)
    paths = [urlsplit(url) for url in found]
    return [
        f"{one.path}?{one.query}" if one.query else one.path
        for one in paths
        if one.netloc == here.netloc and not FILES.search(one.path)
    ]


def problems(page: Page) -> list[str]:
    """What is wrong on the page as it stands."""
    # A sheet on its way in is half transparent: colours are judged where they come to rest. One
    # that is closed on its way is at rest too: its promise is rejected.
    page.evaluate(
        "Promise.allSettled(document.getAnimations()"
        ".filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime))"
        ".map((one) => one.finished)).then(() => true)"
    )
    return [
        f"{page.url} {one['id']}: {[node['target'] for node in one['nodes']][:3]}"
        for one in Axe().run(page).response["violations"]
    ] + too_wide(page)


def too_wide(page: Page) -> list[str]:
    """Whether the whole page fits on the screen."""
    width, screen = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{page.url} is {width} px wide on a screen of {screen}"] if width > screen else []


def walk(page: Page, address: str, seen: set[str]) -> list[str]:
    """Look at each kind of page that can be reached from home."""
    found: list[str] = []
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        if path != "/" and kind(path) in seen:
            continue
        seen.add(kind(path))
        answer = page.goto(address + path)
        if answer is None or answer.status >= 400:
            found.append(f"{path} answers {answer.status if answer else 'nothing'}")
            continue
        waiting += [one for one in links(page) if kind(one) not in seen]
        found += too_wide(page)
        page.evaluate(LEAVE_EIGHT)
        found += problems(page)
    return found


@pytest.fixture
def visitor(chromium: Browser, demo: str) -> Iterator[Callable[[str], BrowserContext]]:
    contexts: list[BrowserContext] = []

    def make(view: str) -> BrowserContext:
        context = chromium.new_context(base_url=demo, locale=LANGUAGE[view], **VIEWS[view])
        context.set_default_timeout(15_000)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


def enter(context: BrowserContext, who: str, language: str) -> Page:
    """Sign in, and read the product in `language`."""
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=login]", f"{who}@chengyu.example")
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile("/$"))
    page.goto("/account")
    page.select_option("main select[name=locale]", language)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    return page


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("who", PEOPLE)
def test_every_page_is_accessible_and_fits(visitor, demo, seen, who, view) -> None:
    errors: list[str] = []
    page = enter(visitor(view), who, LANGUAGE[view])
    page.on("pageerror", lambda error: errors.append(f"{page.url} {error}"))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    assert page.locator("html").get_attribute("lang") == LANGUAGE[view]
    found = walk(page, demo, seen[view])
    assert not found + errors, "\n".join(found + errors)


def cut(page: Page) -> list[str]:
    """Tables of the page that show only a part of their width."""
    return page.evaluate(
        "[...document.querySelectorAll('.lb-scroll')]"
        ".filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel)"
    )


def test_tables_of_sentences_wrap_where_they_would_be_cut(visitor) -> None:
    page = enter(visitor("phone"), "anxiaofeng", "en")
    page.goto("/admin/audit")
    assert cut(page) == []
    page = enter(visitor("phone"), "zhoumubai", "en")
    page.goto("/competency/steps")
    assert page.locator("main table select").count() > 0
    assert cut(page) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/reviews")
    page.locator("a[href*='/teams/']").first.click()
    page.locator("table.lb-mx tbody th a").first.click()
    page.locator("#ledger td").first.wait_for()
    assert cut(page) == []
    page.goto("/reviews/new")
    boxes = page.locator("[name=people]")
    lefts = boxes.evaluate_all("all => all.map((one) => one.getBoundingClientRect().left)")
    assert len(set(lefts)) > 3, "people stand in columns, not in one long line"


@pytest.mark.parametrize("view", VIEWS)
def test_the_door_is_accessible_and_fits(visitor, view) -> None:
    page = visitor(view).new_page()
    page.goto("/sign-in")
    assert problems(page) == []


@pytest.mark.parametrize("view", VIEWS)
def test_the_test_page_and_its_dialogs_are_accessible_and_fit(visitor, view) -> None:
    page = enter(visitor(view), "fangzhixia", LANGUAGE[view])
    page.goto("/assessments/mine")
    page.locator("a[href$='/start']").first.click()
    page.locator("main form button").last.click()
    page.wait_for_url(re.compile(r"/attempts/\d+"))
    found = problems(page)
    page.locator("label.lb-opt:visible").first.click()
    if view == "phone":
        page.locator("[data-open-map]").click()
        found += problems(page)
        page.locator("#sheet [data-close]").click()
        page.locator("[data-open-map]").click()
    page.locator("[data-review]:visible").first.click()
    found += problems(page)
    page.locator("#review [data-close]").click()
    page.context.set_offline(True)
    page.locator("label.lb-opt:visible").last.click()
    page.locator("[data-note=offline]").wait_for()
    found += problems(page)
    page.context.set_offline(False)
    assert not found, "\n".join(found)
