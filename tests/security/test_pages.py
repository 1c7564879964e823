"""Every page of the URL map, as each role, in both languages: valid, labelled, complete.

The rules of axe and the widths of screens are looked at in a browser (`tests/browser`).
"""

import re
from collections import Counter
from xml.etree import ElementTree as ET

from babel.messages.pofile import read_po

from app.accounts.models import User
from app.kernel.i18n import TRANSLATIONS
from tests import html_rules
from tests.security import scene as scenes
from tests.security.routes import pages
from tests.security.scene import ACTORS

CHINESE = re.compile(r"[\u3400-\u9fff\u3001-\u303f\uff01-\uffef]+")
SHOWN = ("aria-label", "title", "alt", "placeholder", "content", "value", "data-text")
# Names of languages stand in their own language, for those who cannot read the present one.
OWN_NAMES = {"中文"}


def words(tree):
    """What a reader sees or hears, without the parts that say they are Chinese."""
    lang = (tree.get("lang") or "").lower()
    if lang.startswith("zh"):
        return
    if tree.text and tree.tag != "style":
        yield tree.text
    for name in SHOWN:
        if tree.get(name):
            yield tree.get(name)
    for child in tree:
        if isinstance(child.tag, str):
            yield from words(child)
        if child.tail:
            yield child.tail


def opened(app, scene, page, locale, db_session):
    """(address, tree) of every HTML page, each kind as the first two roles that may open it.

    Every one is checked by `html_rules`: parsed without error, unique ids, labels, title, language.
    """
    people = [db_session.get(User, scene.people[who]) for who in ACTORS.values()]
    for person in people:
        person.locale = locale
    db_session.commit()
    seen = Counter()
    for who, person in zip(ACTORS.values(), people, strict=True):
        for line, label, path in list(pages(app, scene, who)):
            kind = (line.rule.rule, label, path.partition("?")[2])
            if label not in {"-", "own", "missing"} or seen[kind] >= 2:
                continue
            answer = page.raw(path, as_=person.name)
            if answer.status_code in {301, 302, 303, 403}:
                continue
            seen[kind] += 1
            if answer.mimetype == "text/html":
                yield f"{path} as {who}", html_rules.check(answer)


def test_every_chinese_page_keeps_the_rules_of_html(app, scene, page, db_session):
    found = 0
    for path, tree in opened(app, scene, page, "zh-CN", db_session):
        assert tree.get("lang") == "zh-CN", path
        found += 1
    assert found > 60


def test_every_english_page_keeps_them_too_and_holds_no_chinese(app, scene, page, db_session):
    scenes.latin_names()
    db_session.commit()
    company = app.extensions["settings"].company
    wrong, found = {}, 0
    for path, tree in opened(app, scene, page, "en", db_session):
        found += 1
        assert tree.get("lang") == "en", path
        for text in words(tree):
            for part in CHINESE.findall(text.replace(company, "")):
                if part not in OWN_NAMES:
                    wrong.setdefault(part, path)
    lines = [f"{part}: {path}" for part, path in sorted(wrong.items())]
    assert not lines, f"{len(lines)} texts\n" + "\n".join(lines[:80])
    assert found > 60


def test_the_control_a_chinese_page_is_full_of_chinese(page):
    tree = html_rules.check(page("/sign-in"))
    tree.set("lang", "en")
    assert sum(len(CHINESE.findall(text)) for text in words(tree)) > 5


def test_every_sentence_has_its_english():
    with (TRANSLATIONS / "en" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="en")
    lacking = [one.id for one in catalogue if one.id and not one.string]
    assert not lacking, f"{len(lacking)} without English\n" + "\n".join(map(str, lacking[:60]))
    unsure = [one.id for one in catalogue if one.id and one.fuzzy]
    assert not unsure, unsure[:20]
    for one in catalogue:
        if one.id:
            holes = re.compile(r"%\((\w+)\)")
            assert set(holes.findall(str(one.string))) == set(holes.findall(str(one.id))), one.id


def test_a_page_is_told_apart_from_others_by_its_title(app, scene, page, db_session):
    """Titles name the page: two routes without an object never share one."""
    titles = {}
    for _line, label, path in pages(app, scene, "admin"):
        if label == "-" and "?" not in path:
            answer = page.raw(path, as_="admin")
            if answer.status_code == 200 and answer.mimetype == "text/html":
                title = ET.tostring(html_rules.check(answer).find("./head/title"), "unicode")
                assert title not in titles, (path, titles[title])
                titles[title] = path
    assert len(titles) >= 8
