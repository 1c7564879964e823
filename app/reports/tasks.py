"""The packs of a whole team as one zip."""

import zipfile
from typing import Final

from flask import current_app, g

from app.accounts import queries as accounts
from app.accounts.services import log_access
from app.jobs.registry import JobContext, job
from app.kernel.auth import Actor
from app.kernel.clock import organisation_day
from app.kernel.config import Settings
from app.kernel.db import session
from app.kernel.downloads import safe_name
from app.kernel.errors import NotFoundError
from app.kernel.pdf import render_many
from app.reports import documents, matrix, queries
from app.reports.pack import Pack, canonical
from app.reviews.queries import SnapshotRef, people_of
from app.reviews.services import take_snapshot

AT_ONCE: Final = 8
BUNDLE: Final = {"zh-CN": "评估资料", "en": "review packs"}


@job("reports.packs")
def packs(context: JobContext, unit_id: int, review_id: int | None = None) -> str:
    """One PDF for each of the team, each of them a snapshot; returns the zip's name.

    What the owner may see is asked again here: roles change between the click and the job.
    """
    reader = _reader(context)
    today = organisation_day(context.now())
    unit = accounts.unit_in_scope(reader, "job.start", unit_id, day=today)
    mine = frozenset(session().scalars(accounts.people_in_scope(reader, "pack.read", day=today)))
    ids = [i for i in matrix.ids(unit, review_id=review_id, today=today) if i in mine]
    name = f"{safe_name(unit.name)} {BUNDLE[reader.locale]} {today}.zip"
    done = 0
    with zipfile.ZipFile(context.folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for start in range(0, len(ids), AT_ONCE):
            made = _snapshots(context, ids[start : start + AT_ONCE], review_id, reader)
            htmls = [
                documents.pack_html(pack, ref, reader=reader.name, printed_at=context.now())
                for pack, ref in made
            ]
            for (pack, ref), pdf in zip(made, render_many(htmls), strict=True):
                archive.writestr(f"{safe_name(pack.head.name)}-{ref.code}.pdf", pdf)
                done += 1
                context.progress(done, total=len(ids), message=pack.head.name)
    return name


def _snapshots(
    context: JobContext, ids: list[int], review_id: int | None, reader: Actor
) -> list[tuple[Pack, SnapshotRef]]:
    moment = context.now()
    reviewed = frozenset() if review_id is None else people_of(review_id)
    made = []
    with context.transaction():
        for person_id in ids:
            cycle = review_id if person_id in reviewed else None
            pack = queries.pack(person_id, review_id=cycle, now=moment)
            ref = take_snapshot(
                person_id=person_id,
                review_id=cycle,
                body=canonical(pack),
                data_through=moment,
                actor_id=reader.id,
                now=moment,
            )
            log_access(kind="pack_pdf", now=moment, actor_id=reader.id, subject_id=person_id)
            made.append((pack, ref))
    return made


def _reader(context: JobContext) -> Actor:
    """The person who asked, as the templates and the scope know her."""
    if context.owner_id is None:
        raise NotFoundError
    settings: Settings = current_app.extensions["settings"]
    who = accounts.person(context.owner_id, day=organisation_day(context.now()))
    reader = Actor(
        id=who.id,
        name=who.name,
        roles=who.roles,
        locale=accounts.locale_of(who.id),
        timezone=settings.timezone,
    )
    g.actor = reader
    return reader
