"""Every code: an example that fires at the exact place, and one next to it that must not."""

import re

import pytest

from app.banks.loader import load_bytes
from app.banks.messages import LANGS, MESSAGES
from app.banks.reader import MAX_BYTES, MAX_NODES, MAX_TEXT, PurePythonParser
from tests.banks.marked import findings, item, lint, unmarked, without

Q = "      - {id: %s, stem: %s, options: {A: 甲, B: 乙}, answer: A}\n"
SECTION = "schema: qbank/1\nid: b\ntitle: 卷\n%ssections:\n  - title: 一\n    type: single\n%s"
FIVE = "    points_each: 5\n"
DRAFT = (Q % ("q9", "草稿")).replace("answer: A", "status: draft")


def section(head: str, *items: str, bank: str = "") -> str:
    return SECTION % (bank, head + "    items:\n" + "".join(items))


FIRES = [
    # --- reading
    ("E000.colon", item("stem: 注意⟨E000.colon⟩: 先看题")),
    ("E000.tight", item("⟨E000.tight⟩why:理由\nsource: x")),
    ("E000.nokey", item("why: 理由\n⟨E000.nokey⟩忘了写字段名\nsource: x")),
    ("E000.indent", "schema: qbank/1\nid: b\n  ⟨E000.indent⟩title: 卷\n"),
    ("E000.tab", "schema: qbank/1\nsections:\n⟨E000.tab⟩\t- title: 一\n"),
    ("E000.sign -", item("stem: ⟨E000.sign⟩- 选哪个")),
    ("E000.sign @", item("stem: ⟨E000.sign⟩@全体")),
    ("E000.sign `", item("stem: ⟨E000.sign⟩`code` 是什么")),
    ("E000.sign %", item("stem: ⟨E000.sign⟩%5 是多少")),
    ("E000.sign >", item("stem: ⟨E000.sign⟩> 5 的有哪些")),
    ("E000.sign ?", item("stem: ⟨E000.sign⟩? 选哪个")),
    ("E000.sign ,", item("stem: ⟨E000.sign⟩, 开头")),
    ("E000.sign directive", "⟨E000.sign⟩%客户 题库\nid: b\n"),
    ('E000.quote "', item('stem: ⟨E000.quote⟩"异议"处理的第一步')),
    ("E000.quote '", item("stem: ⟨E000.quote⟩'a' 是什么")),
    ("E000.bracket {", item("stem: ⟨E000.bracket⟩{姓名} 您好")),
    ("E000.bracket [", item("stem: ⟨E000.bracket⟩[重要] 选哪个")),
    ("E000.unclosed", item('stem: ⟨E000.unclosed⟩"没有关上')),
    ("E000.escape", item(r'stem: ⟨E000.escape⟩"C:\temp\q"')),
    ("E000.flow", item("options: {A: 甲, B: 注意⟨E000.flow⟩: 乙}")),
    ("E000.flow open", item("tags: ⟨E000.flow⟩[拜访, 异议\nwhy: 理由")),
    ("E000.comment", item("why: 编号 #12 的\n  ⟨E000.comment⟩订单")),
    ("E000.key", item("stem: {⟨E000.key⟩{姓名}: 1}")),
    ("E000.invisible", item("why: 换行⟨E000.invisible⟩\ufeff符")),
    ("E000 plain", "a: b\n...\n⟨E000⟩c: d\n"),
    ("E011", "a: " + "[" * 11 + "⟨E011⟩[" + "]" * 12),
    ("E012", item(f"why: ⟨E012⟩{'长' * (MAX_TEXT + 1)}")),
    ("E020", item("answer: B\n⟨E020⟩answer: C")),
    ("E030 *", item("stem: ⟨E030.alias⟩**不是**正确的有")),
    ("E030 &", item("stem: ⟨E030.alias⟩&a 文字")),
    ("E030 !", item("stem: ⟨E030.alias⟩!重要 文字")),
    ("E030.merge", item("⟨E030.merge⟩<<: {difficulty: 2}")),
    ("E030.documents", item("why: 好") + "⟨E030.documents⟩---\na: b\n"),
    ("E030.directive", "⟨E030.directive⟩%TAG ! tag:x,2000:\n---\na: b\n"),
    # --- shape
    ("E101", item("⟨E101⟩competences: [insight]")),
    ("E101.list", item("⟨E101.list⟩zzzz: 1")),
    ("E101.comma", item("stem: {en: Who (name, ⟨E101.comma⟩role) decides}")),
    ("E101.language", item("stem: {zh-CN: 甲, ⟨E101.language⟩中文: 乙}")),
    ("E102", "⟨E102⟩id: b\ntitle: 卷\n"),
    ("E102 empty", "⟨E102⟩"),
    ("E102.unknown", "schema: ⟨E102.unknown⟩qbank/2\nid: b\n"),
    ("E103.missing", without("title", item("")).replace("schema", "⟨E103.missing⟩schema", 1)
        .replace("  - type", "  - ⟨E103.missing⟩type", 1)),
    ("E103.missing stem", without("stem", item("").replace("- id", "- ⟨E103.missing⟩id"))),
    ("E103.empty", item("why: \nsource: 课本").replace("why: \n", "why:⟨E103.empty⟩\n")),
    ("E103.hash", item("stem:⟨E103.hash⟩ #12 号订单")),
    ("E103.text pair", item("tags: [⟨E103.text⟩注意: 先看题]")),
    ("E103.text", item("stem: ⟨E103.text⟩[重要]")),
    ("E103.braces", item("stem: ⟨E103.braces⟩{姓名}")),
    ("E103.map", section(FIVE, "      - ⟨E103.map⟩一道题\n")),
    ("E103.list", item("tags: ⟨E103.list⟩拜访")),
    ("E103.count", item("⟨E103.count⟩options: {A: 甲}")),
    ("E103.count list", "schema: qbank/1\nid: b\ntitle: 卷\nsections: ⟨E103.count⟩[]\n"),
    ("E103.twice", item("tags: [拜访, ⟨E103.twice⟩拜访]")),
    ("E103.points", item("points: ⟨E103.points⟩五分")),
    ("E103.points decimals", item("points: ⟨E103.points⟩2.555")),
    ("E103.points zero", item("points: ⟨E103.points⟩0")),
    ("E103.integer", item("difficulty: ⟨E103.integer⟩6")),
    ("E103.flag", item("shuffle: ⟨E103.flag⟩maybe")),
    ("E103.choice", item("scoring: ⟨E103.choice⟩subsets")),
    ("E103.choices", item("status: ⟨E103.choices⟩42")),
    ("E103.slug", item("id: ⟨E103.slug⟩Q 1")),
    ("E103.form", item("", bank="time_limit: ⟨E103.form⟩30分钟")),
    ("E103.form pass", item("", bank="pass: ⟨E103.form⟩六成")),
    ("E103.long", item(f"tags: [⟨E103.long⟩{'长' * 41}]")),
    ("E103.type", item("").replace("    type: single\n", "").replace(
        "- id", "- ⟨E103.type⟩id")),
    ("E103.options", without("options", item("⟨E103.options⟩id: q1"))),
    ("E103.letters", item("options: ⟨E103.letters⟩[甲, 乙]")),
    ("E103.pointless", item("⟨E103.pointless⟩rubric: [{id: a, points: 5, point: 要点}]")),
    ("E103.need", item(
        "rubric: [{id: a, points: 5, point: 要点, keywords: [甲|乙], need: ⟨E103.need⟩2}]",
        "short")),
    ("E103.pass", item("", bank="pass: ⟨E103.pass⟩60")),
    ("E104", item("⟨E104⟩why：理由\nsource: 课本")),
    ("E104 options", item("options:\n  ⟨E104⟩A：甲\n  B：乙")),
    ("E104 language", item("stem:\n  ⟨E104⟩zh-CN：题\n  en：Question")),
    ("E104 first", section(FIVE, "      - ⟨E104⟩id：q1\n        stem: 题\n")),
    ("E104 alone", section(FIVE, "      - ⟨E104⟩id：q1\n")),
    ("E104 schema", "⟨E104⟩schema：qbank/1\n"),
    # --- ids
    ("E201", section(FIVE, Q % ("q1", "甲题"), Q % ("⟨E201⟩q1", "乙题"))),
    ("E201 criterion", item(
        "rubric: [{id: a, points: 2, point: 一}, {id: ⟨E201⟩a, points: 3, point: 二}]", "short")),
    # --- items
    ("E211", item("options: {A: 甲, ⟨E211⟩C: 丙}\nanswer: A")),
    ("E211 small", item("options: {⟨E211⟩a: 甲, B: 乙}\nanswer: B")),
    ("E211.many", item("options: {A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, I: 9, J: 10,"
        " ⟨E211.many⟩K: 11}")),
    ("E212", item("options: {A: 甲 乙, B: ⟨E212⟩甲  乙}\nanswer: A")),
    ("E213", item("feedback: {⟨E213⟩D: 不对}")),
    ("E220", without("answer", item("⟨E220⟩id: q1"))),
    ("E220 empty", item("⟨E220⟩id: q1\nanswer:")),
    ("E220 true_false", without("answer", item("⟨E220⟩id: q1", "true_false"))),
    ("E222", item("answer: ⟨E222⟩F")),
    ("E222 list", item("answer: ⟨E222⟩[A, F]", "multi")),
    ("E222 word", item("answer: ⟨E222⟩甲")),
    ("E224", item("answer: ⟨E224⟩A、C")),
    ("E225", item("answer: ⟨E225⟩不对", "true_false")),
    ("E226", item("⟨E226⟩options: {A: 对, B: 错}", "true_false")),
    ("E230", without("answer", item("⟨E230⟩id: q1", "short"))),
    ("E232", item("⟨E232⟩rubric: [{id: a, points: 4, point: 要点}]", "short")),
    ("E240.form", item("image: ⟨E240.form⟩../a.png")),
    ("E240.form url", item("image: ⟨E240.form⟩http://a.example/a.png")),
    ("E240.form absolute", item("image: ⟨E240.form⟩/a.png")),
    ("E103.reserved", "schema: qbank/1\nid: ⟨E103.reserved⟩import\n" + section(
        FIVE, Q % ("q1", "甲")).split("id: b\n")[1]),
    # --- totals
    ("E301", section(FIVE + "    total: ⟨E301⟩25\n", Q % ("q1", "甲"), Q % ("q2", "乙"))),
    ("E301.drafts", section(FIVE + "    total: ⟨E301.drafts⟩10\n", Q % ("q1", "甲"), DRAFT)),
    ("E301.both", section(FIVE + "    total: ⟨E301.both⟩15\n", Q % ("q1", "甲"), DRAFT)),
    ("E302.drafts", section(FIVE, Q % ("q1", "甲"), DRAFT, bank="total: ⟨E302.drafts⟩10\n")),
    ("E301.draw", section(FIVE + "    total: ⟨E301.draw⟩10\n    draw: 1\n", Q % ("q1", "甲"),
        Q % ("q2", "乙"))),
    ("E302", section(FIVE, Q % ("q1", "甲"), bank="total: ⟨E302⟩6\n")),
    ("E303", section(FIVE + "    draw: ⟨E303⟩2\n", Q % ("q1", "甲"))),
    ("E303.unequal", section(FIVE + "    draw: ⟨E303.unequal⟩1\n", Q % ("q1", "甲"),
        (Q % ("q2", "乙")).replace("answer", "points: 3, answer"))),
    # --- warnings
    ("W401", item("stem: ⟨W401⟩客户编号 #12 的订单")),
    ("W401 option", item("options:\n  A: ⟨W401⟩方案 #1\n  B: 乙")),
    ("W402", item("answer: ⟨W402⟩B", "multi")),
    ("W403", item("⟨W403⟩options: {A: 对, B: 错}")),
    ("W404", section(FIVE, Q % ("q1", "同一题"), Q % ("q2", "⟨W404⟩同一题"))),
    ("W405", item("why: ⟨W405⟩选 C 的人看漏了条件")),
    ("W405 en", item("stem: {zh-CN: 题, en: Q}\nwhy: ⟨W405⟩{zh-CN: 理由, en: Option B is wrong}")),
    ("W411", item("image: ⟨W411⟩a.png")),
    ("W410", item("stem: {zh-CN: 题, en: Question}\nwhy: ⟨W410⟩{zh-CN: 理由}")),
    ("W410 order", item("stem:\n  ⟨W410⟩en: Question")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "example"), FIRES, ids=[name for name, _ in FIRES])
def test_each_mistake_is_named_at_its_exact_place(name: str, example: str) -> None:
    text, expected = unmarked(example)
    assert expected, name
    assert lint(text) == expected


WORDS = [
    "对",
    "错",
    "正确",
    "错误",
    "是",
    "否",
    "√",
    "×",
    "T",
    "F",
    "true",
    "false",
    "yes",
    "no",
    "Ｔ",
]

MUST_NOT = [
    ("E000.colon", item('stem: "注意: 先看题"')),
    ("E000.colon wide", item("stem: 注意：先看题，比例 3:2")),
    ("E000.sign", item("stem: '- 选哪个'")),
    ("E000.quote", item("""stem: '"异议"处理的第一步'""")),
    ("E000.quote curly", item("stem: “异议”处理的第一步")),
    ("E030", item("stem: '**不是**正确的有'")),
    ("E030 inside", item("stem: 下列**不是**正确的有 & ! 谁")),
    ("E101 x-", item("x-note: {anything: [1, 2]}", bank="x-lint-off: {W510: 原因}")),
    ("E103 text of digits", item("options: {A: 1.10, B: 010, C: yes, D: 12:30, E: null}")),
    ("E103.flag", item("shuffle: no")),
    ("E103.points", item('points: "2.50"')),
    ("E103.type own", item("type: single").replace("    type: single\n    points", "    points")),
    ("E103.pass", item("", bank="pass: 5")),
    ("E201 section and bank", section(FIVE, Q % ("b", "题"))),
    ("E211", item("options: {A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, I: 9, J: 10}")),
    ("E212 other language", item(
        "stem: {zh-CN: 题, en: Q}\noptions: {A: {zh-CN: 甲, en: a}, B: {zh-CN: 乙, en: b}}")),
    ("E213", item("feedback: {C: 不对}")),
    ("E220 draft", without("answer", item("status: draft"))),
    ("E222 joined", item("answer: ac", "multi")),
    ("E222 full width", item("answer: Ａ、Ｃ", "multi")),
    ("E224 multi", item("answer: A、C", "multi")),
    *((f"E225 {word}", item(f"answer: {word}", "true_false"))
        for word in WORDS),
    ("E230 rubric only", without("answer", item(
        "rubric: [{id: a, points: 5, point: 要点}]", "short"))),
    ("E230 draft", without("answer", item("status: draft", "short"))),
    ("E232", item("rubric: [{id: a, points: 2.5, point: 一}, {id: b, points: 2.50, point: 二}]",
        "short")),
    ("E232 cap", item("rubric_cap: true\nrubric: [{id: a, points: 9, point: 一}]", "short")),
    ("E301", section(FIVE + "    total: 10.00\n", Q % ("q1", "甲"), Q % ("q2", "乙"))),
    ("E301 draft", section(FIVE + "    total: 5\n", Q % ("q1", "甲"),
        (Q % ("q2", "乙")).replace("answer: A", "status: draft"))),
    ("E301 retired", section(FIVE + "    total: 5\n", Q % ("q1", "甲"),
        (Q % ("q2", "乙")).replace("answer", "status: retired, answer"))),
    ("E301.draw", section(FIVE + "    total: 5\n    draw: 1\n", Q % ("q1", "甲"),
        Q % ("q2", "乙"))),
    ("E302", section(FIVE, Q % ("q1", "甲"), bank="total: 5\n")),
    ("W401 comment", item("stem: 客户编号  #12 的订单")),
    ("W401 quoted", item('stem: "客户编号 #12" # 注释')),
    ("W401 no space", item("stem: 客户编号#12 的订单")),
    ("W401 not a text", item("answer: A # 注释\ntags: [拜访] # 注释")),
    ("W402", item("answer: [A, B]", "multi")),
    ("W403", item("options: {A: 对, B: 错, C: 说不准}")),
    ("W405 braces", item("why: 选 {C} 的人看漏了条件")),
    ("W405 fixed order", item("why: 选 C 的人看漏了条件\nshuffle: false")),
    ("W405 article", item("stem: {zh-CN: 题, en: Q}\nwhy: {zh-CN: 理由, en: A seller asks first}")),
    ("W405 other letters", item("why: 用 CRM 的 B2B 团队，选 G 的没有")),
    ("W410 strings", item("why: 理由")),
    ("W411", item("image: a.png\nx-alt: 客户漏斗的四层")),
    ("W410 figures", item("stem: {zh-CN: 题, en: Q}\noptions: {A: '1', B: '2'}\nanswer: A")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text"), MUST_NOT, ids=[name for name, _ in MUST_NOT])
def test_what_is_right_is_left_alone(name: str, text: str) -> None:
    assert lint(text) == []


@pytest.mark.parametrize(("name", "example"), FIRES, ids=[name for name, _ in FIRES])
def test_without_libyaml_the_findings_are_the_same(name: str, example: str) -> None:
    from app.banks.loader import parse

    text, expected = unmarked(example)
    parsed = parse(text.encode(), parser=PurePythonParser)
    found = [problem for problem in parsed.problems if not problem.is_style]
    assert sorted(f"{p.line}:{p.col} {p.key}" for p in found) == expected


def test_a_file_in_gbk_is_called_so() -> None:
    data = item("stem: 这是用记事本另存的题目").encode("gbk")
    (found,) = load_bytes(data).problems
    assert (found.key, found.params["encoding"]) == ("E000.encoding", "GBK")
    assert (found.line, found.col) == (3, 8)
    assert "UTF-8" in found.message("en")


@pytest.mark.parametrize(
    ("data", "key", "place"),
    [
        (item("").encode("utf-16"), "E000.encoding", (1, 1)),
        (b"schema: qbank/1\nid: \xff\xff\xff\n", "E000.bytes", (2, 5)),
        (b"a" * (MAX_BYTES + 1), "E010", (1, 1)),
        (b"- [" + b"1," * MAX_NODES + b"]\n", "E013", (1, 2 * MAX_NODES)),
        (b"a: \x00\n", "E000.invisible", (1, 4)),
    ],
    ids=["UTF-16", "bytes", "size", "nodes", "nul"],
)
def test_bytes_that_are_no_bank_are_refused(data: bytes, key: str, place: tuple) -> None:
    (found,) = load_bytes(data).problems
    assert (found.key, (found.line, found.col)) == (key, place)


def test_windows_line_breaks_and_a_byte_order_mark_change_nothing() -> None:
    text, expected = unmarked(item("answer: ⟨E222⟩F"))
    assert findings(load_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())) == expected


ELSEWHERE = {
    # Tested with files beside the bank, in tracks or in frameworks.
    *{"E000.encoding", "E000.bytes", "E010", "E013", "E202", "E202.list"},
    *{"E240", "E240.content", "E240.file", "E101.kind", "E103.reference", "E103.references"},
    *{"E103.number", "E103.above", "E103.group"},
    # Of tracks: tests/tracks/test_lint.py.
    *{"W420", "W421", "W422", "W423", "W423.panel", "W424", "W424.sum", "W425", "W426", "W427"},
    # What only the editor says of a bank it knows: tests/authoring.
    *{"E103.bank_id", "E240.upload", "W406"},
}


def test_no_code_is_without_an_example() -> None:
    shown = {expected.split()[1] for _, example in FIRES for expected in unmarked(example)[1]}
    # E6 and W6 belong to the import, W5 to the item lint; their tests stand with them.
    here = {key for key in MESSAGES if key[1] not in "56"}
    assert shown | ELSEWHERE == here


def test_every_sentence_names_a_cure_in_both_languages() -> None:
    text, _ = unmarked("".join(example for _, example in FIRES))
    assert text
    for _, example in FIRES:
        for found in load_bytes(unmarked(example)[0].encode()).problems:
            for lang in LANGS:
                sentence = found.message(lang)
                assert sentence
                assert not re.search(r"\{[a-z]", sentence)
                assert not sentence.endswith(("!", "！"))


def test_the_tone_of_the_format_page() -> None:
    def said(example: str, lang: str = "zh-CN") -> str:
        problems = load_bytes(unmarked(example)[0].encode()).problems
        return next(found for found in problems if not found.is_style).message(lang)

    three = section(
        FIVE.replace("5", "10") + "    total: 25\n", *(Q % (f"q{n}", f"题{n}") for n in range(3))
    )
    assert said(three) == (
        "本节写明共 25 分，但 3 题合计 30 分。把 total 改为 30，或改每题分值，或增删题目"
    )
    assert said(item("answer: B\n⟨E020⟩answer: C")) == "键“answer”重复。第一次出现在第 12 行"
    assert said(item("competences: [insight]")) == (
        "不认识的字段“competences”。是不是 competencies？"
    )
    assert said(item("options: {A: 1, B: 2, C: 3, D: 4, E: 5}\nanswer: F")) == (
        "答案 F 不在选项 A、B、C、D、E 之中"
    )
    assert said(item("answer: A、C")) == (
        "单选题只能有 1 个答案，现在有 2 个。改为 type: multi 或只留一个"
    )
    assert said(item("answer: 不对", "true_false")) == "判断题答案“不对”看不懂。写 对 或 错"
    assert said(item("points: 10\nrubric: [{id: a, points: 11, point: 一}]", "short")) == (
        "评分点合计 11 分，与本题 10 分不一致"
    )
    assert said(without("answer", item(""))) == (
        "没有答案。写 answer: B；暂时没有答案请写 status: draft"
    )
    assert said(item("stem: 客户编号 #12 的订单"), "en").startswith(
        'Everything after " #" is lost: "#12 的订单"'
    )


def test_all_mistakes_come_at_once_sorted_and_at_most_a_hundred() -> None:
    items = [(Q % (f"Q {n}", "同一题")).replace("answer: A", "answer: F") for n in range(80)]
    loaded = load_bytes(section(FIVE + "    total: 1\n", *items).encode())
    assert len(loaded.problems) == 100
    assert list(loaded.problems) == sorted(loaded.problems, key=lambda p: p.order)
    assert {p.code for p in loaded.problems} == {"E301", "E103", "E222"}, "errors before warnings"
