"""Reporting an item from the result page, and the trainer's answer."""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.assessments import reports, services
from app.assessments.forms import ItemReplyForm, ItemReportForm
from app.assessments.queries import rows
from app.assessments.terms import ReportReason, ReportVerdict
from app.assessments.views.blueprint import bp
from app.kernel.auth import actor, requires, scopes
from app.kernel.clock import now
from app.kernel.i18n import lang

_: Callable[..., str] = gettext


@bp.post("/attempts/<int:attempt_id>/report")
@requires("item.report")
def report_item(attempt_id: int) -> ResponseReturnValue:
    """A learner says what is wrong with an item of her paper."""
    rows.attempt_of(attempt_id, actor().id)
    form = ItemReportForm()
    back = url_for(".result", attempt_id=attempt_id, _anchor="report")
    if not form.validate_on_submit():
        flash(_("没有送出：请选第几题、哪里不对，说明不超过 1000 字。"), "warn")
        return redirect(back)
    position = form.item.data or 0
    try:
        services.report_item(
            attempt_id=attempt_id,
            person_id=actor().id,
            position=position,
            reason=ReportReason(form.reason.data),
            text=form.text.data or "",
            now=now(),
        )
    except services.ReportTextMissingError as error:
        flash(_(error.message), "warn")
        return redirect(back)
    flash(_("报告已送到培训师，回复了会通知您。"))
    return redirect(url_for(".result", attempt_id=attempt_id, _anchor=f"i{position}"))


@bp.get("/item-reports")
@requires("item_report.answer")
def item_reports() -> ResponseReturnValue:
    """What learners reported, what waits first."""
    found = reports.list_page(actor().id, scopes("item_report.answer"), lang())
    return render_template("assessments/reports.html", lines=found, words=reports)


@bp.get("/item-reports/<int:report_id>")
@requires("item_report.answer")
def item_report(report_id: int) -> ResponseReturnValue:
    """One report with the item, its answers and its history."""
    return _report_page(report_id, ItemReplyForm(), 200)


@bp.post("/item-reports/<int:report_id>/answer")
@requires("item_report.answer")
def answer_item_report(report_id: int) -> ResponseReturnValue:
    """Answer for good; the learner is told."""
    form = ItemReplyForm()
    if not form.validate_on_submit():
        return _report_page(report_id, form, 422)
    try:
        services.answer_report(
            report_id=report_id,
            actor_id=actor().id,
            scopes=scopes("item_report.answer"),
            verdict=ReportVerdict(form.verdict.data),
            reply=form.reply.data or "",
            now=now(),
        )
    except services.ReportReplyMissingError as error:
        form.form_errors.append(_(error.message))
        return _report_page(report_id, form, error.status)
    flash(_("已回复，报告的人会收到通知。"))
    return redirect(url_for(".item_reports"))


def _report_page(report_id: int, form: ItemReplyForm, status: int) -> ResponseReturnValue:
    page = reports.report_page(report_id, actor().id, scopes("item_report.answer"), lang())
    return render_template("assessments/report.html", r=page, form=form), status
