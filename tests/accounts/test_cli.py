"""People from the command line."""

import re

import pytest

from app.accounts import queries
from app.kernel.db import db


@pytest.fixture
def run(app):
    def command(*words, fails=False):
        db.session.commit()
        done = app.test_cli_runner().invoke(args=list(words))
        assert (done.exit_code != 0) == fails, done.output
        return done.output

    return command


def test_a_person_is_created_granted_reset_disabled_and_listed(run, page):
    said = run("user", "create", "钱新", "--staff-no", "CY2001", "--role", "trainer")
    password = re.search(r"password: (\S+)", said)[1]
    page("/sign-in", data={"login": "cy2001", "password": password}, status=302)
    page("/account/password")
    run("user", "grant", "cy2001", "marker")
    run("user", "revoke", "cy2001", "trainer")
    assert queries.roles_of(queries.find_id("cy2001")) == {"learner", "marker"}
    assert "one-time password" in run("user", "reset-password", "cy2001")
    page("/account/password", status=302)
    run("user", "disable", "cy2001", "--reason", "left")
    assert "钱新" not in run("user", "list")
    assert "disabled" in run("user", "list", "--all")
    run("user", "enable", "cy2001")
    assert "钱新\tCY2001\t-\tmarker" in run("user", "list")


def test_what_is_wrong_is_said_and_nothing_written(run):
    assert "Nobody signs in as nobody" in run("user", "grant", "nobody", "hr", fails=True)
    assert "login_taken" in run("user", "create", "X", "--staff-no", "cy1001", fails=True)
    assert "no_login" in run("user", "create", "X", fails=True)
    run("user", "grant", "cy1001", "king", fails=True)


def test_the_trail_knows_what_the_command_line_did(run, page):
    run("user", "grant", "cy1001", "hr")
    assert "授予角色" in page("/admin/audit", as_="admin").text.split("<tbody>")[1]
