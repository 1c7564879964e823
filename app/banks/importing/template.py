"""The Excel template of the import: four example rows, lists to choose from, a page of help."""
# ruff: noqa: E501  a table of texts reads better in long lines

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from app.domain.items import DEFAULT_LANG

HELP_SHEETS: Final = ("填写说明", "How to fill in")
_TEMPLATE: Final[Mapping[str, Mapping[str, Any]]] = {
    "zh-CN": {
        "sheet": "题目",
        "help": "填写说明",
        "columns": ("题型", "题干", "选项A", "选项B", "选项C", "选项D", "选项E", "正确答案", "解析", "分值", "难度", "知识点"),
        "types": ("单选题", "多选题", "判断题", "简答题"),
        "levels": ("易", "中", "难"),
        "rows": (
            ("单选题", "首次拜访，开场三分钟内最应该做的是（  ）", "介绍公司历史", "说明来意，约定议程", "报最低折扣", "打听竞品合同", "", "B", "先对齐议程，客户才愿意谈。", 5, "易", "拜访"),
            ("多选题", "下列属于开放式提问的有（  ）", "您目前怎样安排培训？", "周三还是周四方便？", "流失的客户主要因为什么？", "您是不是用甲厂系统？", "", "AC", "能用“是”或选一个回答的不是开放式提问。", 5, "中", "提问"),
            ("判断题", "客户说“太贵了”，说明他没有预算。", "", "", "", "", "", "错", "多半是还没有看到价值。", 5, "易", "异议处理"),
            ("简答题", "请写出处理价格异议的三个步骤，并各举一句话术。", "", "", "", "", "", "共情、讲价值、举案例，各有一句可用的话术。", "", 10, "难", "异议处理"),
        ),
        "lines": (
            "一行一题，第一行的列名不要改；多出来的列会在导入时说明，不会丢下不说。",
            "题型：单选题、多选题、判断题、简答题。不写题型时按答案判断。",
            "选项：从选项A 起依次填，最多 10 个（可以加列 选项F 到 选项J）。判断题和简答题不填选项。",
            "正确答案：单选写 B，多选写 AC，判断写 对 或 错，简答写参考答案。没有答案可以空着，导入后是草稿。",
            "分值：大于 0 的数字，最多两位小数。难度：1 到 5，或 易、中、难。知识点用、隔开。",
            "公式只读它显示的结果；图片请在导入之后加。",
            "示例的 4 行可以删掉。",
        ),
    },
    "en": {
        "sheet": "Items",
        "help": "How to fill in",
        "columns": ("Type", "Stem", "Option A", "Option B", "Option C", "Option D", "Option E", "Key", "Explanation", "Points", "Difficulty", "Tags"),
        "types": ("Single choice", "Multiple answers", "True or false", "Short answer"),
        "levels": ("easy", "medium", "hard"),
        "rows": (
            ("Single choice", "What belongs in the first three minutes of a visit?", "The company's history", "Your purpose and an agreed agenda", "The lowest price", "The rival's contract", "", "B", "With an agenda the customer is ready to talk.", 5, "easy", "visit"),
            ("Multiple answers", "Which of these are open questions?", "How do you plan training today?", "Is Wednesday or Thursday better?", "Why did customers leave?", "Do you use system X?", "", "AC", "What can be answered with yes or one word is not open.", 5, "medium", "questions"),
            ("True or false", "A customer who says it is too expensive has no budget.", "", "", "", "", "", "false", "Often the value is not seen yet.", 5, "easy", "objections"),
            ("Short answer", "Name three steps of answering a price objection, with a sentence for each.", "", "", "", "", "", "Empathy, value, a case; each with a usable sentence.", "", 10, "hard", "objections"),
        ),
        "lines": (
            "One item a row. Keep the names in row 1; columns that are not known are reported.",
            "Type: single choice, multiple answers, true or false, short answer. Without one the key tells it.",
            "Options: from A on without gaps, at most 10 (add columns Option F to Option J). None for the last two types.",
            "Key: B, AC, true or false, or a model answer. It may stay empty: the item becomes a draft.",
            "Points: a number above 0, at most two decimals. Difficulty: 1 to 5, or easy, medium, hard.",
            "Of a formula only the shown result is read; add pictures after the import.",
            "The four examples may be deleted.",
        ),
    },
}  # fmt: skip
_WIDTHS: Final = (10, 44, 18, 18, 18, 18, 18, 14, 30, 8, 8, 14)


def template_xlsx(lang: str = DEFAULT_LANG) -> bytes:
    """A workbook to fill in: four example rows, lists to choose from, a page that explains."""
    said = _TEMPLATE["zh-CN" if lang == DEFAULT_LANG else "en"]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    # The same bytes on every day.
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001  a file's date has no zone
    head = book.add_format({"bold": True, "bg_color": "#E7EEF6", "border": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    page = book.add_worksheet(said["sheet"])
    for column, width in enumerate(_WIDTHS):
        page.set_column(column, column, width, wrap if column == 9 else text)
    page.write_row(0, 0, said["columns"], head)
    for number, row in enumerate(said["rows"], start=1):
        for column, value in enumerate(row):
            page.write(number, column, value, wrap if column == 9 else text)
    page.freeze_panes(1, 0)
    for column, name in ((0, "types"), (10, "levels")):
        page.data_validation(
            1, column, 2000, column, {"validate": "list", "source": list(said[name])}
        )
    page.data_validation(
        1, 9, 2000, 9, {"validate": "decimal", "criteria": ">", "value": 0, "ignore_blank": True}
    )
    notes = book.add_worksheet(said["help"])
    notes.set_column(0, 0, 100, wrap)
    for number, line in enumerate(said["lines"]):
        notes.write(number, 0, line)
    book.close()
    return out.getvalue()
