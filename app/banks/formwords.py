"""What is said about a mistake, to a reader who fills in a form: its labels, not the file's words.

The command line and the source view name the fields of the file; here the templates of the same
messages are put into the form's words before anything of the bank is filled in, so that no text of
an author is ever changed.
"""

import re
from collections.abc import Mapping
from typing import Final

from app.banks.messages import MESSAGES, Problem, filled

# Field of the file -> label of the form, Chinese and English.
LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "source": ("出处", "Source"),
    "total": ("合计分数", "Total points"),
    "rubric": ("评分标准", "Rubric"),
    "shuffle": ("选项顺序", "Order of options"),
    "scoring": ("多选计分", "Multiple-choice scoring"),
    "points": ("分值", "Points"),
    "points_each": ("每题分值", "Points per item"),
    "competencies": ("能力", "Competency"),
    "tags": ("标签", "Tags"),
    "difficulty": ("预设难度", "Difficulty"),
    "feedback": ("反馈", "Feedback"),
    "options": ("选项", "Option"),
    "answer": ("答案", "Key"),
    "keywords": ("关键词", "Keywords"),
    "need": ("至少几组", "Groups needed"),
    "not": ("出现即不算", "Vetoed by"),
    "why": ("解析", "Explanation"),
    "stem": ("题干", "Stem"),
    "image": ("图片", "Picture"),
    "x-alt": ("替代文字", "Alt text"),
    "intro": ("说明", "Notes"),
    "description": ("说明", "Notes"),
    "id": ("编号", "Number"),
    "point": ("评分点", "Criterion"),
    "draw": ("随机抽几题", "Items drawn at random"),
    "pass": ("及格线", "Pass mark"),
    "time_limit": ("限时", "Time limit"),
    "max_chars": ("最多字数", "Most characters"),
    "status": ("状态", "Status"),
    "type": ("题型", "Item type"),
    "title": ("标题", "Title"),
}
_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "single": ("单选题", "single choice"),
    "multi": ("多选题", "multiple choice"),
    "true_false": ("判断题", "true/false"),
    "short": ("简答题", "short answer"),
}
# What a field is set to -> the choice of the form that sets it. A switch without a choice of its
# own is said as yes and no.
_CHOICES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "type": _TYPES,
    "status": {
        "draft": ("草稿", "Draft"),
        "active": ("在用", "Active"),
        "retired": ("停用", "Retired"),
    },
    "scoring": {
        "all_or_nothing": ("全对才得分", "All or nothing"),
        "subset": ("少选按比例，错选不得分", "In proportion; wrong choice 0"),
        "subset_half": ("少选得一半，错选不得分", "Half for some; wrong choice 0"),
        "net": ("选对减选错", "Right minus wrong"),
        "each_option": ("逐项计分", "Per option"),
    },
}
# Whole turns of a template, the longer ones first.
_TURNS: Final = (
    (
        ("写 type: single、multi、true_false 或 short", "选一种题型"),
        ("缺少字段 {key}。补上 {key}: …", "缺少“{key}”。把它写上"),
        ("写上内容，或删掉这一行", "写上内容，或清空这一格"),
        ("写 options，从 A 起每行一项", "写上至少两个选项"),
        ("背景放进 intro", "背景放进大题的“说明”"),
        ("只能写 true 或 false", "只能是“打乱”或“不打乱”"),
        (
            "要写成列表，例如 [{example}]，或每行以 - 开头",
            "要写成几个词，用逗号隔开，例如 {example}",
        ),
        ("去掉 status: draft", "把“状态”选为“在用”"),
        ("写 answer: {example}", "标出答案"),
        ("写 status: draft", "把“状态”选为“草稿”"),
        ("写 status: retired 停用", "把“状态”选为“停用”"),
        ("写 shuffle: false", "把“选项顺序”选为“不打乱”"),
        ("写一句 x-alt: 图里有什么", "在“替代文字”里写一句图里有什么"),
        ("改成 time_limit: {needed}m", "把“限时”改成 {needed}m"),
        ("写 rubric 或 answer", "写评分点或参考答案"),
        ("写 rubric，每个评分点写明分值", "在“评分标准”里写评分点，各写分值"),
        *(
            (f"改为 type: {name}{gap}", f"把题型改为{words[0]}")
            for name, words in _TYPES.items()
            for gap in (" ", "")
        ),
        ("{type} 题", "{type}"),
        ("本节", "本大题"),
        ("各节", "各大题"),
        ("的一节里", "的大题里"),
    ),
    (
        ("Write type: single, multi, true_false or short", "Choose a type"),
        ("The field {key} is missing. Add {key}: …", '"{key}" is missing. Fill it in'),
        ("Fill it in, or delete the line", "Fill it in, or leave the box empty"),
        ("Write options, one a line, from A on", "Write at least two options"),
        ('"{key}" is true or false,', '"{key}" is shuffled or as written,'),
        (
            '"{key}" wants a list, such as [{example}], or lines that begin with -',
            '"{key}" wants words separated by commas, such as {example}',
        ),
        ("Write answer: {example}", "Mark the key"),
        ("write status: draft", 'set "Status" to Draft'),
        (", or status: draft", ', or set "Status" to Draft'),
        ("Keep an item that was used: status: retired", "Retire an item that was used"),
        ("write shuffle: false", 'set "Order of options" to As written'),
        ("or shuffle: false", 'or set "Order of options" to As written'),
        ("Say in x-alt: what it shows", 'Say in "Alt text" what it shows'),
        ("Write time_limit: {needed}m", 'Set "Time limit" to {needed}m'),
        ("Write rubric: with points for each criterion", 'Fill in "Rubric", with points for each'),
        ("Write total: {sum}", 'Set "Total points" to {sum}'),
        ("write total: {with_drafts}", 'set "Total points" to {with_drafts}'),
        ("take status: draft away", 'set "Status" to Active'),
        ("move the background to intro", "move the background to the section's notes"),
        ("Lower need,", 'Lower "Groups needed",'),
        ("need is {need}", '"Groups needed" is {need}'),
        ("or change draw or", "or change how many are drawn or"),
        ("Lower draw,", "Draw fewer,"),
        ("delete draw", "empty that field"),
        ("Add source:", 'Fill in "Source"'),
        *((f"rite type: {name}", f"rite it as {words[1]}") for name, words in _TYPES.items()),
    ),
)
_FIELD: Final = re.compile(
    rf" ?(?<![\w{{.“])({'|'.join(sorted(LABELS, key=len, reverse=True))})(?![\w}}:]) ?"
)


def in_form_words(problem: Problem, lang: str) -> str:
    """The sentence with the cure, in the words of the form: zh-CN or en."""
    place = 0 if lang == "zh-CN" else 1
    template = MESSAGES[problem.key][place]
    for turn, said in _TURNS[place]:
        template = template.replace(turn, said)
    if place == 0:
        template = _FIELD.sub(lambda found: f"“{LABELS[found[1]][0]}”", template)
    params = dict(problem.params)
    field = str(params.get("key"))
    choices = _CHOICES.get(field, {})
    if field in LABELS:
        params["key"] = LABELS[field][place]
    for name in ("value", "hint", "known"):
        if choices and name in params:
            params[name] = _chosen(params[name], choices, place)
    if params.get("type") in _TYPES:
        params["type"] = _TYPES[str(params["type"])][place]
    return filled(template, params, lang)


def _chosen(said: object, choices: Mapping[str, tuple[str, str]], place: int) -> object:
    """A value of the file, or several, as the form offers it."""
    if isinstance(said, tuple):
        return tuple(_chosen(one, choices, place) for one in said)
    return choices[said][place] if isinstance(said, str) and said in choices else said
