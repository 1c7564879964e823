"""One company with its server for each kind of database, one Chromium for all stories."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from tests import servers
from tests.browser.chromium import window
from tests.scale import IS_SOAK
from tests.stories.company import PASSWORD, Company, open_for_business

# What a browser writes when the network is away; everything else on the console fails the test.
NETWORK = "Failed to load resource"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Honour `--database`: the whole story on PostgreSQL, the short one on SQLite; in a soak the
    whole story is told on both."""
    if "company" in metafunc.fixturenames:
        wish = metafunc.config.getoption("database")
        kinds = ["sqlite", "postgresql"] if wish == "both" else [wish]
        if "once" in metafunc.fixturenames:
            kinds = kinds[:1]
        elif not IS_SOAK:
            kinds = kinds[-1:]
        metafunc.parametrize("company", kinds, indirect=True, scope="module")


@pytest.fixture(scope="module")
def company(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    """A company of its own, open for business."""
    folder = tmp_path_factory.mktemp("company")
    if request.param == "sqlite":
        with open_for_business(folder) as running:
            yield running
        return
    with (
        servers.postgres() as server,
        open_for_business(folder, servers.new_database(server, "stories")) as running,
    ):
        yield running


@pytest.fixture
def once() -> None:
    """A test that asks for it runs on one kind of database."""


class Devices:
    """Browsers of people. A script error or a broken policy on any page fails the test."""

    def __init__(self, browser: Browser, company: Company) -> None:
        self.browser, self.company = browser, company
        self.complaints: list[str] = []
        self.open = ExitStack()

    def device(self, size: str = "desktop", **more: object) -> Page:
        """A fresh browser of that size, at the door."""
        context = self.open.enter_context(
            window(self.browser, size=size, base_url=self.company.address, **more)
        )
        context.on("page", self._listen)
        page = context.new_page()
        page.goto("/sign-in")
        return page

    def sign_in(self, name: str, size: str = "desktop") -> Page:
        """Somebody at the desk, signed in through the door."""
        page = self.device(size)
        page.get_by_label("邮箱或工号").fill(self.company.people[name].staff_no)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(re.compile(r":\d+/$"))
        return page

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                self.complaints.append(said.text)
                if said.type == "error" and not said.text.startswith(NETWORK)
                else None
            ),
        )


@pytest.fixture
def devices(chromium: Browser, company: Company) -> Iterator[Devices]:
    made = Devices(chromium, company)
    with made.open:
        yield made
    assert not made.complaints, "\n".join(made.complaints)
