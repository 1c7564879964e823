"""Route × role × object: every route of the URL map answers as the policy table says."""

from contextlib import contextmanager

import pytest

from app.kernel.db import db
from app.kernel.policy import policies
from tests.security import objects
from tests.security.routes import lines, request
from tests.security.scene import ACTORS

NOBODY = "nobody"


@contextmanager
def undone():
    """Whatever happens inside is rolled back: the next request finds the same scene."""
    connection = db.engines[None]
    db.session.commit()
    inner = connection.begin_nested()
    try:
        yield
    finally:
        db.session.rollback()
        db.session.remove()
        inner.rollback()


def expected(line, label, target, role):
    """The statuses that are right, and why."""
    if role == NOBODY:
        return {302 if line.route.json is None else 401}, "not signed in"
    rights = policies()[line.action].roles
    scopes = frozenset().union(*(rights.get(name, frozenset()) for name in {role, "learner"}))
    if not scopes:
        return {403}, "the role has no right"
    if not scopes & target.words(ACTORS[role]):
        return {404}, "outside the scope"
    if label in line.route.refusals:
        return {line.route.refusals[label]}, "refused by its own rule"
    return range(200, 400), "allowed"


def answer_of(page, app, scene, line, target, who):
    """(path, answer) of the request this route gets; whatever it did is undone."""
    path, more = request(app, scene, line, target, who or ACTORS["learner"])
    with undone():
        if who is not None:
            page.client(who)
            page.sign_in(who)  # the request before may have signed her out
        return path, page.raw(path, as_=who, **more)


def complaint(line, label, path, answer, right, why):
    """What is wrong with an answer, in a line."""
    said = answer.get_data(as_text=True)[:120] if answer.status_code >= 500 else ""
    status = answer.status_code
    return f"{line.name} ({line.action}) {label} {path}: {status}, {why}: {right} {said}"


@pytest.mark.one_database
@pytest.mark.parametrize("role", [NOBODY, *ACTORS])
def test_every_route_answers_this_role_as_the_table_says(app, scene, page, role):
    wrong, asked = [], 0
    for line in lines(app):
        for label, target in line.route.kind(scene).items():
            right, why = expected(line, label, target, role)
            path, answer = answer_of(page, app, scene, line, target, ACTORS.get(role))
            asked += 1
            if answer.status_code not in right:
                wrong.append(complaint(line, label, path, answer, right, why))
    assert not wrong, f"{len(wrong)} of {asked}\n" + "\n".join(wrong)


@pytest.mark.timeout(180)
def test_on_either_database_every_route_works_and_every_scope_finds_and_hides(app, scene, page):
    """Who may what is decided alike on both: here each statement runs once, the first time a role
    is let in to a route and the first time a scope of an action leaves an object out."""
    wrong, done = [], set()
    for role in ACTORS:
        for line in lines(app):
            rights = policies()[line.action].roles
            scopes = rights.get(role, frozenset()) | rights.get("learner", frozenset())
            for label, target in line.route.kind(scene).items():
                right, why = expected(line, label, target, role)
                key = (line.name, label) if why == "allowed" else (line.action, label, scopes, why)
                if key in done:
                    continue
                done.add(key)
                path, answer = answer_of(page, app, scene, line, target, ACTORS[role])
                if answer.status_code not in right:
                    wrong.append(complaint(line, label, path, answer, right, why))
    assert not wrong, f"{len(wrong)} of {len(done)}\n" + "\n".join(wrong)


def test_who_is_not_signed_in_gets_401_as_json(app, scene, page):
    wrong = []
    for line in lines(app):
        target = next(iter(line.route.kind(scene).values()))
        path, more = request(app, scene, line, target, ACTORS["learner"])
        answer = page.raw(path, headers={"Accept": "application/json"}, **more)
        if answer.status_code != 401 or set(answer.json) != {"code", "message"}:
            wrong.append(f"{line.name}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_every_route_has_an_object_that_somebody_may_reach(app, scene):
    """A row whose objects nobody may touch would test nothing but refusals."""
    for line in lines(app):
        reached = [
            role
            for role in ACTORS
            for label, target in line.route.kind(scene).items()
            if expected(line, label, target, role)[1] == "allowed"
        ]
        assert reached or line.route.refusals, line.name


def test_the_public_routes_are_the_ones_that_were_thought_about(app):
    from app.kernel import auth

    open_ = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if app.view_functions[rule.endpoint].policy == auth.PUBLIC
    }
    assert open_ == set(objects.PUBLIC)
