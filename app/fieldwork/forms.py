"""Shapes of what is posted: each sheet's form is made from the rows of the track."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.domain import fieldwork as rules
from app.domain.fieldwork import MOST_NOTE, MOST_TEXT, Presence, Verdict
from app.domain.tracks import ActivityKind, FormRow
from app.fieldwork.queries import Work
from app.fieldwork.services import CODE_MINUTES, Filled, is_filled
from app.kernel.forms import of_our_time, options

NOT_MET = ""
_DAY = (DataRequired(_l("写日期，例如 2026-11-23。")), of_our_time)


def _key() -> HiddenField:
    return HiddenField(
        validators=[DataRequired(_l("这一页放得太久了，请刷新再送。")), Length(min=8, max=40)]
    )


class _MaybeDate(DateField):
    """A date that may be left empty; whether it may is the form's to say."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Nothing typed is no date, not a wrong one."""
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)


class SheetForm(FlaskForm):
    """What every sheet asks for; `made_for` adds a field a row."""

    key = _key()
    seen = IntegerField(validators=[Optional(), NumberRange(min=0, max=2**31 - 1)], default=0)
    anyway = BooleanField()
    happened_on = DateField(
        _l("哪一天"), validators=[InputRequired(_l("写日期，例如 2026-11-23。")), of_our_time]
    )
    notes = TextAreaField(
        _l("补充"), validators=[Length(max=MOST_TEXT, message=_l("最多 %(max)d 个字。"))]
    )
    reason = StringField(
        _l("为什么更正"), validators=[Length(max=400, message=_l("最多 %(max)d 个字。"))]
    )


class _Verdicts:
    """The observer's word."""

    verdict = RadioField(
        _l("结论"),
        choices=options(
            [(Verdict.YES.value, _l("可以")), (Verdict.NOT_YET.value, _l("还不行，因为……"))]
        ),
        validators=[InputRequired(_l("选“可以”或“还不行”。"))],
    )
    because = TextAreaField(
        _l("因为"), validators=[Length(max=MOST_NOTE, message=_l("最多 %(max)d 个字。"))]
    )
    again_on = _MaybeDate(_l("哪天再看"), validators=[of_our_time])

    def validate_because(self, field: TextAreaField) -> None:
        """Not yet: it says why."""
        if self.verdict.data == Verdict.NOT_YET and not (field.data or "").strip():
            raise ValidationError(_("写一句差在哪里，对方才知道练什么。"))

    def validate_again_on(self, field: DateField) -> None:
        """Not yet: it says when it is looked at again."""
        if self.verdict.data != Verdict.NOT_YET:
            return
        happened: date | None = self.happened_on.data  # type: ignore[attr-defined]
        if field.data is None:
            raise ValidationError(_("约一天再看，例如 2026-11-23。"))
        if happened is not None and field.data <= happened:
            raise ValidationError(_("再看的那天要晚于这一次（%(on)s）。", on=happened.isoformat()))


def mark_name(row_id: str) -> str:
    """The field of a row's mark."""
    return f"m-{row_id}"


def note_name(row_id: str) -> str:
    """The field of a row's note."""
    return f"n-{row_id}"


def text_name(row_id: str) -> str:
    """The field of a row's text."""
    return f"t-{row_id}"


def made_for(one: Work, **more: Any) -> SheetForm:
    """The form of an activity, filled with what was posted."""
    fields: dict[str, Any] = {}
    rows = one.form.rows if one.form else ()
    match one.activity.kind:
        case ActivityKind.OBSERVATION:
            for row in rows:
                fields[mark_name(row.id)] = _mark(row)
                fields[note_name(row.id)] = StringField(
                    validators=[Length(max=MOST_NOTE, message=_l("最多 %(max)d 个字。"))]
                )
        case ActivityKind.SURVEY:
            fields |= {text_name(row.id): _text(row) for row in rows}
        case ActivityKind.KPI_MILESTONE:
            fields["value"] = StringField(
                _l("结果"),
                validators=[
                    DataRequired(_l("写结果，例如 3 单、26 万。")),
                    Length(max=120, message=_l("最多 %(max)d 个字。")),
                ],
            )
            fields["source"] = StringField(
                _l("依据"),
                validators=[
                    DataRequired(_l("写在哪里查得到，例如 CRM 报表的名字和日期。")),
                    Length(max=MOST_NOTE, message=_l("最多 %(max)d 个字。")),
                ],
            )
        case _:
            pass
    is_judged = one.activity.kind is ActivityKind.OBSERVATION
    bases = (_Verdicts, SheetForm) if is_judged else (SheetForm,)
    kind = type("MadeForm", bases, fields)
    made: SheetForm = kind(**more)
    return made


def _mark(row: FormRow) -> RadioField:
    """A mark of a row; "not met" leaves it out of the evidence."""
    marks = [str(n) for n in range(rules.highest(row) + 1)]
    return RadioField(
        choices=options([(one, one) for one in (*marks, NOT_MET)]),
        default=None,
        validate_choice=False,
        validators=[_one_of(frozenset({*marks, NOT_MET}))],
    )


def _one_of(known: frozenset[str]) -> Callable[[FlaskForm, RadioField], None]:
    """Every row is answered: a mark, or that there was nothing to see."""

    def check(_form: FlaskForm, field: RadioField) -> None:
        if not field.raw_data or field.data not in known:
            raise ValidationError(_("点一档；没有遇到就点“没遇到”。"))

    return check


def _text(row: FormRow) -> TextAreaField:
    least = row.least or 1
    return TextAreaField(
        validators=[
            Length(min=least, message=_l("至少写 %(min)d 个字。")),
            Length(max=MOST_TEXT, message=_l("最多 %(max)d 个字。")),
        ]
    )


def filled(one: Work, form: SheetForm) -> Filled:
    """What a valid form says."""
    data = form.data
    rows = one.form.rows if one.form else ()
    content: dict[str, Any]
    match one.activity.kind:
        case ActivityKind.OBSERVATION:
            marks = {row.id: data[mark_name(row.id)] for row in rows}
            notes = {row.id: (data[note_name(row.id)] or "").strip() for row in rows}
            content = {
                "marks": {row_id: int(mark) for row_id, mark in marks.items() if mark},
                "notes": {row_id: note for row_id, note in notes.items() if note},
            }
        case ActivityKind.SURVEY:
            content = {"texts": {row.id: data[text_name(row.id)].strip() for row in rows}}
        case _:
            content = {"value": data.get("value", ""), "source": data.get("source", "")}
    is_not_yet = data.get("verdict") == Verdict.NOT_YET
    return Filled(
        happened_on=data["happened_on"],
        content=content,
        key=data["key"],
        verdict=Verdict.NOT_YET if is_not_yet else Verdict.YES,
        because=(data.get("because") or "").strip() if is_not_yet else "",
        again_on=data.get("again_on") if is_not_yet else None,
        notes=(data["notes"] or "").strip(),
        seen=data["seen"] or 0,
        anyway=bool(data["anyway"]),
    )


def is_valid(one: Work, form: SheetForm) -> bool:
    """Whether the form was filled in; what is missing in all stands in its own errors."""
    if not form.validate_on_submit():
        return False
    if is_filled(one, filled(one, form).content):
        return True
    form.form_errors.append(_("至少给一行打分；一行都没遇到，就不用交这张表。"))
    return False


def fill(form: SheetForm, row: Filled) -> None:
    """Show what a record says, to be corrected."""
    form.happened_on.data, form.notes.data = row.happened_on, row.notes
    for name, value in (
        ("verdict", row.verdict.value),
        ("because", row.because),
        ("again_on", row.again_on),
        ("value", row.content.get("value", "")),
        ("source", row.content.get("source", "")),
    ):
        if name in form:
            form[name].data = value
    for field in form:
        kind, _dash, row_id = field.name.partition("-")
        book = {"m": "marks", "n": "notes", "t": "texts"}.get(kind)
        if book is not None:
            known = row.content.get(book, {}).get(row_id)
            field.data = NOT_MET if known is None else str(known)


class SignForm(FlaskForm):
    """Rows of a checklist to sign, or one to take back with a reason."""

    key = _key()
    rows = SelectMultipleField(_l("签哪几项"), validate_choice=False)
    back = HiddenField(validators=[Length(max=64)])
    reason = StringField(
        _l("撤回的原因"), validators=[Length(max=400, message=_l("最多 %(max)d 个字。"))]
    )


class CodeForm(FlaskForm):
    """How long the code stands on the wall, and who is late."""

    minutes = SelectField(
        _l("签到码用多久"),
        choices=options([(str(n), _l("%(n)s 分钟", n=n)) for n in CODE_MINUTES]),
        default=str(CODE_MINUTES[1]),
    )
    late = IntegerField(
        _l("几分钟后算迟到"),
        validators=[
            Optional(),
            NumberRange(min=0, max=60, message=_l("写 0 到 60 之间的整数，或者不写。")),
        ],
    )


class CheckInForm(FlaskForm):
    """The code from the wall."""

    code = StringField(
        _l("签到码"),
        validators=[
            DataRequired(_l("输入屏幕上的六位数字。")),
            Length(max=12, message=_l("签到码是六位数字。")),
        ],
    )


class PresenceForm(FlaskForm):
    """Who was there, by the trainer."""

    presence = SelectField(
        choices=options(
            [
                (Presence.PRESENT.value, _l("到了")),
                (Presence.LATE.value, _l("迟到")),
                (Presence.EXCUSED.value, _l("请假")),
                (Presence.ABSENT.value, _l("没来")),
            ]
        )
    )
    notes = StringField(_l("备注"), validators=[Length(max=200, message=_l("最多 %(max)d 个字。"))])


class PairForm(FlaskForm):
    """Who mentors from which day; a reason where the rules are not met."""

    mentor = IntegerField(_l("带教人"), validators=[InputRequired(_l("选一位带教人。"))])
    on = DateField(_l("从哪天起"), validators=_DAY)
    because = StringField(
        _l("不满足条件时的理由"), validators=[Length(max=400, message=_l("最多 %(max)d 个字。"))]
    )


class EndForm(FlaskForm):
    """The last day of a pairing."""

    on = DateField(_l("到哪天为止"), validators=_DAY)
