"""Hostile texts in every field, every page in a real browser: nothing runs, nothing leaves.

The browser is told to ignore our policy, so escaping alone has to hold; and with raw texts our
policy alone has to hold. The control is a page with neither, where most payloads do run.
"""

import contextlib
import dataclasses
import re
import typing
from collections import Counter

import pytest
from flask_babel import lazy_gettext
from markupsafe import escape
from playwright import sync_api as playwright

from app.domain import banks as bank_drafts  # noqa: F401  the drafts share the names of the fields
from app.domain import framework, items, tracks
from tests.security import hostile
from tests.security.routes import pages
from tests.security.scene import ACTORS
from tests.security.served import serve
from tests.security.test_tokens import NEAR

pytestmark = pytest.mark.timeout(240)

PLANTED_IN_DOM = (
    "[...document.querySelectorAll('[planted]')].map(one => one.outerHTML.slice(0, 120))"
)
ACTIVE_LINKS = """['href', 'action', 'src', 'formaction', 'data']
  .flatMap(name => [...document.querySelectorAll(`[${name}]`)]
    .map(one => one.getAttribute(name)))
  .filter(link => /^[\\s\\u0000-\\u001f]*(java|vb)script:|^\\s*data:/i.test(link))"""
HANDLERS = """[...document.querySelectorAll('*')].flatMap(one => [...one.attributes])
  .filter(one => /^on/i.test(one.name)).map(one => one.name + '=' + one.value.slice(0, 80))"""
# Open what opens: menus, dialogs, lists that a script fills. Buttons that send are left alone.
PRESS = """[...document.querySelectorAll('button[type=button], summary')]
  .filter(one => !one.closest('dialog, form[method=dialog]')).forEach(one => one.click())"""


FILE = re.compile(r"\.(pdf|xlsx|yaml)$|/file$|/download$|/image$|/images/")


class Watch:
    """What ran, and what left, in one browser context."""

    def __init__(self, context, address):
        self.ran, self.left = set(), set()
        context.expose_function("hit", lambda n=0: self.ran.add(n))
        context.on("request", lambda request: self._sent(request.url, address))
        context.on("page", lambda page: page.on("dialog", self._dialog))

    def _sent(self, url, address):
        if not url.startswith((address, "data:", "blob:", "about:")):
            self.left.add(url)

    def _dialog(self, dialog):
        if dialog.type != "beforeunload":
            self.ran.add(dialog.message)
        dialog.accept()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    planted = {}
    folder = tmp_path_factory.mktemp("hostile")
    words = hostile.HostileWords()
    with serve(folder, words, lambda: planted.update(hostile.plant())) as found:
        yield found, planted, words


@pytest.fixture
def browse(chromium, site):
    contexts = []

    def make(who=None, **more):
        context = chromium.new_context(service_workers="block", **more)
        context.set_default_timeout(15_000)
        contexts.append(context)
        if who is not None:
            cookie = site[0].cookies[who]
            context.add_cookies([{"name": "lianbing", "value": cookie, "url": site[0].address}])
        return context, Watch(context, site[0].address)

    yield make
    for context in contexts:
        context.close()


def test_there_are_many_shapes_and_each_is_another():
    assert len(set(hostile.SHAPES)) == len(hostile.SHAPES) >= 30


def test_every_text_column_holds_payloads(site):
    """A new column is planted by itself; it only has to stand in a table with rows."""
    _served, planted, _words = site
    columns = {str(column) for column in (*hostile.text_columns(), *hostile.json_columns())}
    kept = set(hostile.KEPT) | set(hostile.JSON_KEPT)
    assert columns == set(planted) | (kept & columns)
    assert not kept - columns, "gone from the models: take it out of hostile.py"
    empty = {name for name, rows in planted.items() if rows == 0}
    assert not empty, f"give tests/security/scene.py a row of these tables: {empty}"
    assert len(planted) >= 40


def text_fields(*modules):
    """`Class.field` of every dataclass field that holds words: Text, or strings in a row."""
    found = set()
    for module in modules:
        for name, kind in vars(module).items():
            if dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__:
                hints = typing.get_type_hints(kind)
                for one in dataclasses.fields(kind):
                    if "str" in str(hints[one.name]):
                        found.add(f"{name}.{one.name}")
    return found


# Fields of files that hold a slug, a language tag or a file name: the format allows no sign of
# markup in them. `Chosen`, `Judged`, `Written` are responses, planted as `answer.body`.
NO_WORDS = {
    "Option.id", "Choice.key", "Criterion.id", "Item.id", "Item.competencies", "Item.image",
    "Item.replaces", "Bank.id", "Bank.lang", "Bank.track", "Bank.tier", "Chosen.options",
    "Written.text", "Competency.slug", "Competency.group", "Expectation.role", "Expectation.step",
    "Expectation.competency", "Formula.weightless", "Framework.id", "Framework.lang",
    "ExamRules.bank", "LessonRules.file", "Activity.id", "NeedsActivity.activity",
    "NeedsLevel.competency", "Gate.id", "Stage.id", "Track.id", "Track.tier", "Track.lang",
    "Activity.form", "Activity.review_form", "Form.id", "FormRow.id", "FormRow.competency",
    "Track.forms", "DrawRules.banks", "DrawRules.competency", "EnrolRules.role",
    "CredentialRules.id",
}  # fmt: skip


def test_every_text_field_of_the_files_holds_payloads(site):
    _served, _planted, words = site
    wanted = text_fields(items, framework, tracks) - NO_WORDS
    wanted -= {name for name in wanted if name.split(".")[1] in {"kind", "status", "anchor"}}
    lacking = wanted - set(words.fields)
    assert not lacking, f"plant these in tests/security/scene.py: {lacking}"


def html_pages(site, role):
    """(route, path) of every page that is not a file, near to this role."""
    served = site[0]
    with served.app.app_context():
        found = list(pages(served.app, served.scene, ACTORS[role]))
    for line, label, path in found:
        if label in NEAR and not FILE.search(path.partition("?")[0]):
            yield line.rule.rule + path.partition("?")[2], path


def open_page(page, url):
    """Go there; once more when a button of the page before was leading elsewhere just then."""
    try:
        return page.goto(url, wait_until="load")
    except playwright.Error:
        return page.goto(url, wait_until="load")


def problems(page, watch, path):
    """What the page betrays as it stands, and after everything that opens was opened."""
    looks = (PLANTED_IN_DOM, ACTIVE_LINKS, HANDLERS)
    found = [f"{path}: {one}" for look in looks for one in page.evaluate(look)[:3]]
    with contextlib.suppress(playwright.Error):  # one of the buttons leads to another page
        page.evaluate(PRESS)
        found += [f"{path} opened: {one}" for one in page.evaluate(PLANTED_IN_DOM)[:3]]
    if watch.ran:
        found.append(f"{path}: ran {sorted(map(str, watch.ran))[:5]}")
        watch.ran.clear()
    return found


def test_nothing_runs_on_any_page_and_nothing_leaves(site, browse):
    """Our policy is switched off here: escaping has to hold by itself.

    Each kind of page is opened by the first two roles that may open it.
    """
    served, wrong, opened = site[0], [], Counter()
    for role, who in ACTORS.items():
        context, watch = browse(who, bypass_csp=True)
        page = context.new_page()
        for kind, path in html_pages(site, role):
            if opened[kind] >= 2:
                continue
            answer = open_page(page, served.address + path)
            if answer is None or answer.status in {403, 404}:
                continue
            if answer.status >= 400:
                wrong.append(f"{path} as {who}: {answer.status}")
            opened[kind] += 1
            wrong += problems(page, watch, path)
        page.wait_for_timeout(100)
        wrong += [f"{who} sent {url}" for url in sorted(watch.left)]
        wrong += [f"{who} ran {n}" for n in watch.ran]
    assert not wrong, "\n".join(wrong[:60])
    never = {kind for role in ACTORS for kind, _path in html_pages(site, role)} - set(opened)
    assert not never, f"nobody could open these: {never}"


RAW = "<!doctype html><title>raw</title><body>{0}"


def ran_raw(browse, site, headers):
    """Which payloads run, each on a page that shows it as it is."""
    address = site[0].address
    context, watch = browse()
    headers = {"Content-Type": "text/html; charset=utf-8", **headers}
    shown = {"body": ""}
    context.route(
        lambda url: not url.startswith(("data:", "blob:")),
        lambda route: (
            route.fulfill(body=shown["body"], headers=headers)
            if route.request.url.endswith("/raw")
            else route.abort()
        ),
    )
    page = context.new_page()
    for n in range(len(hostile.SHAPES)):
        shown["body"] = RAW.format(hostile.payload(n))
        page.goto(f"{address}/raw", wait_until="commit")
        page.wait_for_timeout(60)
    page.wait_for_timeout(1000)  # what was planted last has its time too
    return set(watch.ran)


def test_the_control_without_escaping_and_policy_payloads_run(site, browse):
    assert len(ran_raw(browse, site, {})) >= 20


def test_our_policy_alone_stops_them_too(site, browse):
    with site[0].app.test_client() as client:
        policy = client.get("/sign-in").headers["Content-Security-Policy"]
    headers = {"Content-Security-Policy": re.sub(r" 'nonce-[^']+'", "", policy)}
    assert ran_raw(browse, site, headers) == set()


def test_the_door_says_hostile_input_back_as_text(site, browse):
    served = site[0]
    context, watch = browse(bypass_csp=True)
    page = context.new_page()
    for query in ("next", "locale", "x"):
        page.goto(
            f"{served.address}/sign-in?{query}=%22%3E%3Cimg%20planted%20src%3Dx%20onerror%3Dhit(1)%3E"
        )
        assert page.evaluate(PLANTED_IN_DOM) == []
    page.goto(f"{served.address}/sign-in")
    page.fill("[name=login]", hostile.cocktail(0)[:250])
    page.fill("[name=password]", "x")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_load_state()
    assert page.evaluate(PLANTED_IN_DOM) == []
    assert not watch.ran


def test_a_lazy_text_is_escaped_like_any_other(app):
    """Flask-Babel's lazy texts claim to be HTML; a name inside one must not become markup."""
    with app.test_request_context("/"):
        assert str(escape(lazy_gettext("%(name)s：权重", name="<b>"))) == "&lt;b&gt;：权重"
