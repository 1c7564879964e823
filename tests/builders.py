"""Build what a test needs, with everything it does not care about filled in.

Each builder flushes and returns the row; `page()` and `run_cli()` commit (a savepoint in tests)
before they act. Rooms add their own builders in `tests/<room>/builders.py`.
"""

import itertools
from datetime import UTC, date, datetime
from pathlib import Path

from app.accounts.models import Leadership, Membership, RoleGrant, Unit, UnitEdge, User
from app.accounts.queries import fold
from app.banks.services import load_paths
from app.competency import services as competency
from app.kernel.db import session
from app.tracks.services import load_folder

# A Monday morning in Shanghai (09:00); `clock` starts here in every test.
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LONG_AGO = date(2025, 1, 1)
SHIPPED = Path(__file__).parents[1] / "question_banks"
_numbers = itertools.count(1)


def user(name: str = "", *roles: str, unit: Unit | None = None, leads: Unit | None = None, **more):
    """A person; `roles` beside learner; a member of `unit`, leader of `leads`, since long ago."""
    n = next(_numbers)
    staff_no = more.pop("staff_no", f"T{n:05d}")
    email = more.pop("email", f"person{n}@chengyu.example")
    row = User(
        name=name or f"学员{n}",
        email=email,
        email_key=fold(email) if email else None,
        staff_no=staff_no,
        staff_no_key=fold(staff_no) if staff_no else None,
        password_hash=more.pop("password_hash", "!"),
        must_change_password=more.pop("must_change_password", False),
        created_at=more.pop("created_at", START),
        hire_on=more.pop("hire_on", date(2026, 2, 23)),
        **more,
    )
    session().add(row)
    session().flush()
    for role in roles:
        session().add(RoleGrant(user_id=row.id, role=role, granted_at=START))
    if unit is not None:
        session().add(Membership(user_id=row.id, unit_id=unit.id, valid_from=LONG_AGO))
    if leads is not None:
        session().add(Leadership(user_id=row.id, unit_id=leads.id, valid_from=LONG_AGO))
    session().flush()
    return row


def unit(name: str, *, parent: Unit | None = None, since: date = LONG_AGO) -> Unit:
    """A team, below `parent`."""
    row = Unit(name=name)
    session().add(row)
    session().flush()
    if parent is not None:
        session().add(UnitEdge(unit_id=row.id, parent_id=parent.id, valid_from=since))
        session().flush()
    return row


def cast() -> None:
    """The named cast: two teams below one company."""
    company = unit("澄屿软件")
    east = unit("华东一组", parent=company)
    south = unit("华南一组", parent=company)
    user("小王", unit=east, email="xiaowang@chengyu.example", staff_no="CY1001")
    user("小陈", unit=east, staff_no="CY1002")
    user("小赵", unit=south, staff_no="CY1003")
    user("李经理", "manager", unit=east, leads=east, staff_no="CY0101", job_role="manager")
    user("赵经理", "manager", unit=south, leads=south, staff_no="CY0102", job_role="manager")
    user("总监", "manager", unit=company, leads=company, staff_no="CY0103", job_role="manager")
    user("陈老师", "trainer", unit=company, staff_no="CY0201", job_role="staff")
    user("周老师", "trainer", unit=company, staff_no="CY0202", job_role="staff")
    user("阅卷人", "marker", unit=company, staff_no="CY0203", job_role="staff")
    user("带教人", "mentor", unit=east, staff_no="CY0204")
    user("HR", "hr", unit=company, staff_no="CY0301", job_role="staff")
    user("admin", "admin", unit=company, staff_no="CY0001", job_role="staff")


def shipped(now: datetime = START) -> None:
    """The framework, banks and tracks that the product brings along."""
    source = (SHIPPED / "framework.yaml").read_bytes()
    competency.load_framework(source, actor_id=None, now=now, today=now.date())
    load_paths([SHIPPED], root=SHIPPED, now=now)
    load_folder(SHIPPED, actor_id=None, now=now)
