"""Without its token an unsafe request changes nothing; a GET changes nothing at all."""

import hashlib

from sqlalchemy import select

from app.kernel.db import Base, db
from tests.security.objects import ROUTES
from tests.security.routes import UNSAFE, lines, pages, request
from tests.security.scene import ACTORS

# Records about the request itself; sessions are written by signing in, which the stage does.
ABOUT_THE_REQUEST = {"access_log", "throttle"}

# Whoever may open none of these would only be refused once more.
NEAR = {"-", "own", "team", "shared"}


def fingerprint(but=ABOUT_THE_REQUEST):
    """Row count and digest of every table."""
    db.session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in but:
            rows = db.session.execute(select(table).order_by(*table.primary_key.columns)).all()
            found[table.name] = len(rows), hashlib.sha256(repr(rows).encode()).hexdigest()
    db.session.rollback()
    return found


def test_an_unsafe_request_without_its_token_changes_nothing(app, scene, page):
    """Even where the person may: asked about the object nearest to her, with a good body."""
    for who in ACTORS.values():
        page.client(who)
    before, wrong = fingerprint(but=set()), []
    for line in lines(app):
        if line.method not in UNSAFE:
            continue
        target = next(iter(line.route.kind(scene).values()))
        for who in ACTORS.values():
            path, more = request(app, scene, line, target, who)
            status = page.raw(path, as_=who, token=False, **more).status_code
            if status not in {400, 403}:
                wrong.append(f"{line.name} as {who}: {status}")
        forged = page.raw(path, as_=who, token=False, headers={"X-CSRFToken": "x"}, **more)
        if forged.status_code not in {400, 403}:
            wrong.append(f"{line.name} with a forged token: {forged.status_code}")
    assert not wrong, "\n".join(wrong)
    assert fingerprint(but=set()) == before


def test_where_she_may_the_missing_token_alone_is_the_reason(app, scene, page):
    """The control: with a token the same requests are accepted (see the matrix), without: 400."""
    refused = 0
    for line in lines(app):
        if line.method not in UNSAFE:
            continue
        target = next(iter(line.route.kind(scene).values()))
        path, more = request(app, scene, line, target, "陈老师")
        answer = page.raw(path, as_="陈老师", token=False, **more)
        if answer.status_code == 400:
            answer = page.raw(
                path,
                as_="陈老师",
                token=False,
                **more | {"headers": {"Accept": "application/json"}},
            )
            assert answer.json["code"] == "csrf", line.name
            refused += 1
    assert refused >= 20


def test_a_token_of_another_browser_is_no_token(app, scene, page):
    """Tokens belong to a session's cookie: one that was made elsewhere is refused."""
    from itsdangerous import URLSafeTimedSerializer

    signer = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token")
    page.token(page.client("小王"))
    data = {"locale": "en", "timezone": "Asia/Shanghai", "theme": "auto"}
    headers = {"X-CSRFToken": str(signer.dumps("another"))}
    assert (
        page.raw("/account", as_="小王", data=data, token=False, headers=headers).status_code == 400
    )


def test_a_get_changes_nothing(app, scene, page):
    for who in ACTORS.values():
        page.client(who)
    before, opened = fingerprint(), 0
    for who in ACTORS.values():
        for _line, label, path in pages(app, scene, who):
            if label in NEAR:
                page.raw(path, as_=who)
                opened += 1
        page.raw("/", as_=who, method="HEAD")
    assert opened > 300
    assert fingerprint() == before


def test_every_way_to_change_something_is_an_unsafe_method(app):
    """A route that is both GET and POST at one address still has a line for each."""
    for key in ROUTES:
        assert key.split()[0] in {"GET", *UNSAFE}
