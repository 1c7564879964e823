"""The door: who gets in, how, and how often one may try."""

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.accounts import passwords, services, throttle
from app.accounts.models import AccessLog, Throttle, User, UserSession
from app.accounts.sessions import device
from app.accounts.throttle import ADDRESS_LIMIT, Failures, wait
from tests.builders import START

PASSWORD = "eine lange Losung 7"


@pytest.fixture
def wang(person, db_session):
    found = person("小王")
    found.password_hash = passwords.hash_password(PASSWORD)
    db_session.commit()
    return found


def sign_in(page, login, password=PASSWORD, status=302, **more):
    return page("/sign-in", data={"login": login, "password": password}, status=status, **more)


@pytest.mark.parametrize(
    "login", ["xiaowang@chengyu.example", "XiaoWang@Chengyu.Example ", "cy1001", "CY1001"]
)
def test_a_rep_signs_in_by_email_or_staff_number_in_any_case(page, wang, login):
    assert sign_in(page, login).location == "/"
    assert "小王" in page("/account").text


def test_after_sign_in_she_lands_where_she_wanted_to_go(page, wang):
    answer = page(
        "/sign-in?next=/account?x=1", data={"login": "cy1001", "password": PASSWORD}, status=302
    )
    assert answer.location == "/account?x=1"


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil"],
)
def test_the_door_never_sends_anybody_outside(page, wang, target):
    data = {"login": "cy1001", "password": PASSWORD}
    assert page("/sign-in", query_string={"next": target}, data=data, status=302).location == "/"


def test_wrong_password_and_unknown_person_read_the_same(page, wang):
    wrong = sign_in(page, "cy1001", "nope nope", status=422).text
    unknown = sign_in(page, "nobody", "nope nope", status=422).text
    said = "邮箱、工号或密码不对"
    assert said in wrong
    assert said in unknown


def test_an_unknown_person_costs_the_same_work_as_a_known_one(page, wang):
    passwords.verify(None, "warm up")

    def cost(stored):
        start = time.process_time()
        for _ in range(3):
            passwords.verify(stored, "nope nope")
        return time.process_time() - start

    assert cost(None) > cost(wang.password_hash) / 3


def test_hashes_are_argon2id_with_19_mib_two_passes_one_lane():
    assert passwords.hash_password("x" * 10).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_disabled_person_stays_outside(page, wang, db_session):
    wang.disabled_at = START
    sign_in(page, "cy1001", status=422)


def test_the_cookie_token_is_not_what_the_database_holds(page, wang, db_session):
    sign_in(page, "cy1001")
    stored = db_session.scalars(select(UserSession.token_hash)).all()
    with page.client(None).session_transaction() as cookie:
        assert cookie["sid"] not in stored


def test_a_failed_sign_in_is_logged_and_counted_though_the_request_rolls_back(
    page, wang, db_session
):
    sign_in(page, "cy1001", "nope nope", status=422)
    assert db_session.scalar(select(func.count()).select_from(AccessLog)) == 1
    keys = set(db_session.scalars(select(Throttle.key)))
    assert keys == {f"user:{wang.id}", "address:127.0.0.1"}


def test_ten_failures_slow_the_account_down_but_never_lock_it(page, wang, clock):
    for _ in range(10):
        sign_in(page, "cy1001", "nope nope", status=422)
    assert "秒后再试" in sign_in(page, "xiaowang@chengyu.example", status=429).text
    clock.advance(seconds=61)
    sign_in(page, "cy1001")


def test_a_success_forgets_the_accounts_failures(page, wang, clock, db_session):
    for _ in range(9):
        sign_in(page, "cy1001", "nope nope", status=422)
    sign_in(page, "cy1001")
    assert f"user:{wang.id}" not in set(db_session.scalars(select(Throttle.key)))


def test_one_address_gets_three_hundred_failures(page, wang, db_session):
    full = Throttle(
        key="address:127.0.0.1", failures=ADDRESS_LIMIT, window_started_at=START, last_at=START
    )
    db_session.add(full)
    db_session.commit()
    sign_in(page, "cy1001", status=429)
    full.failures = ADDRESS_LIMIT - 1
    db_session.commit()
    sign_in(page, "cy1001")


@given(
    count=st.integers(0, 10_000),
    limit=st.sampled_from([throttle.ACCOUNT_LIMIT, throttle.ADDRESS_LIMIT]),
    age=st.integers(0, 2000),
    since=st.integers(0, 2000),
)
def test_the_wait_grows_up_to_a_minute_and_ends_with_the_window(count, limit, age, since):
    failures = Failures(
        count, START - timedelta(seconds=max(age, since)), START - timedelta(seconds=since)
    )
    pause = wait(failures, limit=limit, now=START)
    assert timedelta(0) <= pause <= timedelta(seconds=60)
    more = wait(
        Failures(count + 1, failures.window_started_at, failures.last_at), limit=limit, now=START
    )
    assert more >= pause
    if count < limit or max(age, since) > 900:
        assert pause == timedelta(0)


def test_a_first_password_must_be_changed_before_anything_else(page, wang, db_session):
    wang.must_change_password = True
    db_session.commit()
    sign_in(page, "cy1001")
    assert page("/account", status=302).location == "/account/password"
    assert page("/account", json={}, status=403).json["code"] == "password_change"
    new = {"current": PASSWORD, "new": "viel besser 88", "again": "viel besser 88"}
    assert page("/account/password", data=new, status=302).location == "/"
    page("/account")


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("kurz", "kurz", "至少 8 个字符"),
        ("viel besser 88", "viel besser 89", "不一样"),
        (PASSWORD, PASSWORD, "和现在的一样"),
    ],
)
def test_a_bad_new_password_is_explained(page, wang, new, again, said):
    data = {"current": PASSWORD, "new": new, "again": again}
    assert said in page("/account/password", as_="小王", data=data, status=422).text


def test_changing_the_password_needs_the_old_one_and_ends_other_sessions(page, wang):
    sign_in(page, "cy1001")
    data = {"current": "falsch falsch", "new": "viel besser 88", "again": "viel besser 88"}
    assert "现在的密码不对" in page("/account/password", as_="小王", data=data, status=422).text
    page("/account/password", as_="小王", data=data | {"current": PASSWORD}, status=302)
    page("/account", as_="小王")
    page("/account", status=302)


def test_signing_out_ends_the_session_at_once(page, wang, db_session):
    sign_in(page, "cy1001")
    with page.client(None).session_transaction() as cookie:
        token = cookie["sid"]
    page("/sign-out", data={}, status=302)
    page._put(page.client(None), {"sid": token})
    page("/account", status=302)


def test_a_session_ends_after_fourteen_days(page, wang, clock):
    sign_in(page, "cy1001")
    clock.advance(days=13, hours=23)
    page("/account")
    clock.advance(hours=2)
    page("/account", status=302)


def test_whose_session_ended_signs_in_again_without_leaving_the_page(page, wang, db_session):
    page("/account", as_="小王")
    for row in db_session.scalars(select(UserSession)):
        row.ended_at = START
    db_session.commit()
    assert page("/account", as_="小王", json={}, status=401).json["code"] == "signed_out"
    wrong = page("/sign-in/again", as_="小王", json={"password": "nope nope"}, status=401)
    assert wrong.json["code"] == "wrong_password"
    again = page("/sign-in/again", as_="小王", json={"password": PASSWORD}, status=200)
    assert again.json["csrf_token"]
    page("/account", as_="小王")


def test_signing_in_again_needs_a_cookie_that_names_somebody(page, wang):
    assert page("/sign-in/again", json={"password": PASSWORD}, status=401).json["code"] == (
        "signed_out"
    )


def test_the_language_can_be_chosen_at_the_door(page):
    assert '<html lang="zh-CN"' in page("/sign-in").text
    page("/language", data={"locale": "en"}, status=302)
    assert '<html lang="en"' in page("/sign-in").text


def test_loading_the_session_costs_one_statement(page, queries, person, db_session):
    page("/account/password", as_="小王")
    assert len(queries) == 1


def test_a_session_is_seen_only_when_something_is_done(page, wang, clock, db_session):
    page("/account", as_="小王")
    clock.advance(hours=1)
    page("/account", as_="小王")
    last = select(func.max(UserSession.seen_at)).where(UserSession.user_id == wang.id)
    assert db_session.scalar(last) == START
    page("/notices/read", as_="小王", data={}, status=302)
    assert db_session.scalar(last) == clock.now


def test_an_address_of_another_persons_session_cannot_be_ended(page, wang, db_session, person):
    page("/account", as_="小王")
    page("/account", as_="赵经理")
    other = db_session.scalar(select(UserSession.id).join(User).where(User.name == "赵经理"))
    page(f"/account/sessions/{other}/end", as_="小王", data={}, status=404)
    own = db_session.scalar(select(UserSession.id).where(UserSession.user_id == wang.id))
    page(f"/account/sessions/{own}/end", as_="小王", data={}, status=302)
    page("/account", as_="小王", status=302)


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126 Mobile Safari/537", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) MicroMessenger/8.0", "微信, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537 Edg/126", "Edge, Windows"),
        ("curl/8", "curl/8"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_device_is_named_as_its_owner_would(agent, said):
    assert device(agent) == said


def test_sign_in_records_go_after_180_days_and_looks_at_people_stay(app, wang, db_session, clock):
    for kind in ("sign_in", "sign_in_failed", "profile"):
        services.log_access(kind=kind, now=START, subject_id=wang.id)
    services.record_failure(keys=["user:1"], now=START)
    services.open_session(user_id=wang.id, token_hash="x", address="", browser="", now=START)
    services.forget_old_records(now=START + timedelta(days=2))
    assert db_session.scalar(select(func.count()).select_from(AccessLog)) == 3
    assert db_session.scalar(select(func.count()).select_from(Throttle)) == 0
    services.forget_old_records(now=START + timedelta(days=181))
    assert db_session.scalars(select(AccessLog.kind)).all() == ["profile"]
    assert db_session.scalar(select(func.count()).select_from(UserSession)) == 0
