"""Sessions end at once, cookies and headers are strict, nobody is led outside."""

import contextvars
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app import create_app
from app.accounts import passwords
from app.accounts.models import User, UserSession
from tests.security.routes import pages
from tests.security.scene import ACTORS

PASSWORD = "a password of the tests"


@pytest.fixture
def door(page, person, db_session):
    """`door("小王")` signs in through the door with a password, in a browser of its own."""
    hashed = passwords.hash_password(PASSWORD)

    def enter(name, login, browser=None):
        person(name).password_hash = hashed
        db_session.commit()
        client = page.app.test_client()
        page.clients[browser or name] = client
        page.since[browser or name] = page.clock.now
        data = {"login": login, "password": PASSWORD}
        answer = page.raw("/sign-in", as_=browser or name, data=data)
        assert answer.status_code == 302, answer.text[:2000]
        return answer

    return enter


def is_in(page, browser):
    return page.raw("/account", as_=browser).status_code == 200


def test_signing_out_ends_the_session_on_the_server_too(scene, page, door):
    door("小王", "CY1001")
    stolen = page.clients["小王"].get_cookie("lianbing").value
    page("/sign-out", as_="小王", data={})
    page.clients["小王"].set_cookie("lianbing", stolen)
    assert not is_in(page, "小王"), "a copy of the old cookie opens nothing"


def test_disabling_ends_every_session_at_once(scene, page, door, person):
    door("小王", "CY1001", "phone")
    door("小王", "CY1001", "desk")
    assert is_in(page, "phone")
    assert is_in(page, "desk")
    path = f"/admin/people/{person('小王').id}/disable"
    page(path, as_="admin", data={"reason": "left"})
    assert not is_in(page, "phone")
    assert not is_in(page, "desk")
    data = {"login": "CY1001", "password": PASSWORD}
    assert page.raw("/sign-in", data=data).status_code == 422
    page(path.replace("disable", "enable"), as_="admin", data={})
    assert not is_in(page, "phone"), "enabling revives no old session"


def test_a_reset_password_ends_every_session_at_once(scene, page, door, person):
    door("小王", "CY1001", "phone")
    page(f"/admin/people/{person('小王').id}/reset-password", as_="admin", data={}, status=200)
    assert not is_in(page, "phone")


def test_changing_the_password_ends_the_other_sessions_at_once(scene, page, door):
    door("小王", "CY1001", "phone")
    door("小王", "CY1001", "desk")
    new = "another password of the tests"
    data = {"current": PASSWORD, "new": new, "again": new}
    page("/account/password", as_="desk", data=data)
    assert is_in(page, "desk")
    assert not is_in(page, "phone")


def test_taking_a_role_away_works_on_the_next_request(scene, page, door, person):
    door("陈老师", "CY0201", "desk")
    assert page.raw("/banks", as_="desk").status_code == 200
    page(f"/admin/people/{person('陈老师').id}/roles", as_="admin", data={"roles": ["mentor"]})
    assert page.raw("/banks", as_="desk").status_code == 403


def test_signing_in_makes_a_new_token_so_that_none_can_be_planted(scene, page, door, db_session):
    """Fixation: what an attacker put into the cookie before is gone afterwards."""
    client = page.app.test_client()
    page.clients["victim"], page.since["victim"] = client, page.clock.now
    page._put(client, {"sid": "planted", "csrf_token": "planted", "extra": "planted"})
    before = client.get_cookie("lianbing").value
    person = db_session.scalars(select(User).where(User.name == "小王")).one()
    person.password_hash = passwords.hash_password(PASSWORD)
    db_session.commit()
    page("/sign-in", as_="victim", data={"login": "CY1001", "password": PASSWORD})
    assert client.get_cookie("lianbing").value != before
    with client.session_transaction() as cookie:
        assert cookie["sid"] != "planted"
        assert cookie.get("csrf_token") != "planted"
        assert "extra" not in cookie
    assert is_in(page, "victim")


def test_a_forged_or_altered_cookie_opens_nothing(scene, page, door):
    door("小王", "CY1001")
    client = page.clients["小王"]
    good = client.get_cookie("lianbing").value
    for bad in (good[:-2] + "xx", good[5:], "eyJzaWQiOiJ4In0.x.x", "", "x" * 3000):
        client.set_cookie("lianbing", bad)
        assert not is_in(page, "小王")


def test_a_session_ends_by_itself(scene, page, door, clock):
    door("小王", "CY1001")
    clock.advance(days=15)
    page.since["小王"] = clock.now
    assert not is_in(page, "小王")


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "https://train.example.com"])
def test_the_flags_of_the_cookie(settings, base):
    import dataclasses

    app = create_app(dataclasses.replace(settings, base_url=base))
    answer = app.test_client().get("/sign-in", base_url=base)
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    is_https = base.startswith("https")
    assert ("Secure" in cookie) is is_https
    assert cookie.startswith("__Host-") is is_https


OUTSIDE = (
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example",
    "\\\\evil.example", "/\t/evil.example", "/\n/evil.example", "http:evil.example",
    "javascript:alert(1)", "evil.example", " //evil.example", "/%0d%0aSet-Cookie:x=1",
    "https:/evil.example", "@evil.example", "/\x00/evil.example", "data:text/html,x",
)  # fmt: skip


@pytest.mark.parametrize("target", OUTSIDE)
def test_next_never_leads_outside(scene, page, door, person, db_session, target):
    person("小王").password_hash = passwords.hash_password(PASSWORD)
    db_session.commit()
    client = page.app.test_client()
    page.clients["x"], page.since["x"] = client, page.clock.now
    data = {"login": "CY1001", "password": PASSWORD}
    answer = page.raw("/sign-in", as_="x", data=data, query_string={"next": target})
    assert answer.status_code == 302
    to = answer.headers["Location"]
    assert to.startswith("/"), to
    assert not to.startswith(("//", "/\\", "/\t", "/\n")), to
    assert "x=1" not in answer.headers.get("Set-Cookie", "")
    again = page.raw("/language", data={"locale": "en"}, query_string={"next": target})
    assert again.headers["Location"].startswith("/sign-in")


def test_a_notice_never_leads_outside(scene, page, db_session):
    from app.accounts.models import Notice

    for url in ("//evil.example", "https://evil.example", "javascript:x", "/\\evil.example"):
        db_session.get(Notice, scene.notices["小王"]).url = url
        answer = page(f"/notices/{scene.notices['小王']}/open", as_="小王", data={})
        to = answer.headers["Location"]
        assert to.startswith("/"), to
        assert not to.startswith(("//", "/\\")), to


def test_every_response_carries_the_headers(app, scene, page):
    """Pages, files, JSON, redirects, refusals: nothing goes out without the policy."""
    asked = [
        (path, who) for who in (None, "小王", "李经理") for path in ("/", "/no-such", "/jobs/9")
    ]
    for role in ("trainer", "hr", "admin"):
        asked += [
            (path, ACTORS[role])
            for _line, label, path in pages(app, scene, ACTORS[role])
            if label in {"-", "own", "missing"}
        ]
    for path in ("/healthz", "/sign-in", "/static/css/components.css"):
        asked.append((path, None))
    for path, who in asked:
        headers = page.raw(path, as_=who).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
        if not path.startswith("/static"):
            assert "public" not in headers["Cache-Control"], path
        assert "Access-Control-Allow-Origin" not in headers, path
        assert "Werkzeug" not in headers.get("Server", ""), path


def test_a_nonce_is_used_once(app):
    """Pages with an inline part get one for each response, and it is hard to guess."""
    from app.kernel.web import csp_nonce

    def one():
        with app.test_request_context("/"):
            nonce = csp_nonce()
            answer = app.process_response(app.make_response(""))
            assert f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
            return nonce

    seen = {contextvars.Context().run(one) for _ in range(3)}
    assert len(seen) == 3
    assert min(map(len, seen)) >= 20


def test_failures_slow_down_every_way_to_try_a_password(scene, page, door, clock):
    """The door, the password page and signing in again count together, per account."""
    door("小王", "CY1001", "desk")
    wrong = {"current": "no", "new": "a very long new one", "again": "a very long new one"}
    for _ in range(5):
        page("/account/password", as_="desk", data=wrong, status=422)
        page("/sign-in/again", as_="desk", json={"password": "no"}, status=401)
    page("/sign-in/again", as_="desk", json={"password": PASSWORD}, status=429)
    page("/sign-in", data={"login": "cy1001", "password": PASSWORD}, status=429)
    clock.advance(minutes=16)
    page("/sign-in/again", as_="desk", json={"password": PASSWORD}, status=200)


def test_a_sign_in_says_the_same_for_unknown_disabled_and_wrong(scene, page, person, db_session):
    person("小陈").password_hash = passwords.hash_password(PASSWORD)
    person("小陈").disabled_at = page.clock.now - timedelta(days=1)
    db_session.commit()
    said = set()
    for login, password in (("CY1002", PASSWORD), ("nobody", PASSWORD), ("CY1001", "wrong one")):
        answer = page("/sign-in", data={"login": login, "password": password}, status=422)
        said.add(answer.text.count("邮箱、工号或密码不对"))
        assert login in answer.text
    assert said == {1}
    open_ = select(func.count()).where(UserSession.user_id == person("小陈").id)
    assert db_session.scalar(open_.where(UserSession.browser.not_like("Browser%"))) == 0
