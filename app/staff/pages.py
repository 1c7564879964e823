"""The preview of a list as values: groups of rows, each with its source line and findings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext

from app.domain.staff import Finding
from app.domain.staffplan import Appointment, Change, Kind, Plan, UnitRef
from app.kernel.xlsx import Sheet
from app.staff import words
from app.staff.foresight import Foreseen
from app.staff.queries import Losses, OpenImport, Report


def _(text: str, **params: object) -> str:
    """The text in the reader's language."""
    return str(gettext(text, **params))


@dataclass(frozen=True, slots=True)
class Said:
    """One finding in words."""

    text: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class RoleBox:
    """A role the file asks for; given only when ticked."""

    key: str
    name: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One change as a row of the preview; `facts` are sentences of what happens."""

    key: str
    place: str
    name: str
    login: str
    facts: tuple[str, ...]
    findings: tuple[Said, ...]
    may_choose: bool
    is_chosen: bool
    roles: tuple[RoleBox, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one kind."""

    kind: str
    title: str
    lines: tuple[Line, ...]
    chosen: int


@dataclass(frozen=True, slots=True)
class Preview:
    """The whole page."""

    headline: str
    groups: tuple[Group, ...]
    units: tuple[str, ...]
    leaders: tuple[Line, ...]
    follows: tuple[str, ...]
    notes: tuple[str, ...]
    skipped: tuple[str, ...]
    same: int
    errors: int
    is_empty: bool
    digest: str


_ORDER = (Kind.BROKEN, Kind.JOIN, Kind.RETURN, Kind.MOVE, Kind.CHANGE, Kind.LEAVE)


def preview(
    kept: OpenImport,
    plan: Plan,
    *,
    names: Mapping[int, str],
    foreseen: Foreseen,
    lost: Losses,
    sessions: int,
) -> Preview:
    """The plan in the reader's words. `names` of units by id."""
    look = _Words(kept, plan, names)
    groups = tuple(group for kind in _ORDER if (group := look.group(kind)) is not None)
    errors = sum(one.has_errors for one in plan.changes)
    errors += sum(one.has_errors for one in plan.appointments)
    return Preview(
        headline=_headline(plan, errors),
        groups=groups,
        units=tuple(look.unit_words()),
        leaders=tuple(look.leader(one) for one in plan.appointments),
        follows=tuple(_follows(plan, foreseen, lost, sessions)),
        notes=tuple(_notes(kept)),
        skipped=tuple(
            f"{look.place(one.line, one.part)} {one.words}" for one in kept.table.skipped
        ),
        same=sum(one.kind is Kind.SAME and not one.granted for one in plan.changes),
        errors=errors,
        is_empty=plan.is_empty,
        digest=plan.digest,
    )


def _headline(plan: Plan, errors: int) -> str:
    parts = [
        f"{words.kind(kind.value)} {plan.count(kind)}" for kind in _ORDER[1:] if plan.count(kind)
    ]
    if not parts and plan.is_empty:
        return (
            _("%(n)s 行有错，先改好再导入", n=errors) if errors else _("和系统里的一样，没有要改的")
        )
    return _("，").join(parts) or _("任命 %(n)s 位负责人", n=len(plan.appointed))


class _Words:
    def __init__(self, kept: OpenImport, plan: Plan, names: Mapping[int, str]) -> None:
        self.kept, self.plan, self.names = kept, plan, names
        self.many_parts = len({row.part for row in kept.table.rows}) > 1

    def place(self, line: int, part: str = "") -> str:
        if not line:
            return _("不在名单里")
        said = _("第 %(n)s 行", n=line)
        return f"{part} {said}" if part and self.many_parts else said

    def unit(self, ref: UnitRef | None) -> str:
        if ref is None:
            return _("不属于任何组织")
        return "/".join(ref) if isinstance(ref, tuple) else self.names.get(ref, "—")

    def group(self, kind: Kind) -> Group | None:
        found = [one for one in self.plan.changes if one.kind is kind]
        if kind is Kind.CHANGE:
            found += [one for one in self.plan.changes if one.kind is Kind.SAME and one.roles]
        if not found:
            return None
        lines = tuple(self.line(one) for one in sorted(found, key=_worst_first))
        return Group(kind.value, words.kind(kind.value), lines, sum(one.is_chosen for one in found))

    def line(self, one: Change) -> Line:
        row = one.row
        return Line(
            key=one.key,
            place=self.place(row.line, row.part),
            name=row.name or one.name,
            login=row.staff_no or row.email,
            facts=tuple(self.facts(one)),
            findings=_said(one.findings),
            may_choose=one.kind not in {Kind.BROKEN, Kind.SAME},
            is_chosen=one.is_chosen and one.kind is not Kind.SAME,
            roles=tuple(
                RoleBox(f"{one.key}#{role}", words.value(role), role in one.granted)
                for role in (one.roles if not one.has_errors else ())
            ),
        )

    def facts(self, one: Change) -> Iterator[str]:
        if one.kind is Kind.BROKEN:
            return
        if one.leave_on is not None and one.kind is Kind.LEAVE:
            yield _("%(day)s 离职", day=one.leave_on.isoformat())
        if one.since is not None and one.unit is not None:
            yield self._place_fact(one)
        if one.kind is Kind.JOIN:
            yield words.value(one.job_role)
        for edit in one.edits:
            yield _("%(field)s：%(before)s → %(after)s", field=words.field(edit.field),
                    before=words.value(edit.before) or "—",
                    after=words.value(edit.after))  # fmt: skip

    def _place_fact(self, one: Change) -> str:
        day = one.since.isoformat() if one.since else ""
        if one.from_unit is not None and one.kind is Kind.MOVE:
            return _("%(day)s 起：%(before)s → %(after)s", day=day,
                     before=self.unit(one.from_unit), after=self.unit(one.unit))  # fmt: skip
        return _("%(day)s 起在 %(unit)s", day=day, unit=self.unit(one.unit))

    def unit_words(self) -> Iterator[str]:
        for unit in self.plan.needed_units:
            if unit.parent is None:
                yield _("%(name)s，放在最上级", name=unit.name)
            else:
                yield _("%(name)s，在 %(parent)s 下", name=unit.name, parent=self.unit(unit.parent))

    def leader(self, one: Appointment) -> Line:
        facts = [_("%(day)s 起负责 %(unit)s", day=one.since.isoformat(), unit=one.unit_name)]
        if one.replaces and not one.has_errors:
            facts.append(_("原来的负责人卸任"))
        return Line(
            one.key, _("第 %(n)s 行", n=_lines(one.lines)), one.name, "", tuple(facts),
            _said(one.findings), not one.has_errors, one.is_chosen,
        )  # fmt: skip


def _lines(lines: Sequence[int]) -> str:
    shown = ", ".join(str(one) for one in lines[:5])
    return f"{shown} …" if len(lines) > 5 else shown


def _worst_first(one: Change) -> tuple[int, int]:
    weight = 0 if one.has_errors else 1 if one.is_doubtful else 2
    return weight, one.row.line


def _said(findings: Sequence[Finding]) -> tuple[Said, ...]:
    return tuple(Said(words.said(one), one.is_error) for one in findings)


def _follows(plan: Plan, foreseen: Foreseen, lost: Losses, sessions: int) -> Iterator[str]:
    joined = plan.count(Kind.JOIN)
    if joined:
        yield _("%(n)s 个新账号，还没有密码：导入以后给每人一个邀请链接。", n=joined)
    for track, count in foreseen.joined:
        yield _("%(n)s 人按规则进“%(track)s”，半分钟内自动报名。", n=count, track=track)
    left = plan.count(Kind.LEAVE)
    if left:
        yield _(
            "%(n)s 人不能再登录，%(m)s 个已登录的设备退出；成绩和证据都留着。", n=left, m=sessions
        )
    for track, count in foreseen.withdrawn:
        yield _("%(n)s 人今晚退出“%(track)s”。", n=count, track=track)
    mentees = [name for names in lost.mentees.values() for name in names]
    if mentees:
        yield _("没有带教人了，请另配：%(names)s。", names=_("、").join(mentees[:10]))
    units = [name for names in lost.units.values() for name in names]
    if units:
        yield _("没有负责人了，请另任命：%(names)s。", names=_("、").join(units[:10]))
    if plan.appointed:
        yield _("新负责人得到“经理”角色，看得到自己的团队。")


def _notes(kept: OpenImport) -> Iterator[str]:
    table = kept.table
    if table.refused:
        yield _("用不着，没有读：%(names)s。", names=_("、").join(table.refused[:12]))
    if table.unknown:
        yield _("不认识的列，没有读：%(names)s。", names=_("、").join(table.unknown[:12]))


# ---------------------------------------------------------------- as a file, and afterwards

DONE: Final = ("join", "return", "move", "change", "leave")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not made, and why."""

    place: str
    name: str
    reasons: tuple[str, ...]


def refused(report: Report) -> tuple[Refused, ...]:
    """The rows with errors, in the order of the file. Of older imports no reasons were kept."""
    return tuple(_refused(*line[1:]) for line in report.done["broken"])


def _refused(name: str, line: int, found: Sequence[Sequence[Any]] = (), part: str = "") -> Refused:
    reasons = tuple(words.said(Finding(key, params=params)) for key, params in found)
    return Refused(f"{part} {_place(line)}".strip(), name or "—", reasons)


def _place(line: int | None) -> str:
    return _("第 %(n)s 行", n=line) if line else _("不在名单里")


def sheet_of_plan(kept: OpenImport, plan: Plan, *, names: Mapping[int, str]) -> Sheet:
    """Every row of the list, the ones with errors first: what would happen, all that is wrong."""
    look = _Words(kept, plan, names)
    changes = sorted(plan.changes, key=lambda one: one.kind is not Kind.BROKEN)
    rows = []
    for one in changes:
        line = look.line(one)
        left_out = () if one.is_chosen or not line.may_choose else (_("没有勾选"),)
        said = (*left_out, *line.facts, *(found.text for found in line.findings))
        rows.append((line.place, line.name, words.kind(one.kind.value), "\n".join(said)))
    return _sheet(rows)


def sheet_of_report(report: Report) -> Sheet:
    """What was done with every row of the list, the refused ones first with their reasons."""
    rows = [
        (one.place, one.name, words.kind(Kind.BROKEN.value), "\n".join(one.reasons))
        for one in refused(report)
    ]
    rows += [
        (_place(line[2]), line[1], words.kind(kind), _fact(kind, line[3:]))
        for kind in DONE
        for line in report.done[kind]
    ]
    return _sheet(rows)


def _fact(kind: str, more: Sequence[str]) -> str:
    if not more:
        return ""
    if kind == "leave":
        return _("%(day)s 离职", day=more[0])
    return _("%(day)s 起在 %(unit)s", day=more[1], unit=more[0])


def _sheet(rows: Sequence[tuple[str, str, str, str]]) -> Sheet:
    heads = (_("在名单里的位置"), _("姓名"), _("会怎样"), _("说明"))
    return Sheet(_("导入名单"), heads, tuple(rows))
