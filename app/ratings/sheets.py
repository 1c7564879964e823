"""The assessors as a workbook. Text is written as text: no cell becomes a formula."""

from collections.abc import Sequence
from io import BytesIO
from typing import Final

from flask_babel import gettext as _
from xlsxwriter import Workbook

from app.ratings.pages import AssessorLine

OPTIONS: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def severity(rows: Sequence[AssessorLine]) -> bytes:
    """One line an assessor; figures as numbers, empty where there are too few."""
    out = BytesIO()
    book = Workbook(out, OPTIONS)
    page = book.add_worksheet(_("评委松紧"))
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    one_place = book.add_format({"num_format": "+0.0;-0.0;0.0"})
    heads = (
        _("评委"),
        _("共同评过的场次"),
        _("平均相差（分）"),
        _("区间下限"),
        _("区间上限"),
        _("判断"),
    )
    for column, head in enumerate(heads):
        page.write_string(0, column, head, bold)
    for number, row in enumerate(rows, 1):
        page.write_string(number, 0, row.name)
        page.write_number(number, 1, row.n)
        if row.centre is not None:
            for column, value in enumerate((row.centre, row.lo, row.hi), 2):
                page.write_number(number, column, value, one_place)
        page.write_string(number, 5, row.call)
    page.set_column(0, 5, 18)
    page.freeze_panes(1, 1)
    book.close()
    return out.getvalue()
