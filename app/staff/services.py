"""Lists of people: kept, made, taken back; invitations; leave. Services flush, edges commit."""

import hashlib
import hmac
import json
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import undefer

from app.accounts import services as accounts
from app.accounts.models import Leadership, User
from app.audit.services import record
from app.domain.staff import Finding, StaffTable, to_plain
from app.domain.staffplan import (
    Appointment,
    Change,
    Kind,
    PersonRef,
    Plan,
    UnitRef,
    Wishes,
    make,
)
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.staff import journal, queries
from app.staff.errors import (
    CannotUndoError,
    ChangedMeanwhileError,
    ImportGoneError,
    InvitationGoneError,
    NoInvitationError,
    NothingChosenError,
)
from app.staff.models import Absence, Invitation, StaffImport
from app.staff.queries import OpenImport

LINK_DAYS: Final = 7
KEPT: Final = timedelta(days=30)
_ONE_AT_A_TIME: Final = 7_281_994  # any fixed number: two lists are never made at once


# ---------------------------------------------------------------- lists


def begin(
    *, person_id: int | None, name: str, data: bytes, table: StaffTable, now: datetime
) -> tuple[int, bool]:
    """Keep a list that was read. The same file again goes on where it was (True)."""
    digest = hashlib.sha256(data).hexdigest()
    known = session().scalar(
        select(StaffImport)
        .where(
            StaffImport.sha256 == digest,
            StaffImport.person_id == person_id,
            StaffImport.applied_at.is_(None),
        )
        .order_by(StaffImport.id.desc())
        .limit(1)
    )
    if known is not None:
        return known.id, True
    row = StaffImport(
        person_id=person_id,
        name=name[:200],
        sha256=digest,
        rows=json.dumps(to_plain(table), ensure_ascii=False),
        people=len(table.rows),
        made_at=now,
    )
    session().add(row)
    session().flush()
    return row.id, False


def planned(kept: OpenImport, *, today: date, actor_id: int | None) -> Plan:
    """What the list changes now. A fixed number of statements."""
    company = queries.company(kept.wishes.on)
    return make(kept.table.rows, company, kept.wishes, today=today, actor_id=actor_id)


def choose(*, import_id: int, wishes: Wishes) -> None:
    """Keep the admin's choices. Raises ImportGoneError."""
    _open(import_id).wishes = queries.wishes_json(wishes)
    session().flush()


def discard(*, import_id: int) -> None:
    """Forget a list that is not wanted. Raises ImportGoneError."""
    session().delete(_open(import_id))
    session().flush()


def _open(import_id: int) -> StaffImport:
    row = session().scalar(
        select(StaffImport)
        .where(StaffImport.id == import_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.applied_at is not None:
        raise ImportGoneError
    return row


def _alone() -> None:
    db = session()
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _ONE_AT_A_TIME})


def apply(
    *,
    import_id: int,
    seen: str,
    password_hash: str,
    actor_id: int | None,
    now: datetime,
    today: date,
) -> frozenset[int]:
    """Make what was shown (`seen`: the digest of the plan), all or nothing.

    `password_hash`: of a password nobody knows, for people who have none yet. Returns whom it
    concerns. Raises ImportGoneError, ChangedMeanwhileError, NothingChosenError, and what accounts
    refuses.
    """
    _alone()
    row = _open(import_id)
    kept = queries.open_import(import_id, today=today)
    plan = planned(kept, today=today, actor_id=actor_id)
    if plan.digest != seen:
        raise ChangedMeanwhileError
    if plan.is_empty:
        raise NothingChosenError
    before = journal.snapshot()
    maker = _Maker(plan, kept.wishes, password_hash, actor_id, now, today)
    maker.make()
    changed = journal.differences(before, journal.snapshot())
    row.applied_at, row.applied_by_id = now, actor_id
    row.report = json.dumps(maker.report, ensure_ascii=False)
    row.journal = json.dumps(changed, ensure_ascii=False)
    session().flush()
    _audit("staff.import", import_id, actor_id, now, maker.counts())
    return journal.people_of(changed)


def _audit(
    action: str, import_id: int, actor_id: int | None, now: datetime, detail: Mapping[str, Any]
) -> None:
    record(
        action=action,
        object_type="staff_import",
        object_id=import_id,
        actor_id=actor_id,
        now=now,
        detail=detail,
    )


class _Maker:
    """Makes a plan through the services of accounts, and writes down what was done."""

    def __init__(
        self,
        plan: Plan,
        wishes: Wishes,
        password_hash: str,
        actor_id: int | None,
        now: datetime,
        today: date,
    ) -> None:
        self.plan, self.wishes, self.password_hash = plan, wishes, password_hash
        self.by: dict[str, Any] = {"actor_id": actor_id, "now": now}
        self.today = today
        self.units: dict[UnitRef, int] = {}
        self.people: dict[PersonRef, int] = {}
        self.names = {one.id: one.name for one in queries.company(wishes.on).units}
        self.report: dict[str, list[Any]] = {
            kind.value: [] for kind in Kind if kind is not Kind.SAME
        }
        self.report |= {"units": [], "leads": [], "ended": [], "granted": []}

    def make(self) -> None:
        """Units first, then who joins, moves and changes, then leaders, then leavers."""
        self._units()
        leavers = [one for one in self.plan.chosen if one.kind is Kind.LEAVE]
        for one in self.plan.chosen:
            if one.kind is not Kind.LEAVE:
                self._person(one)
        for appointment in self.plan.appointed:
            self._appoint(appointment)
        for one in leavers:
            self._leave(one)
        self.report["broken"] = [
            [None, one.name or one.row.name, one.row.line, _kept(one.findings), one.row.part]
            for one in self.plan.changes
            if one.kind is Kind.BROKEN
        ]

    def counts(self) -> dict[str, int]:
        """For the trail: figures, no names."""
        return {key: len(found) for key, found in self.report.items() if found}

    def _units(self) -> None:
        since: dict[UnitRef, date] = {}
        for one in self.plan.chosen:
            if isinstance(one.unit, tuple) and one.since is not None:
                since[one.unit] = min(since.get(one.unit, one.since), one.since)
        needed = self.plan.needed_units
        for unit in reversed(needed):
            on = since.setdefault(unit.path, self.wishes.on)
            if isinstance(unit.parent, tuple):
                since[unit.parent] = min(since.get(unit.parent, on), on)
        for unit in needed:
            parent = None if unit.parent is None else self._unit(unit.parent)
            made = accounts.create_unit(
                name=unit.name, parent_id=parent, since=since[unit.path], **self.by
            )
            self.units[unit.path] = made
            self.names[made] = unit.name
            self.report["units"].append([made, unit.name])

    def _unit(self, ref: UnitRef) -> int:
        return ref if isinstance(ref, int) else self.units[ref]

    def _person(self, one: Change) -> None:
        if one.kind is Kind.JOIN:
            user_id = accounts.create_person(
                _fresh(one), password_hash=self.password_hash, **self.by
            )
        else:
            user_id = one.person_id or 0
            self._change(user_id, one)
        self.people[one.key] = self.people[user_id] = user_id
        line: list[Any] = [user_id, one.row.name or one.name, one.row.line]
        if one.unit is not None and one.since is not None:
            unit_id = self._unit(one.unit)
            accounts.move_person(user_id=user_id, unit_id=unit_id, on=one.since, **self.by)
            line += [self.names.get(unit_id, ""), one.since.isoformat()]
        for role in one.granted:
            accounts.grant_role(user_id=user_id, role=role, **self.by)
            self.report["granted"].append([user_id, line[1], role])
        if one.kind is not Kind.SAME:
            self.report[one.kind.value].append(line)

    def _change(self, user_id: int, one: Change) -> None:
        if one.kind is Kind.RETURN:
            accounts.come_back(user_id=user_id, **self.by)
        if one.edits:
            data = _edited(user_id, one)
            accounts.edit_person(user_id, data, **self.by)

    def _appoint(self, one: Appointment) -> None:
        unit_id = self._unit(one.unit)
        leader = one.person if isinstance(one.person, int) else self.people[one.person]
        for row in (
            session()
            .scalars(
                select(Leadership).where(
                    Leadership.unit_id == unit_id,
                    Leadership.user_id.in_(one.replaces),
                    Leadership.user_id != leader,
                    Leadership.valid_to.is_(None),
                )
            )
            .all()
        ):
            on = max(one.since, row.valid_from)
            accounts.end_leadership(unit_id=unit_id, leadership_id=row.id, on=on, **self.by)
            self.report["ended"].append([row.user_id, _name(row.user_id), one.unit_name])
        accounts.appoint_leader(unit_id=unit_id, user_id=leader, on=one.since, **self.by)
        accounts.grant_role(user_id=leader, role="manager", **self.by)
        self.report["leads"].append([leader, one.name, one.unit_name, one.since.isoformat()])

    def _leave(self, one: Change) -> None:
        user_id, on = one.person_id or 0, one.leave_on or self.wishes.on
        accounts.announce_leave(user_id=user_id, on=on, **self.by)
        if on <= self.today:
            accounts.disable_person(user_id=user_id, reason="left", **self.by)
        self.report["leave"].append([user_id, one.name, one.row.line, on.isoformat()])


def _kept(findings: Iterable[Finding]) -> list[Any]:
    """What was wrong, for whoever reads the report later, in her own language."""
    return [[one.key, dict(one.params)] for one in findings if one.is_error]


def _name(user_id: int) -> str:
    return session().scalar(select(User.name).where(User.id == user_id)) or ""


def _fresh(one: Change) -> accounts.PersonData:
    row = one.row
    return accounts.PersonData(
        name=row.name,
        email=row.email or None,
        staff_no=row.staff_no or None,
        job_role=one.job_role,
        set_step=one.step or None,
        hire_on=row.hire_on,
        locale=one.locale,
    )


def _edited(user_id: int, one: Change) -> accounts.PersonData:
    """The person's data with the file's words in it; what the file does not say stays."""
    row = session().get(User, user_id)
    if row is None:
        raise NotFoundError
    fields = accounts.PersonData.__dataclass_fields__
    data = accounts.PersonData(**{field: getattr(row, field) for field in fields})
    values: dict[str, Any] = {edit.field: edit.after for edit in one.edits}
    if "hire_on" in values:
        values["hire_on"] = date.fromisoformat(values["hire_on"])
    return replace(data, **values)


def may_undo(import_id: int) -> tuple[bool, list[str]]:
    """Whether an import can be taken back, and the names of who stands in the way."""
    row = session().get(StaffImport, import_id, options=[undefer(StaffImport.journal)])
    if row is None or row.applied_at is None or row.undone_at is not None:
        return False, []
    stands = journal.blocked(json.loads(row.journal))
    if not stands:
        return True, []
    found = session().execute(select(User.id, User.name).where(User.id.in_(stands)))
    names = {user_id: name for user_id, name in found}  # noqa: C416  rows are no pairs to mypy
    return False, [names.get(one, "—") for one in stands]


def made_people(import_id: int) -> list[int]:
    """The accounts an import made. Raises ImportGoneError."""
    row = session().get(StaffImport, import_id, options=[undefer(StaffImport.journal)])
    if row is None or row.applied_at is None:
        raise ImportGoneError
    return journal.made_ids(json.loads(row.journal), "user")


def drop_invitations(user_ids: Collection[int]) -> None:
    """Before accounts are taken back: nobody can use their links any more."""
    session().execute(delete(Invitation).where(Invitation.user_id.in_(user_ids)))


def undo(*, import_id: int, actor_id: int | None, now: datetime, today: date) -> frozenset[int]:
    """Take an import back: every row as it was. Sessions that ended stay ended.

    Returns whom it concerns and who is still there. Accounts that records of others point at are
    kept, disabled. Raises ImportGoneError, CannotUndoError.
    """
    _alone()
    row = session().scalar(
        select(StaffImport)
        .where(StaffImport.id == import_id)
        .with_for_update()
        .options(undefer(StaffImport.journal), undefer(StaffImport.report))
        .execution_options(populate_existing=True)
    )
    if row is None or row.applied_at is None or row.undone_at is not None:
        raise ImportGoneError
    is_free, names = may_undo(import_id)
    if not is_free:
        raise CannotUndoError(names=", ".join(names[:10]))
    changed = json.loads(row.journal)
    concerned = journal.people_of(changed)
    made = set(journal.made_ids(changed, "user"))
    drop_invitations(made)
    kept = journal.take_back(changed, now=now, day=today)
    row.undone_at, row.undone_by_id = now, actor_id
    row.report = json.dumps(json.loads(row.report) | {"kept": len(kept)}, ensure_ascii=False)
    session().flush()
    _audit("staff.undo", import_id, actor_id, now, {"people": len(concerned), "kept": len(kept)})
    return (concerned - made) | frozenset(kept)


def end_leavers(*, today: date, now: datetime) -> int:
    """Whoever has reached the last day may not sign in any more. Gives their number."""
    ids = (
        session()
        .scalars(select(User.id).where(User.left_on <= today, User.disabled_at.is_(None)))
        .all()
    )
    for user_id in ids:
        accounts.disable_person(user_id=user_id, actor_id=None, reason="left", now=now)
    return len(ids)


def forget_old(*, now: datetime) -> None:
    """Lists that nobody made for 30 days; what was done keeps the report, not the file."""
    session().execute(
        delete(StaffImport).where(
            StaffImport.applied_at.is_(None), StaffImport.made_at < now - KEPT
        )
    )
    session().execute(
        update(StaffImport)
        .where(StaffImport.applied_at < now - KEPT, StaffImport.rows != "{}")
        .values(rows="{}")
    )


# ---------------------------------------------------------------- invitations


def token_of(secret: str, nonce: str) -> str:
    """The link's token, made again from what is stored and the secret of the installation."""
    digest = hmac.new(secret.encode(), f"invitation {nonce}".encode(), hashlib.sha256)
    return f"{nonce}.{digest.hexdigest()[:32]}"


def digest_of(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def invite(
    *,
    user_ids: Collection[int],
    secret: str,
    by_mail: bool,
    actor_id: int | None,
    now: datetime,
) -> dict[int, str]:
    """One new link a person, the one before ends. Returns user -> token, to be shown once.

    Only for who has no password of her own: raises NoInvitationError for anybody else.
    """
    able = (
        session()
        .scalars(
            select(User).where(
                User.id.in_(user_ids), User.must_change_password, User.disabled_at.is_(None)
            )
        )
        .all()
    )
    if len(able) != len(set(user_ids)):
        raise NoInvitationError
    session().execute(
        update(Invitation)
        .where(Invitation.user_id.in_(user_ids), Invitation.ended_at.is_(None))
        .values(ended_at=now)
    )
    tokens: dict[int, str] = {}
    for person in able:
        nonce = secrets.token_urlsafe(12)
        tokens[person.id] = token_of(secret, nonce)
        session().add(
            Invitation(
                user_id=person.id,
                nonce=nonce,
                token_hash=digest_of(tokens[person.id]),
                made_at=now,
                made_by_id=actor_id,
                expires_at=now + timedelta(days=LINK_DAYS),
                mail_wanted_at=now if by_mail and person.email else None,
            )
        )
        record(
            action="user.invite",
            object_type="user",
            object_id=person.id,
            actor_id=actor_id,
            now=now,
            detail={"mail": bool(by_mail and person.email)},
        )
    session().flush()
    return tokens


def accept(*, token_hash: str, password_hash: str, now: datetime) -> int:
    """The invited person's own first password; the link is used up. Returns whose it was.

    Raises InvitationGoneError.
    """
    row = session().scalar(
        select(Invitation)
        .where(Invitation.token_hash == token_hash)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or queries.link(token_hash, now=now) is None:
        raise InvitationGoneError
    row.used_at = now
    accounts.set_first_password(user_id=row.user_id, password_hash=password_hash, now=now)
    return row.user_id


def claim_mail(invitation_id: int, *, now: datetime) -> Invitation | None:
    """Take a mail up, once. None when somebody else has."""
    done = (
        session()
        .execute(
            update(Invitation)
            .where(Invitation.id == invitation_id, Invitation.mail_claimed_at.is_(None))
            .values(mail_claimed_at=now)
            .returning(Invitation.id)
        )
        .scalar()
    )
    return None if done is None else session().get(Invitation, done, populate_existing=True)


def settle_mail(
    invitation_id: int, *, words: str, is_sent: bool, again: bool, now: datetime
) -> None:
    """What became of a mail; `again`: it was surely not taken, another round may try."""
    values: dict[str, Any] = {"mail_words": words[:400]}
    if is_sent:
        values["mail_sent_at"] = now
    if again:
        values["mail_claimed_at"] = None
    session().execute(update(Invitation).where(Invitation.id == invitation_id).values(values))


# ---------------------------------------------------------------- leave


def be_away(
    *,
    user_id: int,
    from_on: date,
    back_on: date | None,
    reason: str,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Enter a leave; the same first day again corrects it. Returns its id."""
    row = session().scalar(
        select(Absence).where(Absence.user_id == user_id, Absence.from_on == from_on)
    )
    if row is None:
        row = Absence(user_id=user_id, from_on=from_on, made_at=now)
        session().add(row)
    row.back_on, row.reason, row.made_by_id = back_on, reason, actor_id
    session().flush()
    record(
        action="user.away",
        object_type="user",
        object_id=user_id,
        actor_id=actor_id,
        now=now,
        detail={"from_on": from_on, "back_on": back_on},
        reason=reason,
    )
    return row.id


def mark_paused(*, absence_id: int, now: datetime) -> None:
    """The tracks stand still from now on."""
    session().execute(update(Absence).where(Absence.id == absence_id).values(paused_at=now))


def come_to_work(
    *, absence_id: int, user_id: int, back_on: date, actor_id: int | None, now: datetime
) -> None:
    """Back on a day; a leave still to come that ends before it began is dropped.

    Raises NotFoundError for another's.
    """
    row = session().get(Absence, absence_id)
    if row is None or row.user_id != user_id:
        raise NotFoundError
    if back_on <= row.from_on and row.paused_at is None:
        session().delete(row)
    else:
        row.back_on = max(back_on, row.from_on)
    session().flush()
    record(
        action="user.back",
        object_type="user",
        object_id=user_id,
        actor_id=actor_id,
        now=now,
        detail={"back_on": back_on},
    )


def mark_resumed(*, absence_id: int, now: datetime) -> None:
    """The tracks go on."""
    session().execute(
        update(Absence)
        .where(Absence.id == absence_id)
        .values(resumed_at=now, paused_at=Absence.paused_at)
    )


def counts_of(plan: Plan) -> Counter[Kind]:
    """Chosen changes by kind."""
    return Counter(one.kind for one in plan.chosen)
