"""Every route × every role, as the policy table says; every missing object is not found."""

import re

import pytest

from app.accounts import queries
from app.kernel import auth, policy
from app.kernel.config import ROOT
from tests import html_rules

pytestmark = [pytest.mark.one_database, pytest.mark.timeout(240)]  # every route, several times

CAST = {
    "小王": {"learner"},
    "陈老师": {"learner", "trainer"},
    "阅卷人": {"learner", "marker"},
    "李经理": {"learner", "manager"},
    "带教人": {"learner", "mentor"},
    "HR": {"learner", "hr"},
    "admin": {"learner", "admin"},
}
MISSING = "99999999"
# Something in every field, so that a form is not refused for its shape first.
FORM = {"reason": "x", "minutes": "5", "on": "2026-03-02", "name": "x", "unit": "0"}


def routes(app):
    for rule in app.url_map.iter_rules():
        action = app.view_functions[rule.endpoint].policy
        if action != auth.PUBLIC:
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield rule, method, policy.policies()[action]


def filled(rule):
    return re.sub(r"<[^>]+>", "no-such", re.sub(r"<int:[^>]+>", MISSING, rule.rule))


@pytest.mark.parametrize("who", CAST)
def test_a_role_without_the_right_is_refused_whatever_the_object(app, page, who):
    wrong = []
    for rule, method, line in routes(app):
        if not CAST[who] & set(line.roles):
            status = page.raw(filled(rule), as_=who, method=method).status_code
            if status != 403:
                wrong.append(f"{method} {rule.rule} ({line.action}): {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", CAST)
def test_a_role_with_the_right_finds_no_missing_object(app, page, who):
    wrong = []
    for rule, method, line in routes(app):
        if CAST[who] & set(line.roles) and "<" in rule.rule:
            body = {"data": FORM} if method == "POST" else {}
            status = page.raw(filled(rule), as_=who, method=method, **body).status_code
            if status == 400:
                status = page.raw(filled(rule), as_=who, method=method, json={}).status_code
            if status != 404:
                wrong.append(f"{method} {rule.rule} ({line.action}): {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", CAST)
def test_a_role_with_the_right_opens_every_page_without_an_object(app, page, who):
    for rule, method, line in routes(app):
        if method == "GET" and "<" not in rule.rule and CAST[who] & set(line.roles):
            answer = page.raw(rule.rule, as_=who)
            if answer.status_code != 302 and answer.mimetype == "text/html":
                html_rules.check(answer)
            # 302: the only thing to show is elsewhere; 409: says what is to be loaded first
            assert answer.status_code in {200, 302, 409}, rule.rule


def test_every_action_of_the_table_is_used(app):
    used = {line.action for _rule, _method, line in routes(app)}
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "app").rglob("*.py"))
    unused = {action for action in policy.policies() if action not in used}
    unused = {action for action in unused if f'"{action}"' not in code}
    assert not unused, unused


# What the scope words mean for the cast, written out by hand: the oracle beside the queries.
SUBTREE = {"李经理": {"小王", "小陈", "带教人"}, "赵经理": {"小赵"}}
TEAM = {"小王": {"小王", "小陈", "带教人", "李经理"}}
LED = {"李经理": {"华东一组"}, "赵经理": {"华南一组"}}
PERSON_HOLES = {"person_id", "user_id"}


def reaches(who, words, whom):
    return (
        "all" in words
        or ("subtree" in words and whom in SUBTREE.get(who, ()))
        or ("own" in words and who == whom)
        or ("team" in words and whom in TEAM.get(who, ()))
    )


def words_of(who, line):
    roles = CAST.get(who, {"learner", "manager"})
    return set().union(*(line.roles.get(role, frozenset()) for role in roles))


@pytest.mark.parametrize("who", ["小王", "李经理", "赵经理", "HR", "admin"])
def test_a_person_outside_the_scope_is_not_found_and_inside_is(app, page, person, who):
    wrong = []
    ids = {whom: person(whom).id for whom in ("小王", "小陈", "小赵")}
    for rule, method, line in routes(app):
        if line.object != "person" or not rule.arguments <= PERSON_HOLES or not rule.arguments:
            continue
        words = words_of(who, line)
        for whom, whom_id in ids.items():
            url = re.sub(r"<int:[^>]+>", str(whom_id), rule.rule)
            body = {"data": FORM} if method == "POST" else {}
            status = page.raw(url, as_=who, method=method, **body).status_code
            expected = 403 if not words else 404 if not reaches(who, words, whom) else None
            if expected is None and method == "GET" and status in {403, 404}:
                wrong.append(f"{method} {url} by {who} about {whom}: {status}, is in scope")
            elif expected is not None and status != expected:
                wrong.append(f"{method} {url} by {who} about {whom}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", ["小王", "李经理", "赵经理", "HR", "admin"])
def test_a_unit_outside_the_scope_is_not_found_and_inside_is(app, page, person, who, clock):
    wrong = []
    tree = queries.unit_tree(clock.now.date())
    for rule, method, line in routes(app):
        if line.object != "unit" or rule.arguments != {"unit_id"}:
            continue
        words = words_of(who, line)
        for unit in tree:
            url = re.sub(r"<int:[^>]+>", str(unit.id), rule.rule)
            body = {"data": FORM} if method == "POST" else {}
            status = page.raw(url, as_=who, method=method, **body).status_code
            inside = "all" in words or ("subtree" in words and unit.name in LED.get(who, ()))
            expected = 403 if not words else 404 if not inside else None
            if expected is None and method == "GET" and status in {403, 404}:
                wrong.append(f"{method} {url} by {who} on {unit.name}: {status}, is in scope")
            elif expected is not None and status != expected:
                wrong.append(f"{method} {url} by {who} on {unit.name}: {status}, not {expected}")
    assert not wrong, "\n".join(wrong)
