"""`make screenshots`: the pictures of docs/img, from the demo company on a server of its own."""

import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests import servers
from tests.browser import chromium
from tests.imports.paper import CHOICES, MODELS, PAPER

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
    taken = Image.open(io.BytesIO(page.screenshot()))
    taken.quantize(256, dither=Image.Dither.NONE).save(TARGET / f"{name}.png", optimize=True)
    print(f"docs/img/{name}.png")


def pasted(page: Page, address: str) -> None:
    """A test out of a chat becomes a working copy: its preview and the editor."""
    slug = "visit-quiz"
    page.goto(f"{address}/help/import")
    page.locator(".lb-head__acts a").click()
    page.get_by_label("粘贴题目").fill(PAPER)
    page.get_by_role("button", name="读一读").click()
    page.wait_for_url(re.compile(r"/banks/import/\d+$"))
    page.get_by_label("题库名称").fill("销售新人训练营第二课")
    page.get_by_label("题库编号").fill(slug)
    page.get_by_label("归谁").select_option("shared")
    page.get_by_label("总分改为 30 分").check()
    page.get_by_role("link", name="从第 1 题填起").click()
    for letters in CHOICES:
        page.keyboard.type(letters.lower())
        page.keyboard.press("Enter")
    for sign in "ftft":
        page.keyboard.press(sign)
        page.keyboard.press("Enter")
    page.locator("[data-without]", has_text="4").wait_for()
    page.locator("[data-state]", has_text="已保存").wait_for()
    page.locator("#i5").evaluate("one => window.scrollTo(0, one.offsetTop - 180)")
    shot(page, "import-desktop")
    page.locator("label[for=i14-false]").click()
    for n, words in enumerate(MODELS, start=15):
        page.locator(f"#i{n}-model").fill(words)
    page.locator("[data-without]", has_text="0").wait_for()
    page.locator("#import").get_by_role("button", name="保存为题库").click()
    page.wait_for_url(re.compile(f"/banks/{slug}/edit"))
    page.locator(".lb-pick__link").nth(5).click()
    page.locator("textarea[name='why.zh-CN']").fill(
        "开放式提问让客户自己说；{B}、{D} 只能答是或否。"
    )
    page.wait_for_timeout(1500)
    page.locator(".lb-pane--paper").evaluate("one => one.scrollTo(0, 0)")
    shot(page, "editor-desktop")


def printed(page: Page, address: str) -> None:
    """Two parallel forms for a team, with a sheet for each person: the page of papers."""
    page.goto(f"{address}/assessments/new")
    page.get_by_label("名称", exact=True).fill("产品知识月考")
    page.locator("[name=banks][value=product-knowledge]").check()
    page.get_by_label("按下面的组卷方案抽题").check()
    page.locator("[data-rows] summary").click()
    for row, (n, kind) in enumerate([(8, "single"), (4, "multi"), (4, "true_false")], start=1):
        page.get_by_label(f"第 {row} 行，题数").fill(str(n))
        page.get_by_label(f"第 {row} 行，题型").select_option(kind)
    page.get_by_label("几份平行卷").check()
    page.get_by_role("button", name="建好测验").click()
    page.wait_for_url(re.compile(r"/assessments/\d+/assign$"))
    teams = page.get_by_label("团队（含下级）")
    teams.select_option(index=teams.locator("option").count() - 1)
    page.get_by_role("button", name="布置", exact=True).click()
    page.get_by_role("link", name="纸质卷").click()
    page.get_by_role("button", name=re.compile("编卷号")).click()
    page.locator("[data-toast]").wait_for()
    page.reload()
    shot(page, "papers-desktop")


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
        with signed_in(browser, address, "hanliqun", PHONE) as page:
            shot(page, "mentor-phone")
            page.goto(f"{address}/mentees")
            page.get_by_role("link", name="填表").first.click()
            page.locator("form label[for]").nth(3).click()
            shot(page, "sheet-phone")
        with signed_in(browser, address, "zhoumubai", DESKTOP) as page:
            page.goto(f"{address}/reviews")
            page.locator("a[href*='/teams/']").first.click()
            shot(page, "team-desktop")
            page.locator("table.lb-mx tbody th a").first.click()
            shot(page, "person-desktop")
            page.goto(f"{address}/tracks/bootcamp/board")
            shot(page, "board-desktop")
        with signed_in(browser, address, "suzhiruo", DESKTOP) as page:
            page.goto(f"{address}/banks/product-knowledge")
            shot(page, "bank-desktop")
            page.goto(f"{address}/marking")
            page.locator("main form button").first.click()
            shot(page, "marking-desktop")
            pasted(page, address)
            printed(page, address)


if __name__ == "__main__":
    main()
