"""The web edge: policy, tokens, transactions, headers, refusals."""

import re

import pytest
from sqlalchemy import text

from app import create_app
from app.kernel import auth, policy
from app.kernel.errors import NotFoundError
from app.kernel.pdf import PdfError

pytestmark = pytest.mark.timeout(240)  # every route, several times


def rules(app, methods):
    return [rule for rule in app.url_map.iter_rules() if rule.methods & methods]


def filled(rule):
    """An address of a rule with something in every hole."""
    url = re.sub(r"<int:[^>]+>", "1", rule.rule)
    return re.sub(r"<(path:)?[^>]+>", "x", url)


def test_every_route_has_a_line_in_the_policy_table(app):
    auth.check_routes(app)


def test_a_number_that_no_table_holds_names_nothing(page):
    huge = 10**30
    page(f"/enrolments/{huge}", as_="陈老师", status=404)
    page(f"/enrolments/{huge}/retry", as_="陈老师", data={"activity": "x"}, status=404)
    page(f"/path?month={huge}", as_="小王")
    assert page.raw(f"/notices?before={huge}", as_="小王").status_code in {200, 404}


def test_a_route_without_a_line_stops_the_start(settings):
    fresh = create_app(settings)
    fresh.add_url_rule("/hole", "hole", lambda: "open")
    with pytest.raises(RuntimeError, match="hole"):
        auth.check_routes(fresh)


def test_a_route_with_an_unknown_action_stops_the_start(settings):
    fresh = create_app(settings)
    fresh.add_url_rule("/hole", "hole", auth.requires("no.such")(lambda: "open"))
    with pytest.raises(RuntimeError, match=r"no\.such"):
        auth.check_routes(fresh)


def test_the_table_names_known_roles_and_words_only():
    words = {word for line in policy.policies().values() for w in line.roles.values() for word in w}
    assert words <= {
        "own", "self", "team", "tracks", "shared", "subtree", "mentees", "all", "assigned",
        "preview", "own_assessment", "enrolled",
    }  # fmt: skip


def test_only_what_must_be_is_open_to_everybody(app):
    open_ = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if app.view_functions[rule.endpoint].policy == auth.PUBLIC
    }
    assert open_ == {
        "static", "bootstrap.static", "accounts.sign_in", "accounts.sign_in_again",
        "accounts.language", "kernel.alive", "kernel.ready",
        "tracks.calendar_feed", "staff.welcome",
    }  # fmt: skip


def test_a_visitor_reaches_nothing_behind_the_door(app, page):
    for rule in app.url_map.iter_rules():
        if app.view_functions[rule.endpoint].policy == auth.PUBLIC:
            continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = page(filled(rule), method=method, status=302)
            assert answer.location.startswith("/sign-in"), rule
            page(filled(rule), method=method, status=401, headers={"Accept": "application/json"})


def test_every_unsafe_route_refuses_without_a_token(app, page, person):
    wanted = {"POST", "PUT", "PATCH", "DELETE"}
    for rule in rules(app, wanted):
        for method in rule.methods & wanted:
            for who in (None, "admin", "陈老师", "李经理", "HR"):
                public = app.view_functions[rule.endpoint].policy == auth.PUBLIC
                answer = page.raw(filled(rule), as_=who, method=method, token=False)
                if who is None and not public:
                    assert answer.status_code == 302
                else:
                    assert answer.status_code in {400, 403}, (rule, who)


def test_the_pages_carry_the_strict_policy(page):
    answer = page("/sign-in")
    csp = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in csp
    assert "unsafe" not in csp
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_refusal_is_a_page_or_json_by_what_was_asked(page):
    page("/no/such/page", as_="小王", status=404)
    answer = page("/no/such", as_="小王", status=404, headers={"Accept": "application/json"})
    assert set(answer.json) == {"code", "message"}


def test_a_foreign_host_is_refused(page):
    answer = page.raw("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(page):
    cookie = page("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_it_says_that_it_lives_and_that_it_is_ready(page, queries):
    page("/healthz")
    assert page.raw("/readyz").status_code in {200, 503}


def test_what_a_refused_request_wrote_is_undone(app, page, person, db_session):
    wang = person("小王")
    data = {"unit": "99999", "on": "2026-03-02"}
    page(f"/admin/people/{wang.id}/move", as_="admin", data=data, status=302)
    assert db_session.scalar(text("SELECT count(*) FROM audit_event")) == 0


def test_what_we_could_not_make_is_in_the_log_and_a_refusal_is_not(app, caplog):
    """A PDF without its font is told to the user in one line, with its cause to who runs it."""
    with app.test_request_context("/credentials/1/certificate.pdf"):
        app.handle_user_exception(PdfError())
        app.handle_user_exception(NotFoundError())
    [line] = [one for one in caplog.records if one.levelname == "ERROR"]
    assert line.getMessage() == "/credentials/1/certificate.pdf: pdf"
    assert line.exc_info[0] is PdfError
