"""What a list of people changes in the company: compared first, shown, then made as shown.

Pure and total: the same rows, company and wishes give the same plan, so that what was shown can be
known again when it is made. A row with an error is never made; a row with a doubt only when chosen.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from app.domain.staff import Finding, StaffRow, job_role_of, locale_of, roles_of, step_of

# A unit of the company by its id, or one that is to be made by its path.
UnitRef = int | tuple[str, ...]
# Somebody of the company by id, or a row of the file by its key.
PersonRef = int | str

# ---------------------------------------------------------------- the company as it is


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody in the company's list, with her latest place (`member_since`: its first day)."""

    id: int
    name: str
    staff_no: str = ""
    email: str = ""
    job_role: str = "seller"
    step: str = ""
    locale: str = "zh-CN"
    hire_on: date | None = None
    left_on: date | None = None
    is_disabled: bool = False
    unit_id: int | None = None
    member_since: date | None = None
    roles: frozenset[str] = frozenset()

    @property
    def is_here(self) -> bool:
        """Neither left nor disabled."""
        return not self.is_disabled and self.left_on is None


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit with who leads it, each with the first day."""

    id: int
    name: str
    parent_id: int | None = None
    leaders: Mapping[int, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody and every open unit."""

    people: tuple[Known, ...] = ()
    units: tuple[KnownUnit, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the admin decided. `left_out`: keys of changes that are not to be made; `ticked`: keys
    of doubtful changes and of roles that are; `is_complete`: who is missing has left."""

    on: date
    is_complete: bool = False
    left_out: frozenset[str] = frozenset()
    ticked: frozenset[str] = frozenset()


# ---------------------------------------------------------------- what will be


class Kind(StrEnum):
    """What a row means for one person."""

    JOIN = "join"
    RETURN = "return"
    MOVE = "move"
    CHANGE = "change"
    LEAVE = "leave"
    SAME = "same"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Edit:
    """A field of a person before and after, as stored."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One person's row. `is_chosen`: it will be made; `is_doubtful`: only when ticked.

    `unit` and `since`: where she belongs from then on, None when that does not change.
    """

    key: str
    row: StaffRow
    kind: Kind
    person_id: int | None = None
    name: str = ""
    edits: tuple[Edit, ...] = ()
    unit: UnitRef | None = None
    since: date | None = None
    from_unit: int | None = None
    leave_on: date | None = None
    job_role: str = "seller"
    step: str = ""
    locale: str = "zh-CN"
    roles: tuple[str, ...] = ()
    granted: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_doubtful: bool = False
    is_chosen: bool = False

    @property
    def has_errors(self) -> bool:
        """It cannot be made."""
        return any(one.is_error for one in self.findings)


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to be made, below `parent` (None: at the top)."""

    path: tuple[str, ...]
    parent: UnitRef | None
    lines: tuple[int, ...]

    @property
    def name(self) -> str:
        """The last of its path."""
        return self.path[-1]


@dataclass(frozen=True, slots=True)
class Appointment:
    """Somebody leads a unit from a day on; `replaces` lead it until then."""

    key: str
    unit: UnitRef
    unit_name: str
    person: PersonRef
    name: str
    since: date
    replaces: tuple[int, ...]
    lines: tuple[int, ...]
    findings: tuple[Finding, ...] = ()
    is_chosen: bool = True

    @property
    def has_errors(self) -> bool:
        """It cannot be made."""
        return any(one.is_error for one in self.findings)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the file changes. `units` are made when a chosen change needs them."""

    changes: tuple[Change, ...]
    units: tuple[NewUnit, ...]
    appointments: tuple[Appointment, ...]

    @property
    def chosen(self) -> tuple[Change, ...]:
        """What will be made."""
        return tuple(one for one in self.changes if one.is_chosen)

    @property
    def appointed(self) -> tuple[Appointment, ...]:
        """The appointments that will be made."""
        return tuple(one for one in self.appointments if one.is_chosen)

    @property
    def needed_units(self) -> tuple[NewUnit, ...]:
        """The units that what will be made needs, parents first."""
        wanted: set[UnitRef | None] = {one.unit for one in self.chosen}
        wanted |= {one.unit for one in self.appointed}
        for unit in reversed(self.units):
            if unit.path in wanted:
                wanted.add(unit.parent)
        return tuple(unit for unit in self.units if unit.path in wanted)

    @property
    def is_empty(self) -> bool:
        """Nothing would change."""
        return not self.chosen and not self.appointed

    @property
    def digest(self) -> str:
        """The same for the same plan: what was shown is what is made."""
        said = repr((self.chosen, self.needed_units, self.appointed))
        return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()

    def count(self, kind: Kind) -> int:
        """How many chosen changes are of this kind."""
        return sum(one.kind is kind for one in self.chosen)


def make(
    rows: Sequence[StaffRow],
    company: Company,
    wishes: Wishes,
    *,
    today: date,
    actor_id: int | None,
) -> Plan:
    """The plan of a file. `actor_id`: who imports; nobody appoints or removes herself."""
    look = _Look(company, wishes, today, actor_id)
    changes = [look.change(row) for row in rows]
    changes = _twice(changes)
    managers = _Managers(look, changes)
    changes = managers.judged()
    if wishes.is_complete:
        changes += look.missing(changes)
    changes = [_choose(one, wishes) for one in changes]
    units = managers.units()
    return Plan(tuple(changes), units, tuple(managers.appointments(changes)))


def _choose(one: Change, wishes: Wishes) -> Change:
    if one.has_errors or one.kind in {Kind.SAME, Kind.BROKEN}:
        kind = Kind.BROKEN if one.has_errors else one.kind
        granted = () if one.has_errors else _granted(one, wishes)
        return replace(one, kind=kind, granted=granted, is_chosen=bool(granted))
    is_chosen = one.key in wishes.ticked if one.is_doubtful else one.key not in wishes.left_out
    return replace(one, is_chosen=is_chosen, granted=_granted(one, wishes) if is_chosen else ())


def _granted(one: Change, wishes: Wishes) -> tuple[str, ...]:
    return tuple(role for role in one.roles if f"{one.key}#{role}" in wishes.ticked)


# ---------------------------------------------------------------- one row


def fold(text: str) -> str:
    """As e-mail addresses and staff numbers are compared."""
    return text.strip().casefold()


class _Look:
    """The company by the ways a file names people and units."""

    def __init__(self, company: Company, wishes: Wishes, today: date, actor_id: int | None) -> None:
        self.wishes, self.today, self.actor_id = wishes, today, actor_id
        self.people = {one.id: one for one in company.people}
        self.by_no = {fold(one.staff_no): one for one in company.people if one.staff_no}
        self.by_email = {fold(one.email): one for one in company.people if one.email}
        self.by_name: dict[str, list[Known]] = defaultdict(list)
        for one in company.people:
            if one.is_here:
                self.by_name[one.name].append(one)
        self.units = {one.id: one for one in company.units}
        self.by_unit_name: dict[str, list[KnownUnit]] = defaultdict(list)
        for unit in company.units:
            self.by_unit_name[unit.name].append(unit)

    def path_of(self, unit_id: int) -> tuple[str, ...]:
        """From the top."""
        names: list[str] = []
        seen: set[int] = set()
        here: int | None = unit_id
        while here is not None and here in self.units and here not in seen:
            seen.add(here)
            names.append(self.units[here].name)
            here = self.units[here].parent_id
        return tuple(reversed(names))

    def root_of(self, unit_id: int) -> int:
        """The unit at the top of the tree of this one."""
        seen = {unit_id}
        here = self.units[unit_id].parent_id
        while here is not None and here in self.units and here not in seen:
            seen.add(here)
            unit_id, here = here, self.units[here].parent_id
        return unit_id

    def top(self) -> int | None:
        """The unit above all others, where there is exactly one."""
        tops = [one.id for one in self.units.values() if one.parent_id not in self.units]
        return tops[0] if len(tops) == 1 else None

    def unit(self, path: tuple[str, ...]) -> tuple[UnitRef | None, Finding | None]:
        """The unit a path means: the one whose own path ends so, or a new one."""
        if not path:
            return None, None
        fits = [
            one
            for one in self.by_unit_name.get(path[-1], ())
            if self.path_of(one.id)[-len(path) :] == path
        ]
        if len(fits) > 1:
            return None, Finding("unit_twice", params={"what": path[-1]})
        return (fits[0].id if fits else path), None

    # ---- a person

    def change(self, row: StaffRow) -> Change:
        """What the row means by itself."""
        known, problems = self._who(row)
        if row.has_left:
            one = self._leaver(row, known)
        else:
            one = self._joiner(row) if known is None else self._stayer(row, known)
        if not problems and not any(found.is_error for found in row.findings):
            return one
        # Whoever mends the row is to hear of everything at once, the rest of the row included.
        more = (found for found in one.findings if found.is_error and found not in row.findings)
        findings = (*row.findings, *problems, *more)
        person_id = known.id if known is not None else None
        return Change(row.key, row, Kind.BROKEN, person_id, row.name, findings=findings)

    def _who(self, row: StaffRow) -> tuple[Known | None, tuple[Finding, ...]]:
        """Whom the row means as far as can be told, and what speaks against it."""
        by_no = self.by_no.get(fold(row.staff_no)) if row.staff_no else None
        by_email = self.by_email.get(fold(row.email)) if row.email else None
        if (
            by_email is not None
            and by_no is not by_email
            and (by_no or (row.staff_no and by_email.staff_no))
        ):
            params = {"email": row.email, "name": by_email.name, "no": by_email.staff_no}
            return by_no, (Finding("email_taken", params=params),)
        known = by_no or by_email
        crossed = self.by_email.get(fold(row.staff_no)) or self.by_no.get(fold(row.email))
        if crossed is not None and crossed is not known:
            return known, (Finding("login_taken", params={"name": crossed.name}),)
        if known is None and row.staff_no and (lost := self._lost_zeros(row)):
            return lost, (Finding("zeros", params={"what": row.staff_no, "meant": lost.staff_no}),)
        return known, ()

    def _lost_zeros(self, row: StaffRow) -> Known | None:
        bare = fold(row.staff_no).lstrip("0")
        return next(
            (
                one
                for one in self.by_name.get(row.name, ())
                if one.staff_no and fold(one.staff_no).lstrip("0") == bare
            ),
            None,
        )

    def _leaver(self, row: StaffRow, known: Known | None) -> Change:
        findings = list(row.findings)
        if known is None:
            findings.append(Finding("leaver_unknown", is_error=False))
            return Change(row.key, row, Kind.SAME, name=row.name, findings=tuple(findings))
        on = row.leave_on or self.wishes.on
        if row.leave_on is None and (known.left_on or known.is_disabled):
            return Change(row.key, row, Kind.SAME, known.id, known.name, findings=tuple(findings))
        if row.leave_on is None:
            findings.append(Finding("leave_no_day", is_error=False, params={"day": on.isoformat()}))
        return self._leaves(row.key, row, known, on, findings)

    def _leaves(
        self, key: str, row: StaffRow, known: Known, on: date, findings: list[Finding]
    ) -> Change:
        hired = row.hire_on or known.hire_on
        if known.id == self.actor_id:
            findings.append(Finding("self_leaves"))
        if hired is not None and on < hired:
            findings.append(Finding("left_before_hired", params={"day": hired.isoformat()}))
        elif (
            known.member_since is not None and known.unit_id is not None and on < known.member_since
        ):
            params = {"day": known.member_since.isoformat()}
            findings.append(Finding("before_last_move", params=params))
        kind = Kind.SAME if known.left_on == on else Kind.LEAVE
        return Change(
            key, row, kind, known.id, known.name, from_unit=known.unit_id, leave_on=on,
            findings=tuple(findings), job_role=known.job_role, step=known.step,
        )  # fmt: skip

    def _words(
        self, row: StaffRow, findings: list[Finding]
    ) -> tuple[str, str, str, tuple[str, ...]]:
        job, step, locale = job_role_of(row.job), step_of(row.step), locale_of(row.locale)
        roles, strange = roles_of(row.roles)
        for word, value, key in ((row.job, job, "job_unknown"), (row.step, step, "step_unknown"),
                                 (row.locale, locale, "locale_unknown")):  # fmt: skip
            if word and not value:
                findings.append(Finding(key, is_error=False, params={"what": word[:40]}))
        if strange:
            findings.append(Finding("role_unknown", is_error=False, params={"what": strange[0]}))
        return job, step, locale, roles

    def _joiner(self, row: StaffRow) -> Change:
        findings = list(row.findings)
        job, step, locale, roles = self._words(row, findings)
        unit, problem = self.unit(row.team)
        if problem:
            findings.append(problem)
        if not row.name:
            findings.append(Finding("no_name"))
        if row.hire_on is None:
            findings.append(Finding("no_hire_day", is_error=False))
        if row.move_on and row.hire_on and row.move_on < row.hire_on:
            findings.append(Finding("moved_before_hired", params={"day": row.hire_on.isoformat()}))
        if not row.team:
            findings.append(Finding("no_team", is_error=False))
        since = row.move_on or row.hire_on or self.wishes.on
        return Change(
            row.key, row, Kind.JOIN, None, row.name, unit=unit, since=since,
            job_role=job or ("staff" if row.job else "seller"), step=step,
            locale=locale or "zh-CN", roles=roles, findings=tuple(findings),
        )  # fmt: skip

    def _stayer(self, row: StaffRow, known: Known) -> Change:
        findings = list(row.findings)
        job, step, locale, roles = self._words(row, findings)
        is_back = not known.is_here
        if is_back and known.left_on and known.left_on > self.wishes.on:
            is_back = False
        unit, problem = self.unit(row.team)
        if problem:
            findings.append(problem)
        edits = tuple(self._edits(row, known, job, step, locale))
        moves = unit is not None and (unit != known.unit_id or is_back)
        since = self._since(row, known, findings) if moves else None
        is_doubtful = self._is_doubtful(row, known, is_back=is_back, findings=findings)
        kind = Kind.MOVE if moves else Kind.CHANGE if edits else Kind.SAME
        return Change(
            row.key, row, Kind.RETURN if is_back else kind, known.id, known.name, edits,
            unit if moves else None, since, known.unit_id,
            job_role=job or known.job_role, step=step or known.step,
            locale=locale or known.locale,
            roles=tuple(role for role in roles if role not in known.roles),
            findings=tuple(findings), is_doubtful=is_doubtful,
        )  # fmt: skip

    def _is_doubtful(
        self, row: StaffRow, known: Known, *, is_back: bool, findings: list[Finding]
    ) -> bool:
        other_name = (
            bool(row.name) and row.name != known.name and fold(row.email) != fold(known.email)
        )
        if other_name and not set(row.name) & set(known.name):
            params = {"before": known.name, "after": row.name, "no": known.staff_no}
            findings.append(Finding("other_person", is_error=False, params=params))
            return True
        if is_back:
            day = known.left_on.isoformat() if known.left_on else "—"
            findings.append(Finding("comes_back", is_error=False, params={"day": day}))
            return True
        return False

    def _edits(
        self, row: StaffRow, known: Known, job: str, step: str, locale: str
    ) -> Iterator[Edit]:
        hired = known.hire_on.isoformat() if known.hire_on else ""
        for name, before, after in (
            ("name", known.name, row.name),
            ("staff_no", known.staff_no, row.staff_no),
            ("email", known.email, row.email),
            ("hire_on", hired, row.hire_on.isoformat() if row.hire_on else ""),
            ("job_role", known.job_role, job),
            ("set_step", known.step, step),
            ("locale", known.locale, locale),
        ):
            same = fold(before) == fold(after) if name in {"email", "staff_no"} else before == after
            if after and not same:
                yield Edit(name, before, after)

    def _since(self, row: StaffRow, known: Known, findings: list[Finding]) -> date:
        since = row.move_on or self.wishes.on
        hired = row.hire_on or known.hire_on
        if hired is not None and since < hired:
            if row.move_on is not None:
                findings.append(Finding("moved_before_hired", params={"day": hired.isoformat()}))
            since = hired if row.move_on is None else since
        if known.member_since is not None and since < known.member_since:
            params = {"day": known.member_since.isoformat()}
            findings.append(Finding("before_last_move", params=params))
        return since

    def missing(self, changes: Iterable[Change]) -> list[Change]:
        """Everybody who is here and not in a file that is complete: she leaves on the day."""
        named = {one.person_id for one in changes}
        # Whom a row with errors means is a guess: each of its words may be somebody who stays.
        broken = {fold(word) for one in changes
                  if one.person_id is None or one.kind is Kind.BROKEN
                  for word in (one.row.staff_no, one.row.email) if word}  # fmt: skip
        found = []
        for known in sorted(self.people.values(), key=lambda one: one.id):
            logins = {fold(known.staff_no), fold(known.email)} - {""}
            if (
                not known.is_here
                or known.id in named
                or logins & broken
                or known.id == self.actor_id
            ):
                continue
            row = StaffRow(line=0, staff_no=known.staff_no, name=known.name, email=known.email)
            findings = [Finding("missing", is_error=False)]
            one = self._leaves(f"missing:{known.id}", row, known, self.wishes.on, findings)
            if {"admin", "hr"} & known.roles:
                more = Finding("missing_admin", is_error=False)
                one = replace(one, findings=(*one.findings, more), is_doubtful=True)
            found.append(one)
        return found


def _twice(changes: list[Change]) -> list[Change]:
    """Lines that mean the same person or hold the same sign-in: none of them is made."""
    places: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for one in changes:
        for kind, word in (("no", one.row.staff_no), ("email", one.row.email)):
            if word:
                places[kind, fold(word)].append(one)
        if one.person_id is not None:
            places["id", str(one.person_id)].append(one)
    wrong: dict[str, dict[str, Finding]] = defaultdict(dict)  # by row and lines: each once
    for (kind, _word), found in places.items():
        if len(found) > 1:
            lines = ", ".join(str(one.row.line) for one in found)
            key = {"no": "staff_no_twice", "email": "email_twice", "id": "person_twice"}[kind]
            for one in found:
                wrong[one.key].setdefault(lines, Finding(key, params={"lines": lines}))
    return [
        replace(one, findings=(*one.findings, *wrong[one.key].values()))
        if one.key in wrong
        else one
        for one in changes
    ]


# ---------------------------------------------------------------- managers and units


class _Managers:
    """Who leads which unit, from the superiors that the rows name.

    A member's superior leads her unit; the superior of whoever leads the unit she belongs to leads
    the unit above it.
    """

    def __init__(self, look: _Look, changes: list[Change]) -> None:
        self.look, self.changes = look, changes
        self.by_key = {one.key: one for one in changes}
        self.of_person = {one.person_id: one for one in changes if one.person_id is not None}
        self.superior: dict[str, PersonRef] = {}
        self.wrong: dict[str, Finding] = {}
        self._by_no = self._index(lambda row: row.staff_no)
        self._by_email = self._index(lambda row: row.email)
        self._by_name = self._index(lambda row: row.name)
        for one in changes:
            if one.row.manager and not one.row.has_left:
                self._resolve(one)
        self._loops()
        self.parents = self._parents()
        self.leads_home = self._leads_home()

    def _index(self, what: Callable[[StaffRow], str]) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = defaultdict(list)
        for one in self.changes:
            word = fold(what(one.row))
            if word and not one.row.has_left:
                found[word].append(one)
        return found

    # ---- who is meant

    def _resolve(self, one: Change) -> None:
        word = fold(one.row.manager)
        key = one.key
        found = (
            self._named(word) or self._named(_bracketless(word)) or self._named(_bracketed(word))
        )
        if not found:
            self.wrong[key] = Finding("manager_unknown", params={"what": one.row.manager[:40]})
        elif len(found) > 1:
            self.wrong[key] = Finding("manager_twice", params={"what": one.row.manager[:40]})
        elif found[0] in (one.key, one.person_id):
            pass  # whoever stands at the top often names herself
        else:
            self.superior[key] = found[0]

    def _named(self, word: str) -> list[PersonRef]:
        if not word:
            return []
        for index, known in ((self._by_no, self.look.by_no), (self._by_email, self.look.by_email)):
            if word in index:
                return [self._ref(one) for one in index[word][:1]]
            if (there := known.get(word)) is not None and self._stays(there):
                return [self._ref_of(there)]
        refs: dict[PersonRef, None] = {self._ref(one): None for one in self._by_name.get(word, ())}
        for name, there_all in self.look.by_name.items():
            if fold(name) == word:
                found = (one for one in there_all if one.id not in self.of_person)
                refs |= {self._ref_of(one): None for one in found if self._stays(one)}
        return list(refs)

    def _stays(self, known: Known) -> bool:
        """Still here after the import: from a complete list whoever is missing leaves."""
        if not known.is_here:
            return False
        if known.id in self.of_person:
            return not self.of_person[known.id].row.has_left
        is_kept = known.id == self.look.actor_id or {"admin", "hr"} & known.roles
        return not self.look.wishes.is_complete or bool(is_kept)

    def _ref(self, one: Change) -> PersonRef:
        return one.key if one.person_id is None else one.person_id

    def _ref_of(self, known: Known) -> PersonRef:
        return known.id

    def _row_of(self, ref: PersonRef) -> Change | None:
        return self.by_key.get(ref) if isinstance(ref, str) else self.of_person.get(ref)

    def _loops(self) -> None:
        for key in list(self.superior):
            seen = [key]
            ref: PersonRef | None = self.superior.get(key)
            while ref is not None:
                row = self._row_of(ref)
                if row is None or row.key in seen[1:]:
                    break
                if row.key == key:
                    names = " → ".join(self.by_key[one].name for one in [*seen[:6], key])
                    self.wrong[key] = Finding("manager_loop", params={"names": names})
                    break
                seen.append(row.key)
                ref = self.superior.get(row.key)
        for one in self.changes:
            if one.has_errors or one.key in self.wrong:  # of such a row nothing is made
                self.superior.pop(one.key, None)

    def judged(self) -> list[Change]:
        """The changes with what is wrong about their superiors; units follow from them."""
        self.changes = [
            replace(one, findings=(*one.findings, self.wrong[one.key]))
            if one.key in self.wrong
            else one
            for one in self.changes
        ]
        self.by_key = {one.key: one for one in self.changes}
        return list(self.changes)

    # ---- units

    def _home(self, ref: PersonRef) -> UnitRef | None:
        row = self._row_of(ref)
        if row is not None and not row.has_errors and not row.row.has_left:
            found, _problem = self.look.unit(row.row.team)
            if found is not None:
                return found
        known = self.look.people.get(ref) if isinstance(ref, int) else None
        return known.unit_id if known is not None else None

    def _parents(self) -> dict[tuple[str, ...], UnitRef | None]:
        """Where each new unit lies: below the one its path names, else where its leader belongs,
        else below the one unit above all others."""
        found: dict[tuple[str, ...], UnitRef | None] = {}
        for one in self.changes:
            ref, _problem = self.look.unit(one.row.team)
            if isinstance(ref, tuple) and not one.has_errors and not one.row.has_left:
                self._add_path(ref, found)
        for path in [path for path in found if len(path) == 1]:
            above = self._above_by_people(path) or self.look.top()
            if above is not None and not self._is_below(above, path, found):
                found[path] = above
        return found

    def _add_path(
        self, path: tuple[str, ...], found: dict[tuple[str, ...], UnitRef | None]
    ) -> None:
        here: tuple[str, ...] = path
        while here not in found:
            above, _problem = self.look.unit(here[:-1])
            found[here] = above
            if not isinstance(above, tuple):
                return
            here = above

    def _above_by_people(self, path: tuple[str, ...]) -> UnitRef | None:
        members = [one for one in self.changes if self.look.unit(one.row.team)[0] == path]
        superiors = Counter(self.superior[one.key] for one in members if one.key in self.superior)
        for ref, _times in superiors.most_common():
            home = self._home(ref)
            if home is not None and home != path:
                return home
        return None

    def _is_below(
        self, ref: UnitRef, path: tuple[str, ...], found: Mapping[tuple[str, ...], UnitRef | None]
    ) -> bool:
        here: UnitRef | None = ref
        seen: set[UnitRef] = set()
        while isinstance(here, tuple) and here not in seen:
            if here == path:
                return True
            seen.add(here)
            here = found.get(here)
        return False

    def _above(self, ref: UnitRef) -> UnitRef | None:
        if isinstance(ref, tuple):
            return self.parents.get(ref)
        unit = self.look.units.get(ref)
        return unit.parent_id if unit else None

    def units(self) -> tuple[NewUnit, ...]:
        """The units to be made, parents before children."""
        lines: dict[UnitRef, list[int]] = defaultdict(list)
        for one in self.changes:
            if isinstance(one.unit, tuple):
                lines[one.unit].append(one.row.line)
        made: list[NewUnit] = []
        waiting = sorted(self.parents)
        done: set[UnitRef] = set()
        while waiting:
            ready = [
                p
                for p in waiting
                if not isinstance(self.parents[p], tuple) or self.parents[p] in done
            ]
            for path in ready or waiting:
                made.append(NewUnit(path, self.parents[path], tuple(lines.get(path, ()))))
                done.add(path)
            waiting = [path for path in waiting if path not in done]
        return tuple(made)

    # ---- who leads

    def _leads_home(self) -> set[PersonRef]:
        """Who is the superior of somebody in the unit she belongs to herself."""
        leads: set[PersonRef] = set()
        grows = True
        while grows:
            grows = False
            for key, ref in self.superior.items():
                home = self._home(ref)
                own = self._target(self.by_key[key], leads)
                if ref not in leads and home is not None and own == home:
                    leads.add(ref)
                    grows = True
        return leads

    def _target(self, one: Change, leads: set[PersonRef]) -> UnitRef | None:
        """The unit that this person's superior leads."""
        home = self._home(self._ref(one))
        if home is None:
            return None
        return self._above(home) if self._ref(one) in leads else home

    def appointments(self, changes: Sequence[Change]) -> Iterator[Appointment]:
        """Who is to lead which unit; where a file contradicts itself, nobody and a finding."""
        by_unit: dict[UnitRef, dict[PersonRef, list[int]]] = defaultdict(lambda: defaultdict(list))
        for key, ref in self.superior.items():
            one = self.by_key[key]
            target = self._target(one, self.leads_home)
            if target is not None and ref != self._ref(one):
                by_unit[target][ref].append(one.row.line)
        chosen = {self._ref(one): one for one in changes}
        for unit, named in sorted(by_unit.items(), key=lambda pair: str(pair[0])):
            made = self._appointment(unit, named, chosen)
            if made is not None:
                yield made

    def _appointment(
        self,
        unit: UnitRef,
        named: Mapping[PersonRef, list[int]],
        chosen: Mapping[PersonRef, Change],
    ) -> Appointment | None:
        ref = max(named, key=lambda one: (len(named[one]), str(one)))
        there = self.look.units[unit].leaders if isinstance(unit, int) else {}
        if len(named) == 1 and ref in there:
            return None
        name = unit[-1] if isinstance(unit, tuple) else self.look.units[unit].name
        findings: list[Finding] = []
        if len(named) > 1:
            said = ", ".join(f"{self._name(one)} × {len(found)}" for one, found in named.items())
            findings.append(Finding("two_managers", params={"names": said[:200]}))
        findings += self._about(unit, ref, chosen.get(ref))
        key = f"leads:{unit if isinstance(unit, int) else '/'.join(unit)}"
        on = self._leads_from(unit, chosen.get(ref))
        ok = not any(one.is_error for one in findings) and key not in self.look.wishes.left_out
        every = tuple(sorted(line for found in named.values() for line in found))
        return Appointment(
            key, unit, name, ref, self._name(ref), on, tuple(sorted(there)),
            every, tuple(findings), is_chosen=ok,
        )  # fmt: skip

    def _leads_from(self, unit: UnitRef, row: Change | None) -> date:
        """The day of the import, or the leader's own first day: the first of a new unit."""
        on = self.look.wishes.on
        if row is None or row.since is None:
            return on
        return row.since if isinstance(unit, tuple) else max(on, row.since)

    def _about(self, unit: UnitRef, ref: PersonRef, row: Change | None) -> Iterator[Finding]:
        if ref == self.look.actor_id:
            yield Finding("self_leads")
        if row is not None and (row.has_errors or (isinstance(ref, str) and not row.is_chosen)):
            yield Finding("manager_left_out", params={"line": str(row.row.line)})
        home = self._home(ref)
        if isinstance(unit, int) and isinstance(home, int) and home in self.look.units:
            mine, theirs = self.look.root_of(unit), self.look.root_of(home)
            if mine != theirs:
                params = {"name": self._name(ref), "unit": "/".join(self.look.path_of(home))}
                yield Finding("other_tree", params=params)

    def _name(self, ref: PersonRef) -> str:
        row = self._row_of(ref)
        if row is not None:
            return row.row.name or row.name
        known = self.look.people.get(ref) if isinstance(ref, int) else None
        return known.name if known else ""


def _bracketed(word: str) -> str:
    """`1001` of `赵敏(1001)`."""
    _before, _sign, rest = word.partition("(")
    return rest.partition(")")[0].strip()


def _bracketless(word: str) -> str:
    """`赵敏` of `赵敏(1001)`."""
    return word.partition("(")[0].strip() if "(" in word else ""


__all__: Final = [
    "Appointment", "Change", "Company", "Edit", "Kind", "Known", "KnownUnit", "NewUnit",
    "PersonRef", "Plan", "UnitRef", "Wishes", "fold", "make",
]  # fmt: skip
