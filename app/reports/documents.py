"""Documents for printing, made by the page and by the job alike."""

from datetime import datetime

from flask import render_template

from app.kernel.i18n import lang
from app.reports import layout, skills, words
from app.reports.pack import Pack
from app.reports.words import Words
from app.reviews.queries import SnapshotRef


def pack_html(pack: Pack, ref: SnapshotRef, *, reader: str, printed_at: datetime) -> str:
    """The document of a pack for its reader."""
    said = Words(pack, lang())
    seen = skills.skills(pack, said, with_links=False)
    return render_template(
        "reports/pack.html",
        pack=pack,
        front=layout.front(pack, said, seen.summary),
        ref=ref,
        w=said,
        skills=seen,
        w_kind=words.kind_name,
        doc=layout.cut(words.head_line(pack.head, ref.code), 90),
        reader=reader,
        printed_at=printed_at,
    )
