"""Shapes of what trainers post: an assessment, people to assign, times, reasons."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # no types
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from app.assessments.services import Definition, Source
from app.assessments.terms import Display, Feedback, Release, ReportReason, ReportVerdict
from app.domain import forms_parallel
from app.domain.attempts import Counts
from app.domain.items import ItemType, PassMark
from app.domain.papers import Cell, PaperPlan
from app.kernel.forms import CheckboxesField

SECTIONS, PLAN = "sections", "plan"
OWN, SAME, PARALLEL = "own", "same", "parallel"
CELLS, MOST_CELLS = 8, 60

COUNTS = [
    SelectChoice(Counts.BEST.value, _l("最好的一次")),
    SelectChoice(Counts.LATEST.value, _l("最后一次")),
    SelectChoice(Counts.FIRST.value, _l("第一次")),
]
FEEDBACKS = [
    SelectChoice(Feedback.AFTER_SUBMIT.value, _l("交卷后")),
    SelectChoice(Feedback.AFTER_CLOSE.value, _l("测验结束后")),
    SelectChoice(Feedback.NEVER.value, _l("不公开")),
]
RELEASES = [
    SelectChoice(Release.AUTO.value, _l("评完自动公布")),
    SelectChoice(Release.TRAINER.value, _l("由培训师统一公布")),
]
DISPLAYS = [
    SelectChoice(Display.ONE.value, _l("一页一题")),
    SelectChoice(Display.ALL.value, _l("全部一页")),
]
TYPES = [
    SelectChoice("", _l("不限")),
    SelectChoice(ItemType.SINGLE.value, _l("单选题")),
    SelectChoice(ItemType.MULTI.value, _l("多选题")),
    SelectChoice(ItemType.TRUE_FALSE.value, _l("判断题")),
    SelectChoice(ItemType.SHORT.value, _l("简答题")),
]
DIFFICULTIES = [
    SelectChoice("", _l("不限")),
    *(SelectChoice(str(n), str(n)) for n in range(1, 6)),
]


def choices(pairs: Iterable[tuple[Any, str]]) -> list[SelectChoice]:
    """Values with their labels as the choices of a field."""
    return [SelectChoice(value, label) for value, label in pairs]


class CellForm(Form):
    """One row of a plan; an empty number leaves the row out."""

    n = IntegerField(_l("题数"), [Optional(), NumberRange(1, 200)])
    competency = SelectField(_l("能力"), choices=[], default="", validate_choice=False)
    difficulty = SelectField(_l("预设难度"), choices=DIFFICULTIES, default="")
    type = SelectField(_l("题型"), choices=TYPES, default="")
    points = DecimalField(_l("每题分值"), [Optional(), NumberRange(0.01, 1000)])


class DefineForm(FlaskForm):
    """An assessment as a trainer makes it."""

    title = StringField(_l("名称"), [InputRequired(_l("请填名称")), Length(max=200)])
    title_en = StringField(_l("英文名称"), [Length(max=200)])
    banks = CheckboxesField(_l("题库"), [InputRequired(_l("至少选一个题库"))])
    paper = RadioField(
        _l("组卷"),
        choices=[
            SelectChoice(SECTIONS, _l("按题库自己的结构")),
            SelectChoice(PLAN, _l("按下面的组卷方案抽题")),
        ],
        default=SECTIONS,
    )
    fixed = TextAreaField(_l("固定题目"), [Length(max=4000)])
    cells = FieldList(FormField(CellForm), min_entries=CELLS, max_entries=MOST_CELLS)
    issue = RadioField(
        _l("发卷"),
        choices=[
            SelectChoice(OWN, _l("每人各抽一份，选项次序也各不相同")),
            SelectChoice(SAME, _l("所有人同一份")),
            SelectChoice(PARALLEL, _l("几份平行卷，难度相近，人数均分")),
        ],
        default=OWN,
    )
    n_forms = IntegerField(
        _l("平行卷份数"), [Optional(), NumberRange(2, forms_parallel.MOST_FORMS)], default=2
    )
    same_ok = BooleanField(_l("题目重复也这样建"))
    opens_at = DateTimeLocalField(_l("开始时间"), [Optional()])
    closes_at = DateTimeLocalField(_l("结束时间"), [Optional()])
    limit_minutes = IntegerField(_l("限时（分钟）"), [Optional(), NumberRange(1, 1440)])
    attempts = IntegerField(_l("可考次数"), [InputRequired(), NumberRange(1, 20)], default=1)
    cooldown_hours = IntegerField(_l("两次间隔（小时）"), [Optional(), NumberRange(0, 8760)])
    counts = SelectField(_l("多次作答取"), choices=COUNTS, default=Counts.BEST.value)
    unseen_percent = IntegerField(_l("没见过的题至少占（%）"), [Optional(), NumberRange(0, 100)])
    pass_percent = DecimalField(
        _l("及格线（%）"), [InputRequired(), NumberRange(0.01, 100)], default=Decimal(60)
    )
    feedback = SelectField(_l("何时可看题目"), choices=FEEDBACKS, default="after_submit")
    shows_keys = BooleanField(_l("同时显示答案和解析"), default=True)
    release_by = SelectField(_l("成绩公布"), choices=RELEASES, default=Release.AUTO.value)
    display = SelectField(_l("答题页"), choices=DISPLAYS, default=Display.ONE.value)

    def offer(
        self, banks: Sequence[tuple[str, str]], competencies: Sequence[tuple[str, str]]
    ) -> None:
        """Fill the choices: published banks and the framework's competencies."""
        self.banks.choices = choices(banks)
        for cell in self.cells:
            cell.form.competency.choices = [SelectChoice("", _l("不限")), *choices(competencies)]

    def validate(self, extra_validators: Any = None) -> bool:
        """What no field can say alone."""
        fits = bool(super().validate(extra_validators))
        if self.opens_at.data and self.closes_at.data and self.closes_at.data <= self.opens_at.data:
            self._wrong(self.closes_at, _l("结束时间要晚于开始时间。"))
        if self.feedback.data == Feedback.AFTER_CLOSE and not self.closes_at.data:
            self._wrong(self.closes_at, _l("“测验结束后”可看题目，需要写结束时间。"))
        if self.paper.data == SECTIONS and len(self.banks.data or ()) > 1:
            self._wrong(self.banks, _l("按题库自己的结构组卷，只选一个题库。"))
        drawn = any(cell.form.n.data for cell in self.cells)
        if self.paper.data == PLAN and not drawn and not self._fixed():
            self._wrong(self.paper, _l("组卷方案至少要有一行写了题数，或写了固定题目。"))
        return fits and not self.errors

    @staticmethod
    def _wrong(field: Any, text: Any) -> None:
        field.errors = [*field.errors, text]

    def plan(self) -> PaperPlan | None:
        """The plan, None for the bank's own sections."""
        if self.paper.data != PLAN:
            return None
        return self.drawn()

    def drawn(self) -> PaperPlan:
        """What stands in the rows, whichever way of making papers is chosen."""
        cells = tuple(_cell(self.cells[row].form) for row in self.rows_used())
        return PaperPlan(cells=cells, fixed=self._fixed())

    def rows_used(self) -> list[int]:
        """The rows with a number of items, from 0."""
        return [
            row
            for row, cell in enumerate(self.cells)
            if cell.form.n.data and 1 <= cell.form.n.data <= 200 and not cell.form.n.errors
        ]

    def forms(self) -> int:
        """How many forms all people share; 0: a draw for each."""
        match self.issue.data:
            case "same":
                return 1
            case "parallel":
                return int(self.n_forms.data or 2)
            case _:
                return 0

    def _fixed(self) -> tuple[str, ...]:
        """Item ids, however they were separated."""
        found = re.split(r"[\s,，、;；]+", self.fixed.data or "")
        return tuple(dict.fromkeys(one for one in found if one))

    def definition(self, sources: Sequence[Source], zone: str) -> Definition:
        """All of it; times were typed in the trainer's zone."""
        return Definition(
            title=(self.title.data or "").strip(),
            title_en=(self.title_en.data or "").strip() or None,
            sources=tuple(sources),
            pass_mark=PassMark(share=Fraction(self.pass_percent.data or 0) / 100),
            plan=self.plan(),
            opens_at=in_zone(self.opens_at.data, zone),
            closes_at=in_zone(self.closes_at.data, zone),
            limit_seconds=self.limit_minutes.data * 60 if self.limit_minutes.data else None,
            attempts_allowed=self.attempts.data or 1,
            cooldown_seconds=(self.cooldown_hours.data or 0) * 3600,
            counts=Counts(self.counts.data),
            feedback=Feedback(self.feedback.data),
            shows_keys=self.shows_keys.data,
            release_by=Release(self.release_by.data),
            display=Display(self.display.data),
            unseen_share=Fraction(self.unseen_percent.data or 0, 100),
            forms=self.forms(),
        )

    @staticmethod
    def values_of(definition: Definition) -> dict[str, Any]:
        """Values for a new form like an earlier assessment, without its window."""
        share = definition.pass_mark.share
        return {
            "title": definition.title,
            "title_en": definition.title_en or "",
            "banks": [source.bank for source in definition.sources],
            "paper": SECTIONS if definition.plan is None else PLAN,
            "fixed": "" if definition.plan is None else " ".join(definition.plan.fixed),
            "cells": [] if definition.plan is None else [*map(_row, definition.plan.cells)],
            "limit_minutes": definition.limit_seconds and definition.limit_seconds // 60,
            "attempts": definition.attempts_allowed,
            "cooldown_hours": definition.cooldown_seconds // 3600,
            "counts": definition.counts.value,
            "unseen_percent": int(definition.unseen_share * 100),
            "pass_percent": Decimal(60) if share is None else _decimal(share * 100),
            "feedback": definition.feedback.value,
            "shows_keys": definition.shows_keys,
            "release_by": definition.release_by.value,
            "display": definition.display.value,
            "issue": (OWN, SAME, PARALLEL)[min(definition.forms, 2)],
            "n_forms": max(2, definition.forms),
        }


def _cell(row: Any) -> Cell:
    return Cell(
        n=row.n.data,
        competency=row.competency.data or None,
        difficulty=int(row.difficulty.data) if row.difficulty.data else None,
        type=ItemType(row.type.data) if row.type.data else None,
        points=None if row.points.data is None else Fraction(row.points.data),
    )


def _row(cell: Cell) -> dict[str, Any]:
    return {
        "n": cell.n,
        "competency": cell.competency or "",
        "difficulty": "" if cell.difficulty is None else str(cell.difficulty),
        "type": "" if cell.type is None else cell.type.value,
        "points": None if cell.points is None else _decimal(cell.points),
    }


def _decimal(value: Fraction) -> Decimal:
    return round(Decimal(value.numerator) / Decimal(value.denominator), 2).normalize()


def in_zone(typed: datetime | None, zone: str) -> datetime | None:
    """A time typed on the wall of `zone`, as UTC."""
    return None if typed is None else typed.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def on_wall(moment: datetime | None, zone: str) -> datetime | None:
    """The inverse of `in_zone`, for showing in a field."""
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


class AssignForm(FlaskForm):
    """Teams (with all below them) and single people."""

    units = SelectMultipleField(_l("团队（含下级）"), coerce=int)
    logins = TextAreaField(_l("个人：工号或邮箱，一行一个"), [Length(max=20_000)])
    due_at = DateTimeLocalField(_l("到期时间"), [Optional()])

    def lines(self) -> list[str]:
        """The people typed, one a line."""
        return [line.strip() for line in (self.logins.data or "").splitlines() if line.strip()]


class ReasonForm(FlaskForm):
    """Why something is changed; kept in the audit trail."""

    reason = StringField(_l("原因"), [InputRequired(_l("请写明原因。")), Length(max=400)])


class TimeForm(ReasonForm):
    """Extra minutes for one person, in all."""

    minutes = IntegerField(_l("加时（分钟）"), [InputRequired(), NumberRange(0, 1440)])


class LengthenForm(FlaskForm):
    """A longer limit or window."""

    limit_minutes = IntegerField(_l("限时（分钟）"), [Optional(), NumberRange(1, 1440)])
    closes_at = DateTimeLocalField(_l("结束时间"), [Optional()])


class MarkersForm(FlaskForm):
    """Who marks beside the trainers."""

    markers = CheckboxesField(_l("评分人"), coerce=int)


class TokenForm(FlaskForm):
    """A button: the token alone."""


class ItemReportForm(FlaskForm):
    """What a learner thinks is wrong with an item."""

    item = IntegerField(_l("第几题"), [InputRequired(_l("请写第几题。")), NumberRange(1, 1000)])
    reason = RadioField(
        _l("哪里不对"),
        choices=[
            SelectChoice(ReportReason.KEY.value, _l("答案不对")),
            SelectChoice(ReportReason.UNCLEAR.value, _l("看不明白")),
            SelectChoice(ReportReason.TYPO.value, _l("有错别字")),
            SelectChoice(ReportReason.OUTDATED.value, _l("内容过时")),
            SelectChoice(ReportReason.OTHER.value, _l("别的")),
        ],
        validators=[InputRequired(_l("请选一项。"))],
    )
    text = TextAreaField(_l("说明"), [Length(max=1000)])


class ItemReplyForm(FlaskForm):
    """A trainer's answer to a report."""

    verdict = RadioField(
        _l("怎么处理"),
        choices=[
            SelectChoice(ReportVerdict.CHANGED.value, _l("题目有问题，已经改或者会改")),
            SelectChoice(ReportVerdict.KEPT.value, _l("题目没有问题")),
        ],
        validators=[InputRequired(_l("请选一项。"))],
    )
    reply = TextAreaField(
        _l("回复"), [InputRequired(_l("请写一句回复，报告的人会看到。")), Length(max=1000)]
    )
