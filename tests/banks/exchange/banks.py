"""Banks made by hypothesis: texts with every sign that some format gives a meaning to."""

from fractions import Fraction

from hypothesis import strategies as st

from app.domain.items import (
    Bank,
    Choice,
    Criterion,
    Item,
    Option,
    Rule,
    Section,
    ShortAnswer,
    TrueFalse,
)

SIGNS = (
    "客户说：“太贵了”，怎么办？（  ）|a < b & c > d|{=~#:}\\|100% 的 \\n 换行|::id:: [html] x"
    "|甲、乙；丙……——「」『』|`code` 与 **粗**|- 列表\n- 第二|1. 一\n2. 二|// 注释|$CATEGORY: x"
    "|| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 ||]]> &amp; <b>|'单' \"双\"|路径 C:\\temp\\x|~%50%波浪"
    "|{A} 与 {B}|____ 填空 ____|#标题|~~~|=SUM(A1:A2)|A. 像选项|ANSWER: B|😀 表情|é à ü"
    "|第一段\n\n第二段|```\nx = {1: '#'}\n```|T|TRUE|%25%"
)
PIECES = [part for part in SIGNS.replace("||", "|\ue000").split("|") if part.strip("\ue000")]
TABLE = "| 甲 | 乙 |\n| --- | --- |\n| 1 | 2 |"


def texts(*more, inline=False):
    """Words with signs between them. Option texts have one line."""
    pieces = [piece.replace("\ue000", "| ") for piece in [*PIECES, *more]]
    if inline:
        pieces = [piece for piece in pieces if "\n" not in piece]
    joined = st.lists(st.sampled_from(pieces), min_size=1, max_size=3)
    return joined.map(" ".join).map(str.strip).filter(lambda text: any(map(str.isalnum, text)))


def text_map(**more):
    return texts(**more).map(lambda words: {"zh-CN": words})


POINTS = st.sampled_from([Fraction(1), Fraction(5, 2), Fraction(10), Fraction(1, 4)])


@st.composite
def choices(draw):
    count = draw(st.integers(2, 5))
    letters = "ABCDE"[:count]
    options = tuple(
        # The letter makes each text unlike its neighbours.
        Option(
            letter,
            {"zh-CN": f"{letter.lower()}项 {draw(texts(inline=True))}"},
            draw(st.none() | text_map()),
        )
        for letter in letters
    )
    if draw(st.booleans()):
        return Choice(
            options, frozenset(draw(st.sampled_from(letters))), False, Rule.ALL_OR_NOTHING
        )
    key = frozenset(draw(st.sets(st.sampled_from(letters), min_size=1)))
    return Choice(options, key, True, draw(st.sampled_from(list(Rule))))


@st.composite
def shorts(draw, points):
    model = draw(st.none() | text_map())
    rubric = ()
    if model is None or draw(st.booleans()):
        keywords = ((("价格", "报价"), ("a=b",)),) if draw(st.booleans()) else ((),)
        rubric = (
            Criterion("who", points, {"zh-CN": "指出 {拍板} 的人：#1"}, *keywords, need=None),
        )
    return ShortAnswer(rubric, model)


@st.composite
def items(draw, number):
    points = draw(POINTS)
    body = draw(st.one_of(choices(), st.booleans().map(TrueFalse), shorts(points)))
    return Item(
        id=f"x-{number:03d}",
        stem={"zh-CN": f"第{number}问 {draw(texts(TABLE))}"},
        body=body,
        points=points,
        why=draw(st.none() | text_map()),
        tags=tuple(draw(st.lists(st.sampled_from(["拜访", "a]b", "x\\y"]), unique=True))),
        shuffle=draw(st.booleans()),
    )


@st.composite
def banks(draw):
    count = draw(st.integers(1, 4))
    made = tuple(draw(items(number)) for number in range(1, count + 1))
    title = draw(st.sampled_from(["甲/乙", "试卷：一", "A & B <c>"]))
    return Bank("made", {"zh-CN": title}, (Section({"zh-CN": "一、全部题目"}, made),))
