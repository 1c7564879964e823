"""Debian's Chromium for tests and pictures: one launch, pages with a size, a theme and a person.

`chromium-headless-shell` is the same engine without the windows of a desktop program, which cost
as much as the pages; where there is none, the desktop program does.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from app.kernel import fonts

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
SIZES = {"phone360": (360, 740), "phone": (390, 844), "desktop": (1440, 900)}


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A running browser; raises RuntimeError when none is installed."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        raise RuntimeError("no chromium: run `make setup-test`")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=FLAGS, env={**os.environ, **_chinese_font(Path(folder))}
        )
        try:
            yield browser
        finally:
            browser.close()


def _chinese_font(folder: Path) -> dict[str, str]:
    """Settings that show the browser the font of our PDFs: a bare machine has no Chinese one."""
    places = {file.parent for file in fonts.font_files().values()}
    lines = "".join(f"<dir>{place}</dir>" for place in places)
    config = folder / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{lines}'
        f"<cachedir>{folder / 'cache'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return {"FONTCONFIG_FILE": str(config)}


@contextlib.contextmanager
def window(
    browser: Browser,
    *,
    size: str = "desktop",
    theme: str = "light",
    cookie: tuple[str, str] | None = None,
    **more: Any,
) -> Iterator[BrowserContext]:
    """A fresh profile. `cookie`: the address and the session's value of a signed-in person."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=theme,
        has_touch=size != "desktop",
        is_mobile=size != "desktop",
        locale=more.pop("locale", "zh-CN"),
        timezone_id="Asia/Shanghai",
        **more,
    )
    if cookie is not None:
        address, value = cookie
        context.add_cookies([{"name": "lianbing", "value": value, "url": address}])
    context.set_default_timeout(10_000)
    try:
        yield context
    finally:
        context.close()
