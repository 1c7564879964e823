"""What is typed about an entry: shape only."""

from functools import lru_cache
from typing import Final

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.domain.knowledge import FIELDS, MAY_BE_EMPTY, Customer, EntryKind
from app.kernel.forms import CheckboxesField, options
from app.knowledge import words
from app.knowledge.services import MOST_TEXT, MOST_TITLE

LANGS: Final = (("zh-CN", "中文"), ("en", "English"))


class EntryForm(FlaskForm):
    """What every entry has; `form_of` adds the fields of its kind."""

    lang = SelectField(_l("这一版的语言"), choices=options(LANGS))
    title = StringField(
        _l("标题"), [DataRequired(_l("写个标题，别人搜得到的那句话。")), Length(max=MOST_TITLE)]
    )
    competency = SelectField(_l("对应能力"), validators=[Optional()])
    tags = StringField(_l("标签，用逗号隔开"), [Length(max=200)])


@lru_cache(maxsize=8)
def form_of(kind: EntryKind) -> type[EntryForm]:
    """The form for one kind of entry; its fields are called `f-…`."""
    fields = {
        f"f_{name}": TextAreaField(
            name,
            [
                *([] if name in MAY_BE_EMPTY else [DataRequired(_l("这一栏要写。"))]),
                Length(max=MOST_TEXT),
            ],
        )
        for name in FIELDS[kind]
    }
    return type(f"{kind.name.title()}Form", (EntryForm,), fields)


class ReasonForm(FlaskForm):
    """Why."""

    reason = StringField(_l("原因"), [DataRequired(_l("写一句原因。")), Length(max=400)])


class UseForm(FlaskForm):
    """It was tried at a customer's; `worked` is the button that was pressed."""

    customer = RadioField(_l("用在哪类客户"), default=Customer.NEW.value)
    note = TextAreaField(_l("一句话：客户怎么回的"), [Length(max=300)])
    worked = SelectField(
        choices=options((("yes", ""), ("no", ""))),
        validators=[DataRequired(_l("选管用或没管用。"))],
    )

    def __init__(self) -> None:
        super().__init__()
        self.customer.choices = options((one.value, words.customer(one)) for one in Customer)


class QuizForm(FlaskForm):
    """Which cards, and what the bank is called."""

    title = StringField(_l("题库名称"), [DataRequired(_l("写个名称。")), Length(max=120)])
    cards = CheckboxesField(_l("卡片"), coerce=int)
