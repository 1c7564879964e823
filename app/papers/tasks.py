"""All papers of an assessment as one zip."""

import zipfile
from collections.abc import Iterator, Sequence
from typing import Final

from flask import current_app

from app.accounts import queries as accounts
from app.assessments.queries import monitor
from app.jobs.registry import JobContext, job
from app.kernel.clock import organisation_day
from app.kernel.config import Settings
from app.kernel.downloads import safe_name
from app.kernel.errors import NotFoundError
from app.kernel.pdf import render_many
from app.kernel.policy import Actor, allowed_scopes
from app.papers import printing
from app.papers.printing import Printable
from app.papers.prints import NAMES, Kind

AT_ONCE: Final = 8
# What the zip itself is called.
BUNDLE: Final = {"zh-CN": "纸质卷", "en": "papers"}


@job("papers.print")
def print_all(
    context: JobContext,
    assessment_id: int,
    kinds: list[str],
    by: str,
    language: str,
    *,
    separate: bool,
) -> str:
    """One PDF for each form or sheet and each kind; returns the zip's name.

    What the owner may print is asked again here: roles change between the click and the job.
    """
    wanted = [Kind(kind) for kind in kinds]
    reader = _reader(context)
    _check(reader, wanted)
    found = printing.stock(assessment_id, reader.id, lang=language, now=context.now())
    documents = [
        (each, kind) for each in (found.forms if by == "forms" else found.sheets) for kind in wanted
    ]
    title = safe_name(monitor.head(assessment_id, reader.id, language).title)
    name = f"{title} {BUNDLE[language]} {organisation_day(context.now())}.zip"
    done = 0
    with zipfile.ZipFile(context.folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in _parts(documents):
            htmls = [
                printing.html(each, kind, found.items, lang=language, separate=separate)
                for each, kind in part
            ]
            for (each, kind), pdf in zip(part, render_many(htmls), strict=True):
                archive.writestr(f"{NAMES[language][kind]}/{_plain(each.name)}.pdf", pdf)
                done += 1
                context.progress(done, total=len(documents), message=each.name)
    return name


def _parts(
    documents: Sequence[tuple[Printable, Kind]],
) -> Iterator[Sequence[tuple[Printable, Kind]]]:
    for start in range(0, len(documents), AT_ONCE):
        yield documents[start : start + AT_ONCE]


def _check(reader: Actor, wanted: Sequence[Kind]) -> None:
    """Raises NotFoundError when the right is gone."""
    actions = ["paper.print", *(["paper.key"] if Kind.KEY in wanted else [])]
    if not all(allowed_scopes(reader, action) for action in actions):
        raise NotFoundError


def _reader(context: JobContext) -> Actor:
    """The person who asked, with the roles she has now."""
    if context.owner_id is None:
        raise NotFoundError
    settings: Settings = current_app.extensions["settings"]
    who = accounts.person(context.owner_id, day=organisation_day(context.now()))
    return Actor(who.id, who.name, who.roles, accounts.locale_of(who.id), settings.timezone)


def _plain(name: str) -> str:
    """A name that is safe in every file system."""
    return "".join(sign if sign.isalnum() or sign == "-" else "_" for sign in name)
