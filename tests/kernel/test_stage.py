"""The stage itself: signing in as one of the cast, counting statements, undoing everything."""

from sqlalchemy import func, select

from app.accounts.models import User
from tests import builders


def test_a_visitor_is_sent_to_the_door(page):
    assert page("/account", status=302).location.startswith("/sign-in?next=/account")


def test_the_door_is_a_proper_page(page):
    page("/sign-in")


def test_what_a_test_writes_is_gone_1(db_session):
    builders.user("临时工")
    db_session.commit()
    assert db_session.scalar(select(func.count()).where(User.name == "临时工")) == 1


def test_what_a_test_writes_is_gone_2(db_session):
    assert db_session.scalar(select(func.count()).where(User.name == "临时工")) == 0
