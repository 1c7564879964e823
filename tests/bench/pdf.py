"""A review pack as PDF, one and a hundred, beside bare WeasyPrint on the same HTML, all warm."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from time import perf_counter

from app import create_app
from app.accounts.models import Leadership
from app.competency.services import NewEvidence, Source, load_framework, record_evidence
from app.domain.framework import EvidenceKind
from app.kernel import clock, pdf
from app.kernel.db import Base, db, transaction
from app.reports import documents, queries
from app.reports.pack import canonical
from app.reviews.services import take_snapshot
from tests import builders, world
from tests.bench.meter import Line, cpu_of, seconds_of, show
from tests.bench.team import SLUGS

ROOT = Path(__file__).resolve().parents[2]
MANY = 100


def run() -> None:
    """Print the figures of PDFs."""
    html = _pack()
    bare_document = _bare(html)
    next(iter(pdf.render_many([html], processes=1)))
    bare = seconds_of(bare_document, times=7)
    ours = seconds_of(lambda: pdf.render_pdf(html), times=7)
    documents_ = [html] * MANY
    start = perf_counter()
    for _ in range(MANY):
        bare_document()
    bare_many = perf_counter() - start
    took = {}
    for processes in (1, 2):
        list(pdf.render_many([html] * processes, processes=processes))  # warm
        took[processes] = seconds_of(
            lambda n=processes: list(pdf.render_many(documents_, processes=n)), times=1
        )
    show(
        "A review pack as PDF, two pages and the ledger",
        [
            Line("size", len(pdf.render_pdf(html)) / 1024, "KB"),
            Line("one, in our child process", 1000 * ours, "ms"),
            Line("one, bare WeasyPrint, same HTML", 1000 * bare, "ms"),
            Line("ratio to bare", ours / bare, "x", 1.15),
            Line("CPU of the asking process", 1000 * cpu_of(lambda: pdf.render_pdf(html)), "ms"),
            Line("100 documents, one process", took[1], "s"),
            Line("100 documents, two processes", took[2], "s"),
            Line("100 documents, bare, one process", bare_many, "s"),
            Line("throughput, two to one", took[1] / took[2], "x", 1.9, more_is_better=True),
        ],
    )


def _bare(html: str):
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face{{font-family:"{pdf.FAMILY}";font-weight:{weight};src:url("{path.as_uri()}")}}'
        for weight, path in pdf.font_files().items()
    )
    style = CSS(string=faces + pdf.PRINT_CSS.read_text(encoding="utf-8"), font_config=fonts)

    def document() -> bytes:
        return HTML(string=html).write_pdf(stylesheets=[style], font_config=fonts)

    document()
    return document


def _pack() -> str:
    """The HTML of a person with ten competencies and twenty pieces of evidence."""
    folder = Path(tempfile.mkdtemp(prefix="lb-bench-"))
    app = create_app(world.settings_for(folder))
    now = clock.now()
    with app.test_request_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            load_framework(
                (ROOT / "question_banks" / "framework.yaml").read_bytes(),
                actor_id=None,
                now=now,
                today=now.date(),
            )
            team = builders.unit("华东一组")
            boss = builders.user("李静", "manager", unit=team)
            db.session.add(
                Leadership(user_id=boss.id, unit_id=team.id, valid_from=builders.LONG_AGO)
            )
            rep = builders.user("周子航", unit=team)
            for source, entries in _evidence():
                record_evidence(
                    person_id=rep.id,
                    source=source,
                    happened_on=now.date() - timedelta(days=int(source.id) * 9),
                    entries=[entries],
                    now=now,
                    today=now.date(),
                )
            pack = queries.pack(rep.id, review_id=None, now=now)
            ref = take_snapshot(
                person_id=rep.id,
                review_id=None,
                body=canonical(pack),
                data_through=now,
                actor_id=boss.id,
                now=now,
            )
            html = documents.pack_html(pack, ref, reader=boss.name, printed_at=now)
        db.engine.dispose()
    return html


def _evidence() -> Iterator[tuple[Source, NewEvidence]]:
    for number in range(1, 21):
        slug = SLUGS[number % len(SLUGS)]
        test = number % 2 == 0 and slug != "drive"
        yield (
            Source("bench", str(number)),
            NewEvidence(
                competency=slug,
                kind=EvidenceKind.TEST if test else EvidenceKind.OBSERVATION,
                pass_mark=Fraction(60),
                score=None if test else Fraction(50 + number),
                items=Fraction(20) if test else Fraction(0),
                right=Fraction(14) if test else Fraction(0),
                assessors=0 if test else 1,
                label="异议处理 单元测验",
            ),
        )
