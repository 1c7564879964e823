"""A running server and the browsers of people at the trainer's desk."""

import re

import pytest

from tests.browser import site as sites
from tests.browser.chromium import window


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with sites.serve(tmp_path_factory.mktemp("imports")) as found:
        yield found


@pytest.fixture
def desk(chromium, site):
    """Browsers of people at the desk; a script error or a broken policy fails the test."""
    contexts, said = [], []

    def open_for(person, size="desktop", theme="light"):
        _id, _name, staff_no = person
        manager = window(chromium, size=size, theme=theme, base_url=site.address)
        context = manager.__enter__()
        contexts.append(manager)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "console",
            lambda one: (
                said.append(one.text)
                if one.type == "error" and not one.text.startswith("Failed to load resource")
                else None
            ),
        )
        page.goto("/sign-in")
        page.get_by_label("邮箱或工号").fill(staff_no)
        page.get_by_label("密码").fill(sites.PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(re.compile(r":\d+/$"))
        return page

    yield open_for
    for manager in contexts:
        manager.__exit__(None, None, None)
    assert not said, said
