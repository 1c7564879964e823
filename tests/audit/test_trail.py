"""The trail is a chain: whoever rewrites a row is found out."""

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.audit.services import check_chain, record
from tests.builders import START


def write(count):
    for number in range(count):
        record(
            action="user.edit",
            object_type="user",
            object_id=number,
            actor_id=None,
            now=START,
            detail={"fields": ["name"], "中文": number},
            reason="更正",
        )


def test_an_untouched_trail_is_whole(db_session):
    write(5)
    check = check_chain()
    assert (check.events, check.broken_at) == (5, None)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_event SET detail = '{}' WHERE id = 3",
        "UPDATE audit_event SET actor_id = 7 WHERE id = 3",
        "UPDATE audit_event SET reason = '' WHERE id = 3",
        "UPDATE audit_event SET action = 'user.create' WHERE id = 3",
        "UPDATE audit_event SET at = '2020-01-01 00:00:00' WHERE id = 3",
        "DELETE FROM audit_event WHERE id = 3",
    ],
)
def test_a_rewritten_row_is_found(db_session, change):
    write(5)
    db_session.execute(text(change))
    db_session.expire_all()
    assert check_chain().broken_at in {3, 4}


def test_the_page_says_whether_the_chain_holds(page, db_session):
    write(3)
    assert "链条完整，共 3 行" in page("/admin/audit?check=1", as_="admin").text
    db_session.execute(text("UPDATE audit_event SET reason = 'x' WHERE id = 2"))
    assert "第 2 行对不上" in page("/admin/audit?check=1", as_="admin").text


def test_the_trail_is_narrowed_by_action_object_person_and_day(page, db_session, person):
    write(3)
    record(
        action="role.grant",
        object_type="user",
        object_id=77,
        actor_id=person("admin").id,
        now=START,
    )
    for query, rows in {
        "action=role.grant": 1,
        "object_type=user&object_id=77": 1,
        "who=cy0001": 1,
        "who=nobody": 0,
        "since=2026-03-02&until=2026-03-02": 4,
        "since=2026-03-03": 0,
        "since=nonsense": 4,
    }.items():
        text_ = page(f"/admin/audit?{query}", as_="admin").text
        assert text_.split("<tbody>")[-1].count("<tr>") == rows if rows else "<tbody>" not in text_


@hypothesis_settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(reason=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=50))
def test_any_text_survives_the_chain(db_session, reason):
    record(
        action="user.edit",
        object_type="user",
        object_id=1,
        actor_id=None,
        now=START,
        reason=reason,
        detail={"text": reason},
    )
    db_session.expire_all()
    assert check_chain().broken_at is None
