"""Documents of an assessment's forms and sheets, for the pages and for the job."""

from dataclasses import dataclass
from datetime import datetime

from app.accounts import queries as accounts
from app.assessments import content
from app.assessments.queries import monitor, printed
from app.assessments.queries.monitor import Head as AssessmentHead
from app.domain import papercode
from app.domain.items import Item
from app.domain.papers import Paper
from app.domain.scoring import line, shown
from app.kernel.clock import organisation_day
from app.kernel.errors import NotFoundError
from app.papers import prints
from app.papers.prints import Head, Kind


@dataclass(frozen=True, slots=True)
class Printable:
    """A paper with what stands above it and how its file is called."""

    paper: Paper
    head: Head
    name: str


@dataclass(frozen=True, slots=True)
class Stock:
    """All that can be printed of one assessment."""

    items: dict[int, Item]
    forms: tuple[Printable, ...]
    sheets: tuple[Printable, ...]


def one(assessment_id: int, owner_id: int, code: str, *, lang: str, now: datetime) -> Printable:
    """The form or sheet with this code. Raises NotFoundError."""
    head = monitor.head(assessment_id, owner_id, lang)
    plain = papercode.read(code)
    if plain is None:
        raise NotFoundError
    form = printed.form_coded(assessment_id, plain)
    if form is not None:
        return _form(head, form)
    sheet = printed.sheet_coded(assessment_id, plain)
    if sheet is None:
        raise NotFoundError
    people = accounts.people([sheet.person_id], day=organisation_day(now))
    return _sheet(head, sheet, people[sheet.person_id])


def stock(assessment_id: int, owner_id: int, *, lang: str, now: datetime) -> Stock:
    """Everything, people by name. Raises NotFoundError."""
    head = monitor.head(assessment_id, owner_id, lang)
    sheets = printed.latest_sheets(assessment_id)
    people = accounts.people(list(sheets), day=organisation_day(now))
    ordered = sorted(sheets.values(), key=lambda row: (people[row.person_id].name, row.person_id))
    return Stock(
        items=printed.items_of(assessment_id),
        forms=tuple(_form(head, form) for form in printed.forms(assessment_id)),
        sheets=tuple(_sheet(head, row, people[row.person_id]) for row in ordered),
    )


def html(found: Printable, kind: Kind, items: dict[int, Item], *, lang: str, separate: bool) -> str:
    """One document."""
    return prints.html(
        kind, found.paper, items, found.head, lang=lang, separate=separate, pictures=_picture
    )


def items_of(assessment_id: int) -> dict[int, Item]:
    """The items of all its papers, with keys."""
    return printed.items_of(assessment_id)


def _picture(version_id: int) -> tuple[str, bytes] | None:
    found = content.picture(version_id)
    return None if found is None else (found.mime, found.data)


def _form(head: AssessmentHead, form: printed.FormRow) -> Printable:
    return Printable(
        paper=form.paper,
        head=_head(head, form.paper, code=form.code, letter=form.letter),
        name=f"{form.letter}-{papercode.shown(form.code)}",
    )


def _sheet(head: AssessmentHead, sheet: printed.SheetRow, person: accounts.Person) -> Printable:
    shown_head = _head(
        head,
        sheet.paper,
        code=sheet.code,
        letter=sheet.letter,
        person=person.name,
        unit=person.unit_name,
    )
    return Printable(sheet.paper, shown_head, f"{person.name}-{papercode.shown(sheet.code)}")


def _head(
    head: AssessmentHead,
    paper: Paper,
    *,
    code: str,
    letter: str,
    person: str = "",
    unit: str = "",
) -> Head:
    mark = line(head.pass_mark, paper.total)
    return Head(
        title=head.title,
        code=code,
        letter=letter,
        person=person,
        unit=unit,
        minutes=None if head.limit_seconds is None else -(-head.limit_seconds // 60),
        pass_mark=shown(mark, mark),
    )
