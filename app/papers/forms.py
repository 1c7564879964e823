"""Shapes of what trainers post about printed papers."""

import json
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # no types
from wtforms.validators import InputRequired, Length

from app.papers.grid import Typing
from app.papers.prints import Kind

FORMS, PEOPLE = "forms", "people"
MOST_JSON = 480_000
BY = {PEOPLE: _l("每人一份，印上姓名和卷号"), FORMS: _l("每种卷一份，自己复印")}
KINDS = {
    Kind.PAPER: _l("试卷"),
    Kind.ANSWERS: _l("答题纸"),
    Kind.KEY: _l("答案与评分标准"),
}


class PrintForm(FlaskForm):
    """What to print, for whom, in which language."""

    by = RadioField(
        _l("打印给"),
        choices=[SelectChoice(value, label) for value, label in BY.items()],
        default=PEOPLE,
    )
    kinds = SelectMultipleField(
        _l("内容"),
        choices=[SelectChoice(value.value, label) for value, label in KINDS.items()],
        default=[Kind.PAPER.value],
        validators=[InputRequired(_l("至少选一样。"))],
    )
    language = SelectField(
        _l("语言"),
        choices=[SelectChoice("zh-CN", _l("简体中文")), SelectChoice("en", "English")],
        default="zh-CN",
    )
    separate = BooleanField(_l("答案写在答题纸上，试卷不留空"))

    def offer(self, *, keys: bool, forms: bool) -> None:
        """Leave out keys for whom has no right to them, and forms where there are none."""
        kinds = [one for one in Kind if keys or one is not Kind.KEY]
        self.kinds.choices = [SelectChoice(one.value, KINDS[one]) for one in kinds]
        if not forms:
            self.by.choices = [SelectChoice(PEOPLE, BY[PEOPLE])]


class EntryForm(FlaskForm):
    """When the papers were sat, why something is corrected, and `rows` from a workbook."""

    sat_at = DateTimeLocalField(
        _l("作答时间"), [InputRequired(_l("写上什么时候考的。"))], format="%Y-%m-%dT%H:%M"
    )
    reason = StringField(_l("更正的原因"), [Length(max=400)])
    rows = TextAreaField(_l("作答"), [Length(max=MOST_JSON)])

    def typed(self) -> dict[str, Typing]:
        """What a workbook held, as the preview handed it on; nothing for a body of another kind."""
        try:
            raw = json.loads(self.rows.data or "{}")
            return {
                str(code): Typing(
                    {int(n): str(text) for n, text in row["cells"].items()}, str(row["letter"])
                )
                for code, row in raw.items()
            }
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {}


def packed(typed: dict[str, Typing]) -> str:
    """The inverse of `EntryForm.typed`."""
    plain = {
        code: {"cells": {n: text for n, text in row.cells.items() if text}, "letter": row.letter}
        for code, row in typed.items()
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def from_fields(fields: Iterable[tuple[str, str]]) -> dict[str, Typing]:
    """What stands in the grid's own fields: `c-CODE-3` for an answer, `f-CODE` for a form."""
    cells: dict[str, dict[int, str]] = {}
    forms: dict[str, str] = {}
    for name, text in fields:
        kind, _dash, rest = name.partition("-")
        code, _dash, number = rest.partition("-")
        if kind == "c" and number.isascii() and number.isdecimal() and len(number) < 4:
            cells.setdefault(code, {})[int(number)] = text
        elif kind == "f":
            forms[rest] = text.strip().upper()[:3]
    return {code: Typing(row, forms.get(code, "")) for code, row in cells.items()}


class UploadForm(FlaskForm):
    """A workbook that came back."""

    file = FileField(_l("填好的 xlsx"))

    def data_of(self) -> bytes:
        """Its bytes; empty when none was chosen."""
        found: Any = self.file.data
        return found.read() if found else b""
