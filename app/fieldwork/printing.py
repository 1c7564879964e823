"""A sheet or a checklist on paper, to be filled in where there is no phone, with the way back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import segno
from flask import current_app
from flask_babel import force_locale, gettext
from markupsafe import Markup

from app.accounts import queries as accounts
from app.domain import fieldwork as rules
from app.domain import papercode
from app.domain.items import text_in
from app.domain.tracks import ActivityKind
from app.fieldwork import queries
from app.fieldwork.queries import Work
from app.tracks.words import party_name

_: Callable[..., str] = gettext
_CSS: Final = Path(__file__).resolve().parents[1] / "static" / "css"


@dataclass(frozen=True, slots=True)
class PrintRow:
    """One row; `anchors` are (mark, what it looks like), highest first."""

    number: int
    title: str
    hint: str
    anchors: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PrintSheet:
    """All that is printed. `qr` is an SVG as a data address."""

    lang: str
    title: str
    track: str
    learner: str
    writers: str
    intro: str
    code: str
    address: str
    qr: str
    kind: ActivityKind
    parties: tuple[str, ...]
    rows: tuple[PrintRow, ...]
    page_words: tuple[str, str, str]


def code(one: Work) -> str:
    """The code of the sheet, without its dash."""
    return rules.code_of(one.enrolment_id, one.activity.id)


def title(one: Work, lang: str) -> str:
    """What the file is called: the form and whose it is."""
    name = accounts.names([one.person_id])[one.person_id]
    return f"{text_in(one.activity.title, lang)} {name}"


def html(one: Work, *, address: str, lang: str) -> str:
    """The document in its own language, whatever the reader's."""
    with force_locale("en" if lang == "en" else "zh_Hans_CN"):
        template = current_app.jinja_env.get_template("fieldwork/print.html")
        return template.render(
            d=_sheet(one, address, lang),
            css=Markup(_styles()),  # noqa: S704  files of ours
        )


def _sheet(one: Work, address: str, lang: str) -> PrintSheet:
    parties = queries.writers(one.activity)
    before, rest = _("第 {n} 页，共 {m} 页").split("{n}")
    between, after = rest.split("{m}")
    return PrintSheet(
        lang=lang,
        title=text_in(one.activity.title, lang),
        track=text_in(one.track.title, lang),
        learner=accounts.names([one.person_id])[one.person_id],
        writers=_("、").join(party_name(party) for party in parties),
        intro=text_in(one.form.intro, lang) if one.form and one.form.intro else "",
        code=papercode.shown(code(one)),
        address=address,
        qr=segno.make(address, error="m").svg_data_uri(border=1, scale=4),
        kind=one.activity.kind,
        parties=tuple(party_name(party) for party in parties),
        rows=tuple(
            PrintRow(
                number=n,
                title=text_in(row.title, lang),
                hint=text_in(row.hint, lang) if row.hint else "",
                anchors=tuple(
                    (str(mark), text_in(words, lang))
                    for mark, words in reversed(list(enumerate(rules.anchors(row))))
                ),
            )
            for n, row in enumerate(one.form.rows if one.form else (), start=1)
        ),
        page_words=(before, between, after),
    )


def _styles() -> str:
    """What every paper looks like, and what these sheets add."""
    return "".join((_CSS / name).read_text(encoding="utf-8") for name in ("exam.css", "sheet.css"))
