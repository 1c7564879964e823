"""Every rule of the item lint: examples that fire, and examples beside them that must not.

An item is written in one language; `findings` gives the keys of what the lint says about it.
"""
# ruff: noqa: E501  an example reads better on one line

import json

import pytest

from app.banks.loader import load_text
from app.banks.messages import LANGS, MESSAGES
from app.domain.itemlint import CODES
from app.domain.itemlint.numbers import are_sorted, overlap, spans
from app.domain.itemlint.papers import uneven

ZH = {"stem": "客户说价格太高，哪一种回应合乎本课的做法？"}
EN = {"stem": "A customer calls the price too high. Which reply follows the course?"}
OPTIONS = {
    "zh-CN": {"A": "问清比较的对象", "B": "马上让出折扣", "C": "改谈别的功能", "D": "请经理来接待"},
    "en": {
        "A": "Ask what it is compared with",
        "B": "Give a discount at once",
        "C": "Speak of other features",
        "D": "Have the manager come in",
    },
}


def bank(*items: dict, lang: str = "zh-CN", **fields) -> str:
    """JSON is YAML: nothing in a stem can break the file."""
    section = {"title": "一", "points_each": 5, "items": list(items)}
    section |= fields.pop("section", {})
    head = {"schema": "qbank/1", "id": "b", "title": "卷", "lang": lang}
    return json.dumps({**head, **fields, "sections": [section]}, ensure_ascii=False)


def item(lang: str, /, **fields) -> dict:
    given = {"id": "q1", "type": "single", **(ZH if lang == "zh-CN" else EN)}
    kind = fields.get("type", "single")
    if kind in {"single", "multi"}:
        given |= {"options": OPTIONS[lang], "answer": "A" if kind == "single" else ["A", "C"]}
    given |= {"answer": "对"} if kind == "true_false" else {}
    if kind == "short":
        given |= {"stem": "写出回应的第一句话，并注明理由。", "rubric": [POINT]}
    return {**given, **fields}


POINT = {"id": "a", "points": 5, "point": "说出先问原因", "keywords": ["原因|为什么"]}


def found_in(text: str) -> list[str]:
    loaded = load_text(text)
    assert not loaded.errors, [str(one) for one in loaded.errors]
    return [one.key for one in loaded.problems if one.code.startswith("W5")]


def findings(lang: str, /, **fields) -> list[str]:
    # What only a whole bank can have is tested below.
    return [key for key in found_in(bank(item(lang, **fields), lang=lang)) if key != "W552"]


def options(*texts: str) -> dict:
    return dict(zip("ABCDEFGHIJ", texts, strict=False))


T = {"type": "true_false"}
# key, language, fields of an item that fires
FIRES = [
    ("W510", "zh-CN", {"stem": "下列哪一项不属于需求诊断的步骤？"}),
    ("W510", "zh-CN", {"stem": "以下做法不利于建立信任的是（  ）"}),
    ("W510", "zh-CN", {"stem": "关于折扣权限，下列说法错误的是（  ）"}),
    ("W510", "zh-CN", {"stem": "除价格异议之外，下列哪一项是常见的异议？"}),
    ("W510", "zh-CN", {"stem": "客户来电投诉时，销售不应该做的是哪一项？"}),
    ("W510", "en", {"stem": "Which of these steps is not part of needs discovery?"}),
    ("W510", "en", {"stem": "All of the following are open questions except which one?"}),
    ("W511", "zh-CN", {"stem": "销售代表不能不问清楚的是下列哪一项信息？"}),
    ("W511", "zh-CN", {"stem": "并非没有预算的客户，应当怎样继续跟进？"}),
    ("W511", "en", {"stem": "Which step should a seller never do without asking the customer?"}),
    ("W512", "zh-CN", {"stem": "处理价格异议时，最有效的做法是哪一种？"}),
    ("W512", "zh-CN", {"stem": "客户说太贵的时候，销售首先应该做什么？"}),
    ("W512", "zh-CN", {"stem": "SPIN 销售法的核心是下列哪一项？"}),
    ("W512", "en", {"stem": "What is the most effective reply to a price objection?"}),
    ("W513", "zh-CN", {"stem": "（  ）是需求诊断当中的第一个步骤。"}),
    ("W513", "zh-CN", {"stem": "处理异议时，____是回应客户之前要做的事。"}),
    ("W513", "en", {"stem": "When a customer objects, ____ is what a seller does before replying."}),
    ("W514.short", "zh-CN", {"stem": "SPIN 是？"}),
    ("W514.long", "zh-CN", {"stem": "客户的背景很长。" * 16 + "哪一句回应合适？"}),
    ("W514.long", "en", {"stem": "The customer has a long history. " * 9 + "Which reply is right?"}),
    ("W515", "zh-CN", {"stem": "您认为下列哪一种回应比较合适？"}),
    ("W515", "en", {"stem": "Which of these replies do you think is suitable here?"}),
    ("W516", "zh-CN", {"stem": "客户的真实顾虑是什么？应该由谁来回应？"}),
    ("W516", "en", {"stem": "What worries the customer here, and who should reply to it?"}),
    ("W520", "zh-CN", {"options": options("问原因", "给折扣", "谈功能", "以上都对")}),
    ("W520", "zh-CN", {"options": options("问原因", "给折扣", "谈功能", "以上都不对")}),
    ("W520", "en", {"options": options("Ask why", "Discount", "Features", "None of the above")}),
    ("W521", "zh-CN", {"options": options(
        "先问清客户拿什么来比较，再按他的业务逐项说明差异", "马上让出折扣", "改谈别的功能", "请经理接待")}),
    ("W521", "en", {"options": options(
        "Ask what the customer compares it with, then explain the difference for their business",
        "Give a discount at once", "Speak of features", "Call the manager")}),
    ("W523", "zh-CN", {"stem": "客户提出书面授权的要求，销售代表怎样答复？", "options": options(
        "准备书面授权的说明", "马上让出折扣来", "改谈别的功能吧", "请经理来接待他")}),
    ("W523", "en", {"stem": "The customer asks about encryption of backups. What is offered?",
        "options": options("A page about encryption", "A discount today", "Another demo soon",
                           "A call next week")}),
    ("W524", "zh-CN", {"options": options("多数时候先问原因", "总是先让出折扣", "从不谈别的功能", "请经理来接待")}),
    ("W524", "en", {"options": options("Ask why first", "Always give a discount",
                                       "Never speak of features", "Call the manager")}),
    ("W525", "zh-CN", {"options": options("不急着报出价格", "马上让出折扣", "改谈别的功能", "请经理来接待")}),
    ("W525", "en", {"options": options("Do not quote a price yet", "Give a discount at once",
                                       "Speak of other features", "Have the manager come")}),
    ("W525.distractor", "zh-CN", {"options": options("问清比较对象", "不谈价格问题", "改谈别的功能", "请经理来接待")}),
    ("W525.distractor", "en", {"options": options("Ask for the reason", "Refuse to discuss price",
                                                  "Show the other features", "Have the manager come")}),
    ("W525.positive", "zh-CN", {"options": options("问清比较对象", "不谈价格问题", "不谈功能差异", "不请经理接待")}),
    ("W526", "zh-CN", {"options": options("30 天", "7 天", "90 天", "15 天")}),
    ("W526", "en", {"options": options("30 days", "7 days", "90 days", "15 days")}),
    ("W526.overlap", "zh-CN", {"options": options("1-5 天", "5-10 天", "10-20 天", "20-30 天")}),
    ("W527.stops", "zh-CN", {"options": options("问清比较对象。", "让出折扣", "改谈功能", "请经理来")}),
    ("W527.quotes", "zh-CN", {"options": options("“您和谁家比？”", "马上让出折扣", "改谈功能", "请经理来")}),
    ("W527.figures", "zh-CN", {"options": options("30", "60", "90", "看合同怎么写")}),
    ("W527.case", "en", {"options": options("Ask why", "give a discount", "show features", "wait")}),
    ("W528", "zh-CN", {"options": options("问清比较对象", "不谈价格的事", "没有必要回应", "请经理来接待")}),
    ("W528", "en", {"options": options("Ask for the reason", "Do not discuss price",
                                       "No reply is needed", "Have the manager come")}),
    ("W535", "zh-CN", {**T, "stem": "遇到价格异议，销售总是应该马上让出折扣。", "answer": "错"}),
    ("W535", "en", {**T, "stem": "A seller always gives a discount on request.", "answer": "错"}),
    ("W536", "zh-CN", {**T, "stem": "先问清比较的对象往往能找到真实的顾虑。"}),
    ("W536", "en", {**T, "stem": "Asking first usually brings out the real concern."}),
    ("W537", "zh-CN", {**T, "stem": "标准版的合同不包含现场培训这一项服务。"}),
    ("W537", "en", {**T, "stem": "The Standard contract does not include training on site."}),
    ("W538", "zh-CN", {**T, "stem": "试用期是 14 天，并且每家最多开 5 个账号。"}),
    ("W538", "en", {**T, "stem": "A trial lasts 14 days, and each firm gets five accounts."}),
    ("W541", "zh-CN", {"type": "multi", "answer": ["A", "B", "C", "D"]}),
    ("W541", "en", {"type": "multi", "answer": ["A", "B", "C", "D"]}),
    ("W570", "zh-CN", {"type": "short", "answer": "先问原因再回应", "rubric": None}),
    ("W571", "zh-CN", {"type": "short", "rubric": [{**POINT, "point": "态度端正"}]}),
    ("W571", "en", {"type": "short", "rubric": [{**POINT, "point": "Good understanding"}]}),
    ("W572", "zh-CN", {"type": "short", "answer": "马上让出折扣给客户"}),
    ("W572.veto", "zh-CN", {"type": "short", "answer": "先问原因，再降价",
                            "rubric": [{**POINT, "not": ["降价"]}]}),
]  # fmt: skip
# the code that an example is near to, language, fields of an item that is right
QUIET = [
    ("W510", "zh-CN", {"stem": "下列哪一项**不属于**需求诊断的步骤？"}),
    ("W510", "zh-CN", {"stem": "客户说“我们不需要”，下列哪一句回应合适？"}),
    ("W510", "zh-CN", {"stem": "客户还没有预算时，下列哪种做法合乎规定？"}),
    ("W510", "zh-CN", {"stem": "客户不错的反馈来自下列哪一类问题？"}),
    ("W510", "zh-CN", {"stem": "除了价格之外，客户还看重下列哪一项？"}),
    ("W510", "zh-CN", {"stem": "先问能不能试用，再问哪一件事比较好？"}),
    ("W510", "zh-CN", {"stem": "哪一句话适合不会用系统的客户？"}),
    ("W510", "en", {"stem": "Which of these steps is **not** part of needs discovery?"}),
    ("W510", "en", {"stem": 'A customer says "we do not need it". Which reply is suitable?'}),
    ("W510", "en", {"stem": "Which reply suits a customer who does not know the product?"}),
    ("W510", "en", {"stem": "Which of these is NOT a step of needs discovery in the course?"}),
    ("W511", "zh-CN", {"stem": "客户问能不能不同意自动续约，哪一句回应合适？"}),
    ("W511", "zh-CN", {"stem": "客户对不断上涨的费用不满，哪一句回应合适？"}),
    ("W511", "zh-CN", {"stem": "客户说“不是不想买”，哪一句回应合适？"}),
    ("W511", "en", {"stem": "The customer has no budget yet. Which reply follows the course?"}),
    ("W512", "zh-CN", {"stem": "客户的核心需求没有说出来，哪一句能问到它？"}),
    ("W512", "zh-CN", {"stem": "处理价格异议时，最有效的做法是哪一种？", "source": "手册 3.2"}),
    ("W512", "zh-CN", {"stem": "标准版最多开几个账号，哪一个数字正确？"}),
    ("W512", "zh-CN", {"stem": "客户说“最重要的是价格”，哪一句回应合适？"}),
    ("W512", "en", {"stem": "Which reply best fits the three steps taught in the course?"}),
    ("W513", "zh-CN", {"stem": "SPIN 里的字母 S 代表的是（  ）。"}),
    ("W513", "zh-CN", {"stem": "标准版每个账号的年费是____元。"}),
    ("W513", "en", {"stem": "In SPIN the letter S stands for the word ____."}),
    ("W514", "zh-CN", {"stem": "折扣权限是几个点？"}),
    ("W515", "zh-CN", {"stem": "客户问“您认为哪个版本合适”，哪一句回应合适？"}),
    ("W515", "en", {"stem": 'Asked "which do you think is best?", which reply is suitable?'}),
    ("W516", "zh-CN", {"stem": "客户问“多少钱？能便宜吗？”哪一句回应合适？"}),
    ("W516", "en", {"stem": "Which reply shows that the seller knows who decides and when?"}),
    ("W520", "zh-CN", {"options": options("以上月报表为准", "以合同原件为准", "以邮件往来为准", "以口头说法为准")}),
    ("W521", "zh-CN", {"options": options("价格贵", "能力", "时机", "权限")}),
    ("W523", "zh-CN", {"stem": "客户提出书面授权的要求，怎样答复？", "options": options(
        "准备书面授权的说明", "推迟书面授权的事", "改谈别的功能吧", "请经理来接待他")}),
    ("W524", "zh-CN", {"options": options("必须先问原因", "总是先让出折扣", "从不谈别的功能", "请经理来接待")}),
    ("W525", "zh-CN", {"options": options("不同版本分开报", "马上让出折扣", "改谈别的功能", "请经理来接待")}),
    ("W525", "zh-CN", {"options": options("“不急，先问一句”", "“我去申请折扣”", "“看看别的功能”", "“我请经理来”")}),
    ("W525", "en", {"options": options("The first of them", "None of the three", "The second of them", "The third of them")}),
    ("W526", "zh-CN", {"options": options("7 天", "15 天", "30 天", "90 天")}),
    ("W526", "zh-CN", {"options": options("90 天", "30 天", "15 天", "7 天")}),
    ("W526", "en", {"options": options("1-5 days", "6-10 days", "11-20 days", "21-30 days")}),
    ("W526", "zh-CN", {"options": options("第 3 周", "2 个月", "一个季度", "1 年")}),
    ("W527", "zh-CN", {"options": options("CRM 里的记录", "周报里的数字", "合同里的条款", "邮件里的确认")}),
    ("W527", "en", {"options": options("CRM record", "CRM report", "Email note", "SLA page")}),
    ("W528", "zh-CN", {"options": options("“不谈价格”", "“没有预算”", "“不用回应”", "“请经理来”")}),
    ("W535", "zh-CN", {**T, "stem": "所有账号都能导出自己录入的客户数据。"}),
    ("W536", "zh-CN", {**T, "stem": "先问清比较的对象往往会惹恼客户。", "answer": "错"}),
    ("W537", "zh-CN", {**T, "stem": "三个版本的支持时间不同，企业版是 7×24。"}),
    ("W537", "zh-CN", {**T, "stem": "标准版的合同**不包含**现场培训服务。"}),
    ("W537", "en", {**T, "stem": "A customer who asks for a trial gets 14 days."}),
    ("W538", "zh-CN", {**T, "stem": "试用期满以后，客户可以自己导出全部数据。"}),
    ("W541", "zh-CN", {"type": "multi"}),
    ("W570", "zh-CN", {"type": "short"}),
    ("W571", "en", {"type": "short", "rubric": [{**POINT, "point": "Names the reason to ask"}]}),
    ("W572", "zh-CN", {"type": "short", "answer": "先问原因，再说明差异"}),
    ("W572", "zh-CN", {"type": "short", "answer": "先问为什么，再说明差异"}),
]  # fmt: skip


@pytest.mark.parametrize(("key", "lang", "fields"), FIRES)
def test_the_rule_fires(key: str, lang: str, fields: dict) -> None:
    fields = {name: value for name, value in fields.items() if value is not None}
    if key == "W570":
        text = bank({**item(lang, **fields), "rubric": None}, lang=lang)
        text = text.replace(', "rubric": null', "")
        assert key in found_in(text)
    else:
        assert key in findings(lang, **fields)


@pytest.mark.parametrize(("code", "lang", "fields"), QUIET)
def test_what_is_well_written_is_left_alone(code: str, lang: str, fields: dict) -> None:
    assert findings(lang, **fields) == []


# ---------------------------------------------------------------- whole banks


def many(n: int, lang: str = "zh-CN", **fields) -> list[dict]:
    """Items that differ in all that matters to no rule."""
    subjects = [
        "报价",
        "合同",
        "回访",
        "培训",
        "交付",
        "续约",
        "试用",
        "演示",
        "投诉",
        "线索",
        "权限",
        "账号",
        "发票",
        "导出",
        "备份",
        "排班",
        "备件",
        "维保",
        "接口",
        "报表",
    ]
    asks = ["应该先看哪一份记录", "由谁在当天答复", "写在系统的哪一栏", "属于哪一个阶段"]
    found = []
    for number in range(n):
        subject, ask = subjects[number % 20], asks[number // 20 % 4]
        stem = f"客户来电谈到{subject}的安排，{ask}，依照{subjects[(number * 7 + 3) % 20]}守则？"
        found.append(item(lang, id=f"q{number}", stem=stem, **fields))
    return found


def keyed(letters: str) -> list[dict]:
    rows = many(len(letters), difficulty=3)
    for number, (one, letter) in enumerate(zip(rows, letters, strict=True)):
        one["answer"] = letter
        one["difficulty"] = number % 5 + 1
    return rows


EVEN = "ABCDBADCCDABDCBAACBD" * 2
BANKS_THAT_FIRE = [
    ("W550", bank(*keyed("ABBBABBBCBBBABBDBABB" * 2))),
    ("W550.run", bank(*keyed("ABBBBCAD"))),
    ("W551", bank(*[{**row, "type": "true_false", "answer": "对" if n < 7 else "错"}
                    for n, row in enumerate([{k: v for k, v in one.items() if k != "options"}
                                             for one in many(10)])])),
    ("W552", bank(*[{**row, "competencies": ["insight", "closing"] if n < 4 else ["insight"]}
                    for n, row in enumerate(many(12))])),
    ("W552", bank(*many(9, competencies=["insight"]))),
    ("W553", bank(item("zh-CN", stem="客户在电话里说价格太高了，哪一种回应合乎做法？"),
                  item("zh-CN", id="q2", stem="客户在电话里说价格太贵了，哪一种回应合乎做法？"))),
    ("W554", bank(item("zh-CN", options=options("先问清客户拿什么来比较", "马上让出百分之五折扣",
                                                "改谈另外的几项功能", "请区域经理出面接待")),
                  item("zh-CN", id="q2", stem="销售先问清客户拿什么来比较，这属于哪一类问题？",
                       options=options("背景", "难点", "影响", "回报")))),
    ("W555", bank(*many(4), time_limit="1m")),
    ("W556", bank(*[{**row, "difficulty": 3 if n < 11 else 2} for n, row in enumerate(many(20))])),
    ("W542", bank(*[{**row, "type": "multi", "answer": ["A", letter]}
                    for row, letter in zip(many(3), "BCD", strict=True)])),
    ("W522", bank(*[{**row, "options": {**row["options"], row["answer"]: "问清客户比较的对象"}}
                    for row in keyed(EVEN)])),
    ("W522.seldom", bank(*[{**row, "options": {**row["options"], "BADC"["ABCD".index(row["answer"])]:
                            "问清客户比较的对象"}} for row in keyed(EVEN)])),
]  # fmt: skip
BANKS_THAT_DO_NOT = [
    ("W550", bank(*keyed(EVEN))),
    ("W550.run", bank(*keyed("ABBBCADA"))),
    ("W551", bank(*[{**row, "type": "true_false", "answer": "对" if n < 6 else "错"}
                    for n, row in enumerate([{k: v for k, v in one.items() if k != "options"}
                                             for one in many(10)])])),
    ("W552", bank(*[{**row, "competencies": ["insight", "closing"] if n < 5 else ["insight"]}
                    for n, row in enumerate(many(12))])),
    ("W552", bank(*many(10, competencies=["insight"]))),
    ("W553", bank(item("zh-CN", stem="客户在电话里说价格太高了，哪一种回应合乎做法？"),
                  item("zh-CN", id="q2", stem="客户在邮件里问合同何时到期，应该由谁来答复？"))),
    ("W554", bank(item("zh-CN", id="q1"), item("zh-CN", id="q2", stem="经理来接待时先看哪一份记录？"))),
    ("W555", bank(*many(4), time_limit="2m")),
    ("W556", bank(*[{**row, "difficulty": 3 if n < 10 else 2} for n, row in enumerate(many(20))])),
    ("W542", bank(*[{**row, "type": "multi", "answer": answer}
                    for row, answer in zip(many(3), (["A", "B"], ["A", "B", "C"], ["B", "D"]),
                                           strict=True)])),
    ("W522", bank(*[{**row, "options": {**row["options"], "ABCD"[n % 4]: "问清客户比较的对象"}}
                    for n, row in enumerate(keyed(EVEN))])),
]  # fmt: skip


@pytest.mark.parametrize(("key", "text"), BANKS_THAT_FIRE)
def test_the_bank_rule_fires(key: str, text: str) -> None:
    assert key in found_in(text)


@pytest.mark.parametrize(("key", "text"), BANKS_THAT_DO_NOT)
def test_a_balanced_bank_is_left_alone(key: str, text: str) -> None:
    assert key not in found_in(text)


def test_each_language_is_looked_at_by_itself_at_its_own_place() -> None:
    text = bank(item("zh-CN", stem={"zh-CN": ZH["stem"], "en": "Which one is not a step here?"}))
    loaded = load_text(text)
    (found,) = [one for one in loaded.problems if one.code == "W510"]
    assert text[found.col - 1 :].startswith('"Which one is not')


def test_a_retired_item_is_let_be() -> None:
    assert findings("zh-CN", stem="您认为呢？", status="retired") == []


def test_a_draft_without_a_key_is_looked_at_too() -> None:
    fields = item("zh-CN", stem="您认为哪一种回应比较合适？", status="draft")
    del fields["answer"]
    assert found_in(bank(fields)) == ["W515"]


# ---------------------------------------------------------------- silencing


def test_a_rule_is_silenced_on_item_section_or_bank_with_a_reason() -> None:
    asked = item("zh-CN", stem="您认为哪一种回应比较合适？")
    off = {"x-lint-off": {"W515": "客户原话就这样问"}}
    assert found_in(bank(asked)) == ["W515"]
    for on, text in {
        "item": bank({**asked, **off}),
        "section": bank(asked, section=off),
        "bank": bank(asked, **off),
    }.items():
        loaded = load_text(text)
        assert loaded.problems == ()
        (silenced,) = loaded.silenced
        assert (silenced.problem.key, silenced.reason, silenced.on) == (
            "W515",
            "客户原话就这样问",
            on,
        )


@pytest.mark.parametrize(
    ("off", "key"),
    [({"W515": ""}, "W590"), ({"E301": "理由"}, "W590.code"), (["W515"], "W590.form")],
)
def test_silencing_without_a_reason_is_a_finding_and_silences_nothing(off, key) -> None:
    asked = item("zh-CN", stem="您认为哪一种回应比较合适？")
    assert sorted(found_in(bank({**asked, "x-lint-off": off}))) == ["W515", key]


# ---------------------------------------------------------------- the list


def test_every_code_has_an_example_that_fires_and_one_that_does_not() -> None:
    after_use = {"W580", "W581", "W582", "W583"}  # tests/analytics
    fired = {key.partition(".")[0] for key, *_ in [*FIRES, *BANKS_THAT_FIRE]}
    quiet = {key.partition(".")[0] for key, *_ in [*QUIET, *BANKS_THAT_DO_NOT]}
    assert fired | after_use == set(CODES)
    assert quiet | after_use == set(CODES)
    keys = {key for key in MESSAGES if key.startswith("W5") and not key.startswith("W59")}
    assert {key.partition(".")[0] for key in keys} == set(CODES)


def test_a_finding_names_its_cure_and_stops_nothing() -> None:
    for key, lang, fields in FIRES[:40]:
        loaded = load_text(bank(item(lang, **fields), lang=lang))
        assert loaded.bank is not None
        for found in loaded.problems:
            assert found.level == "warning"
            for tongue in LANGS:
                sentence = found.message(tongue)
                assert "{" not in sentence.replace("{{", "")
                assert not sentence.endswith(("。", ".", "！", "!")), key


def test_p_of_chi_square_is_that_of_the_tables() -> None:
    # Abramowitz and Stegun, table 26.8: the 1 % points for 1, 3 and 9 degrees of freedom.
    for positions, chi in ((2, 6.63490), (4, 11.34487), (10, 21.66599)):
        n = 10**6
        apart = (chi * n / positions / 2) ** 0.5  # one up, one down gives this χ²
        counts = [n / positions] * positions
        counts[0] += apart
        counts[1] -= apart
        assert uneven(counts) == pytest.approx(0.01, abs=1e-6)
    assert uneven([5, 5, 5, 5]) == pytest.approx(1)


def test_figures_are_read_with_their_units() -> None:
    known = spans(["1,200 元", "3,000 元", "12,000 元"])
    assert known is not None
    assert are_sorted(known)
    assert not overlap(known)
    assert spans(["30 分钟", "2 小时", "1 天"]) is None, "different units are not compared"
    ranges = spans(["10%-20%", "20%-30%"])
    assert ranges is not None
    assert overlap(ranges)
