"""Dashboards of tracks: who stands where, who is stuck, and how it went."""

from enum import StrEnum
from typing import TypeVar

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts.queries import PersonIds
from app.domain.items import text_in
from app.domain.stuck import Reason
from app.kernel.auth import actor, may, requires
from app.kernel.clock import now, organisation_day
from app.kernel.downloads import attachment, safe_name
from app.kernel.errors import NotFoundError
from app.kernel.i18n import lang
from app.kernel.xlsx import MIMETYPE, workbook
from app.tracks import board as boards
from app.tracks import outcomes as results
from app.tracks import queries
from app.tracks.board import Show, Sort, Want
from app.tracks.queries.board import people_by_track
from app.tracks.views.blueprint import bp

_MOST_TEXT = 80
Word = TypeVar("Word", bound=StrEnum)


@bp.get("/boards")
@requires("board.read")
def boards_index() -> ResponseReturnValue:
    """The board of the track with most people on the way whom the reader may see."""
    found = queries.track_list()
    if not found:
        return render_template("tracks/board_none.html")
    people = people_by_track(_reach("board.read"))
    return redirect(
        url_for(".board", slug=max(found, key=lambda one: people.get(one.slug, 0)).slug)
    )


@bp.get("/tracks/<slug>/board")
@requires("board.read")
def board(slug: str) -> ResponseReturnValue:
    """Everybody on the track against the plan."""
    title, today = _title(slug), organisation_day(now())
    found = boards.gather(slug, _reach("board.read"), now=now())
    view = boards.page(slug, title, found, _want(), reader_id=actor().id, today=today, lang=lang())
    return render_template(
        "tracks/board.html",
        board=view,
        tracks=[(row.slug, text_in(row.title, lang())) for row in queries.track_list()],
        may_see_outcomes=may("outcome.read"),
    )


@bp.get("/tracks/<slug>/board.xlsx")
@requires("board.read")
def board_xlsx(slug: str) -> ResponseReturnValue:
    """The same people as a workbook."""
    title, today = _title(slug), organisation_day(now())
    found = boards.gather(slug, _reach("board.read"), now=now())
    rows = boards.listed(found, _want(), reader_id=actor().id, today=today, lang=lang())
    made = workbook(boards.sheets(title, rows), title=title)
    name = " ".join((safe_name(title), _("看板"), f"{today}.xlsx"))
    return attachment(made, MIMETYPE, name=name, plain=f"{slug}-{today}.xlsx")


@bp.get("/tracks/<slug>/outcomes")
@requires("outcome.read")
def outcomes(slug: str) -> ResponseReturnValue:
    """How the track went: gates in time, days to the end, extensions, by cohort."""
    title, today = _title(slug), organisation_day(now())
    view = results.page(slug, title, _reach("outcome.read"), today=today, lang=lang(), now=now())
    return render_template("tracks/outcomes.html", page=view)


@bp.get("/tracks/<slug>/outcomes.xlsx")
@requires("outcome.read")
def outcomes_xlsx(slug: str) -> ResponseReturnValue:
    """The same as a workbook."""
    title, today = _title(slug), organisation_day(now())
    view = results.page(slug, title, _reach("outcome.read"), today=today, lang=lang(), now=now())
    made = workbook(results.sheets(view), title=title)
    name = " ".join((safe_name(title), _("结果"), f"{today}.xlsx"))
    return attachment(made, MIMETYPE, name=name, plain=f"{slug}-outcomes-{today}.xlsx")


def _title(slug: str) -> str:
    version = queries.newest_version(slug)
    if version is None:
        raise NotFoundError
    return text_in(version.title, lang())


def _reach(action: str) -> PersonIds:
    return accounts.people_in_scope(actor(), action, day=organisation_day(now()))


def _want() -> Want:
    """The filter of the address; a word that means nothing is as good as none."""
    args = request.args
    return Want(
        show=_one_of(Show, "show") or Show.UNDER_WAY,
        reason=_one_of(Reason, "reason"),
        cohort=args.get("cohort", type=int),
        unit=args.get("unit", type=int),
        text=args.get("q", "").strip()[:_MOST_TEXT],
        sort=_one_of(Sort, "sort") or Sort.STUCK,
        page=max(1, args.get("page", 1, type=int)),
    )


def _one_of(words: type[Word], name: str) -> Word | None:
    value = request.args.get(name, "")
    return words(value) if value in set(words) else None
