"""The learner's pages: list, start, test, saves, submit, result."""

import json
import secrets
from collections.abc import Callable
from typing import Any, Final

from flask import (
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.assessments import pages, plainform, results, services
from app.assessments.queries import cards, rows
from app.assessments.views.blueprint import bp
from app.assessments.words import take_words
from app.domain.attempts import AttemptState
from app.kernel import pdf
from app.kernel.auth import actor, requires, wants_json
from app.kernel.clock import now
from app.kernel.downloads import attachment, safe_name
from app.kernel.errors import BadInputError, NotFoundError
from app.kernel.i18n import lang, show_when
from app.kernel.web import accepts_upload, json_body

_: Callable[..., str] = gettext

MOST_BODY: Final = 4_000_000  # a whole paper of long answers, sent at once after an hour offline
MOST_SAVES_TEXT: Final = 2 * 1024 * 1024
FORM_CLIENT: Final = "form"


@bp.get("/assessments/mine")
@requires("attempt.answer")
def mine() -> ResponseReturnValue:
    """What there is to sit, and how it went."""
    view = pages.mine_page(cards.cards_of(actor().id, now=now(), lang=lang()), now())
    return render_template("assessments/mine.html", m=view)


@bp.get("/assignments/<int:assignment_id>/start")
@requires("attempt.answer")
def start_page(assignment_id: int) -> ResponseReturnValue:
    """What to know before the clock runs."""
    return render_template(
        "assessments/start.html", s=pages.start_page(assignment_id, actor().id, lang(), now())
    )


@bp.post("/assignments/<int:assignment_id>/start")
@requires("attempt.answer")
def start(assignment_id: int) -> ResponseReturnValue:
    """Begin, or go on with the open attempt."""
    attempt_id = services.start(
        assignment_id=assignment_id,
        person_id=actor().id,
        seed=secrets.token_hex(8),
        now=now(),
    )
    return redirect(url_for(".take", attempt_id=attempt_id))


@bp.get("/attempts/<int:attempt_id>")
@requires("attempt.answer")
def take(attempt_id: int) -> ResponseReturnValue:
    """The test page while the attempt is open."""
    attempt = rows.attempt_of(attempt_id, actor().id)
    if attempt.standing(now()).state is not AttemptState.OPEN:
        return redirect(url_for(".result", attempt_id=attempt_id))
    page = pages.test_page(attempt, actor(), lang(), now())
    return render_template("assessments/take.html", page=page, words=take_words(lang()))


@bp.post("/attempts/<int:attempt_id>/responses")
@requires("attempt.answer")
@accepts_upload(MOST_BODY)
def save(attempt_id: int) -> ResponseReturnValue:
    """Keep what was answered so far."""
    if not request.is_json:
        return _save_form(attempt_id)
    body, moment = json_body(), now()
    replies = services.save(
        attempt_id=attempt_id,
        person_id=actor().id,
        client=body.get("client"),
        saves=body.get("saves"),
        now=moment,
    )
    return {
        "results": [
            {
                "item": one.item,
                "status": one.status,
                "revision": one.revision,
                "response": one.response,
                "flagged": one.flagged,
            }
            for one in replies.results
        ],
        "saved_at": moment.isoformat(),
        "server_now": moment.isoformat(),
        "deadline": replies.deadline_at.isoformat() if replies.deadline_at else None,
        "state": replies.state,
    }


@bp.post("/attempts/<int:attempt_id>/submit")
@requires("attempt.answer")
@accepts_upload(MOST_BODY)
def submit(attempt_id: int) -> ResponseReturnValue:
    """Hand the paper in."""
    saves = _saves(attempt_id)
    receipt = services.hand_in(
        attempt_id=attempt_id,
        person_id=actor().id,
        key=request.form.get("key", ""),
        client=request.form.get("client") or "submit",
        saves=saves,
        now=now(),
    )
    url = url_for(".result", attempt_id=attempt_id)
    if not wants_json():
        return redirect(url)
    return {
        "url": url,
        "receipt": receipt.receipt[:8],
        "submitted_at": receipt.submitted_at.isoformat(),
    }


def _save_form(attempt_id: int) -> ResponseReturnValue:
    """The save button of a page without scripts."""
    replies = services.save(
        attempt_id=attempt_id,
        person_id=actor().id,
        client=FORM_CLIENT,
        saves=plainform.saves_of(rows.attempt_of(attempt_id, actor().id), request.form),
        now=now(),
    )
    if any(one.status == "conflict" for one in replies.results):
        flash(_("有的题在另一个窗口改过，这里的改动没有盖上去。请看一遍再保存。"), "warn")
    elif replies.state == AttemptState.OPEN.value:
        flash(_("已保存 %(when)s", when=show_when(now(), seconds=True)))
    return redirect(url_for(".take", attempt_id=attempt_id))


def _saves(attempt_id: int) -> Any:
    """The outbox that came with the form, else its fields. Raises BadInputError."""
    text = request.form.get("saves")
    if text is None:
        return plainform.saves_of(rows.attempt_of(attempt_id, actor().id), request.form)
    if not text:
        return []
    if len(text) > MOST_SAVES_TEXT:
        raise BadInputError
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInputError from error


@bp.post("/attempts/<int:attempt_id>/signals")
@requires("attempt.answer")
def signals(attempt_id: int) -> ResponseReturnValue:
    """What the page noticed; shown to the learner too."""
    services.log_signals(
        attempt_id=attempt_id,
        person_id=actor().id,
        events=json_body().get("events"),
        now=now(),
    )
    return "", 204


@bp.get("/attempts/<int:attempt_id>/result")
@requires("attempt.read")
def result(attempt_id: int) -> ResponseReturnValue:
    """The score page of one's own attempt."""
    attempt = rows.attempt_of(attempt_id, actor().id)
    if attempt.standing(now()).state is AttemptState.OPEN:
        return redirect(url_for(".take", attempt_id=attempt_id))
    return render_template("assessments/result.html", r=_result(attempt))


@bp.get("/attempts/<int:attempt_id>/result.pdf")
@requires("attempt.read")
def result_pdf(attempt_id: int) -> ResponseReturnValue:
    """One's own result on paper."""
    attempt = rows.attempt_of(attempt_id, actor().id)
    if attempt.standing(now()).state is AttemptState.OPEN:
        raise NotFoundError
    result = _result(attempt)
    html = render_template("assessments/result_pdf.html", r=result, printed_at=now())
    name = f"{safe_name(result.title)} {_('成绩')} {safe_name(result.person)}.pdf"
    plain = f"result-{attempt_id}.pdf"
    return attachment(pdf.render_pdf(html), "application/pdf", name=name, plain=plain)


def _result(attempt: rows.AttemptRow) -> results.ResultPage:
    moment = now()
    card = None
    if not attempt.is_preview:
        card = cards.card_of(attempt.assignment_id, actor().id, now=moment, lang=lang())
    around = results.Around(
        person=actor().name,
        lang=lang(),
        now=moment,
        attempts_allowed=card.attempts_allowed if card else 1,
        can_retake_at=_retake_at(card),
        next_url=url_for(".start_page", assignment_id=card.assignment_id)
        if card and card.is_to_do(moment)
        else None,
        used_up=pages.used_up_note(card) if card else "",
        with_levels=True,
    )
    return results.result_page(attempt, around)


def _retake_at(card: cards.AssignmentCard | None) -> Any:
    if card is None or card.passed or not card.attempts_left or card.is_waiting:
        return None
    return card.free_at


@bp.get("/attempts/<int:attempt_id>/items/<int:position>/image")
@requires("item.image")
def item_image(attempt_id: int, position: int) -> ResponseReturnValue:
    """The picture of an item on one's own paper."""
    picture = pages.picture_of(rows.attempt_of(attempt_id, actor().id), position)
    response = make_response(picture.data)
    response.mimetype = picture.mime
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response
