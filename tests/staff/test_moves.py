"""Made, then taken back: the same; made twice: nothing; leave, CLI, mail."""

import random
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.accounts import queries as people
from app.accounts.models import Membership, User
from app.admin import absences
from app.domain.staff import StaffRow, StaffTable
from app.domain.staffplan import Wishes
from app.kernel.db import db
from app.staff import queries as staff_queries
from app.staff import services
from app.staff.models import Absence, Invitation
from app.tracks.models import Enrolment, Leave, TrackVersion
from tests.builders import START
from tests.staff import files
from tests.staff.test_story import bring, dump, make, paste

TODAY = START.date()
NUMBERS = ["CY1001", "CY1002", "CY1003", "CY0101", "CY0102", "CY0103", "CY0001", "N1", "N2", "N3"]
TEAMS = [(), ("华东一组",), ("华南一组",), ("西部", "西一组"), ("西部",), ("北部",)]
LISTS = 40


def drawn(chance: random.Random) -> tuple[StaffTable, bool]:
    """A list of some people: known and new, with superiors, moves and last days at random."""

    def day() -> date | None:
        return chance.choice([None, TODAY + timedelta(days=chance.randint(-60, 60))])

    rows = []
    numbers = chance.sample(NUMBERS, chance.randint(1, 8))
    for line, number in enumerate(numbers, start=2):
        leave_on = day() if chance.random() < 0.2 else None
        rows.append(
            StaffRow(
                line,
                "",
                number,
                chance.choice(["小王", "小陈", "甲", "乙"]),
                team=chance.choice(TEAMS),
                manager=chance.choice(["", "", *NUMBERS]),
                hire_on=day(),
                leave_on=leave_on,
                move_on=day(),
                has_left=leave_on is not None,
                job=chance.choice(["", "销售", "经理", "园丁"]),
                roles=chance.choice(["", "师傅", "HR"]),
            )
        )
    return StaffTable(tuple(rows), {"staff_no": "工号"}), chance.random() < 0.3


@pytest.mark.parametrize("seed", range(LISTS))
def test_made_then_taken_back_is_the_same_and_made_twice_is_nothing(app, db_session, person, seed):
    table, is_complete = drawn(random.Random(seed))
    who = {"today": TODAY, "actor_id": person("admin").id}
    before = dump(db_session)
    number, _again = services.begin(person_id=None, name="x", data=b"x", table=table, now=START)
    ticked = frozenset(f"{row.key}#mentor" for row in table.rows)
    wishes = Wishes(TODAY, is_complete, ticked=ticked)
    services.choose(import_id=number, wishes=wishes)
    plan = services.planned(staff_queries.open_import(number, today=TODAY), **who)
    if plan.is_empty:
        assert dump(db_session) == before
        return
    services.apply(import_id=number, seen=plan.digest, password_hash="!", now=START, **who)
    again, _there = services.begin(person_id=None, name="x", data=b"y", table=table, now=START)
    services.choose(import_id=again, wishes=wishes)
    second = services.planned(staff_queries.open_import(again, today=TODAY), **who)
    assert second.is_empty, (second.chosen, second.appointed)
    services.discard(import_id=again)
    services.undo(import_id=number, now=START, **who)
    assert dump(db_session) == before


def test_a_move_keeps_the_days_before(page, db_session, person):
    make(page, paste(page, "工号,姓名,团队,调动日期\nCY1001,小王,华南一组,2026-03-10\n"))
    user = person("小王").id
    assert people.unit_of(user, date(2026, 3, 9)).name == "华东一组"
    assert people.unit_of(user, date(2026, 3, 10)).name == "华南一组"
    rows = db_session.scalars(select(Membership).where(Membership.user_id == user)).all()
    assert len(rows) == 2


@pytest.fixture
def enrolled(db_session, person):
    version = TrackVersion(
        slug="t", number=1, sha256="x", title={"zh-CN": "T"}, source="", loaded_at=START
    )
    db_session.add(version)
    db_session.flush()
    row = Enrolment(
        person_id=person("小王").id,
        track_slug="t",
        track_version_id=version.id,
        anchor_on=TODAY,
        state="active",
        state_since=START,
        advanced_at=START,
        created_at=START,
    )
    db_session.add(row)
    db_session.commit()
    return row


def test_a_leave_entered_once_pauses_the_tracks(page, db_session, person, enrolled):
    user = person("小王").id
    url = f"/admin/people/{user}/leave"
    page(url, as_="admin", data={"from_on": str(TODAY), "reason": ""}, status=422)
    page(
        url,
        as_="admin",
        data={"from_on": str(TODAY), "back_on": "2026-02-01", "reason": "x"},
        status=422,
    )
    page(url, as_="admin", data={"from_on": str(TODAY), "reason": "产假"})
    db_session.expire_all()
    assert db_session.get(Enrolment, enrolled.id).state == "paused"
    assert "产假" in page(f"/admin/people/{user}", as_="admin").text
    page(url, as_="小王", data={"from_on": str(TODAY), "reason": "x"}, status=403)


def test_a_leave_to_come_waits_for_its_day(page, db_session, person, enrolled, clock):
    user = person("小王").id
    data = {
        "from_on": str(TODAY + timedelta(days=2)),
        "back_on": str(TODAY + timedelta(days=9)),
        "reason": "x",
    }
    page(f"/admin/people/{user}/leave", as_="admin", data=data)
    assert db_session.get(Enrolment, enrolled.id).state == "active"
    clock.advance(days=2)
    assert absences.follow(now=clock.now) == 1
    assert db_session.get(Enrolment, enrolled.id).state == "paused"
    assert absences.follow(now=clock.now) == 0
    assert db_session.scalars(select(Leave)).one().back_on is None


def test_a_leave_that_never_began_can_be_dropped(page, db_session, person):
    user = person("小王").id
    data = {"from_on": str(TODAY + timedelta(days=5)), "reason": "x"}
    page(f"/admin/people/{user}/leave", as_="admin", data=data)
    row = db_session.scalars(select(Absence)).one()
    page(f"/admin/people/{user}/leave/{row.id}/back", as_="admin", data={"on": str(TODAY)})
    assert db_session.scalars(select(Absence)).all() == []


def test_ticks_changed_since_the_preview_are_shown_before_anything_is_made(page, db_session):
    number = bring(page, files.HR_CSV.encode())
    text = page(f"/admin/staff/{number}", as_="admin").text
    seen = re.search(r'name="seen" value="(\w+)"', text)[1]
    shown = re.findall(r'name="shown" value="([^"]+)"', text)
    data = {"seen": seen, "on": str(TODAY), "shown": shown, "chosen": ["4"]}
    answer = page(f"/admin/staff/{number}/apply", as_="admin", data=data, status=303)
    assert answer.headers["Location"].endswith(f"/admin/staff/{number}")
    assert not db_session.scalars(select(User).where(User.staff_no == "CY2009")).all()


def test_the_command_line_shows_the_same_and_makes_it(app, tmp_path, db_session):
    def run(*words):
        db.session.commit()
        done = app.test_cli_runner().invoke(args=["staff", *words])
        assert done.exit_code == 0, done.output
        return done.output

    file = tmp_path / "people.csv"
    file.write_bytes(files.HR_CSV.encode("gbk"))
    said = run("import", str(file))
    assert "周明" in said
    assert "华北一组，在 澄屿软件 下" in said
    assert not db_session.scalars(select(User).where(User.staff_no == "CY2001")).all()
    number = re.search(r"#(\d+): done", run("import", str(file), "--apply"))[1]
    assert db_session.scalars(select(User).where(User.staff_no == "CY2001")).one()
    assert "taken back" in run("undo", number)
    assert not db_session.scalars(select(User).where(User.staff_no == "CY2001")).all()


def test_an_invitation_is_claimed_for_the_mail_once(page, db_session):
    number = bring(page, files.HR_CSV.encode())
    make(page, number)
    made = services.made_people(number)
    services.invite(user_ids=made, secret="s", by_mail=True, actor_id=None, now=START)
    waiting = staff_queries.mails_waiting()
    assert len(waiting) == 2
    assert services.claim_mail(waiting[0], now=START) is not None
    assert services.claim_mail(waiting[0], now=START) is None
    services.settle_mail(waiting[0], words="busy", is_sent=False, again=True, now=START)
    assert waiting[0] in staff_queries.mails_waiting()
    row = db_session.scalars(select(Invitation).where(Invitation.id == waiting[0])).one()
    assert "s" not in (row.nonce, row.token_hash)
