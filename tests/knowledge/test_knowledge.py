"""The knowledge base from the first draft to the quiz made of it."""

import pytest

from app.banks import queries as banks
from app.banks.loader import load_text
from app.domain.knowledge import Customer, EntryKind
from app.kernel.auth import Actor
from app.knowledge import inbox, queries, services
from app.knowledge.errors import LibraryError, OwnVersionError
from app.knowledge.services import Draft

OBJECTION = {
    "says": "比别家贵三成",
    "empathy": "预算要花在刀刃上，我理解。",
    "value": "一个月 9 万元的第二趟。",
    "case": "180 人的同行从 14% 降到 9%。",
    "limits": "还没问清原因时不用。",
    "never": "一分价钱一分货",
}

FILE = """
schema: objections/1
objections:
  - id: o-01
    title: {zh-CN: 太贵了, en: Too expensive}
    says: {zh-CN: 比别家贵三成, en: 30 % dearer than others}
    empathy: {zh-CN: 我理解, en: I see}
    value: {zh-CN: 一年省 108 万元, en: Saves 1.08 million a year}
    case: {zh-CN: 同行从 14% 降到 9%, en: From 14 % to 9 %}
    limits: {zh-CN: 先问原因, en: Ask first}
    never: [{zh-CN: x}]
    competency: influence
    tags: [价格]
"""


def fields(body, **more):
    return {f"f_{name}": text for name, text in body.items()} | {
        "lang": "zh-CN",
        "competency": "",
        "tags": "价格，预算",
        **more,
    }


@pytest.fixture
def published(person, clock):
    """`published("太贵了", kind=…)` gives an entry that everybody finds."""

    def make(title, kind=EntryKind.OBJECTION, body=OBJECTION, lang="zh-CN"):
        entry_id = services.propose(
            kind=kind,
            texts=[Draft(lang, title, body)],
            tags=["价格"],
            actor_id=person("陈老师").id,
            now=clock.now,
        )
        services.approve(entry_id=entry_id, actor_id=person("周老师").id, now=clock.now)
        return entry_id

    return make


def test_what_a_trainer_writes_is_seen_by_all_once_a_second_trainer_agreed(page, person, clock):
    made = page(
        "/knowledge/new/objection", data=fields(OBJECTION, title="太贵了"), as_="陈老师"
    ).headers["Location"]
    entry_id = int(made.split("/")[2])
    page(f"/knowledge/{entry_id}", as_="小王", status=404)
    assert "太贵了" not in page("/knowledge", as_="小王").text
    with pytest.raises(OwnVersionError):
        services.approve(entry_id=entry_id, actor_id=person("陈老师").id, now=clock.now)
    assert "发布给大家" not in page(made, as_="陈老师").text
    page(f"/knowledge/{entry_id}/approve", data={}, as_="周老师")
    shown = page(f"/knowledge/{entry_id}", as_="小王").text
    assert "一分价钱一分货" in shown
    assert "太贵了" in page("/knowledge?q=贵", as_="小王").text
    assert "已发布到知识库" in page("/notices", as_="陈老师").text


def test_an_empty_field_is_said_at_the_field_and_nothing_is_kept(page):
    answer = page(
        "/knowledge/new/objection",
        data=fields(OBJECTION | {"value": ""}, title="太贵了"),
        as_="陈老师",
        status=422,
    )
    assert "这一栏要写" in answer.text
    assert "比别家贵三成" in answer.text
    assert queries.waiting() == []


def test_readers_keep_the_old_version_until_the_new_one_is_approved(page, published):
    entry_id = published("太贵了")
    page(
        f"/knowledge/{entry_id}/edit",
        data=fields(OBJECTION | {"value": "新的算法"}, title="太贵了"),
        as_="陈老师",
    )
    assert "新的算法" not in page(f"/knowledge/{entry_id}", as_="小王").text
    page(f"/knowledge/{entry_id}/send-back", data={"reason": "数字没核对"}, as_="周老师")
    assert "数字没核对" in page(f"/knowledge/{entry_id}/versions", as_="陈老师").text
    page(f"/knowledge/{entry_id}/approve", data={}, as_="周老师", status=409)


def test_another_language_is_carried_over_when_one_is_rewritten(published, person, clock):
    entry_id = published("Too expensive", lang="en")
    services.revise(
        entry_id=entry_id,
        texts=[Draft("zh-CN", "太贵了", OBJECTION)],
        competency="",
        tags=[],
        actor_id=person("周老师").id,
        now=clock.now,
    )
    services.approve(entry_id=entry_id, actor_id=person("陈老师").id, now=clock.now)
    found = queries.entry(entry_id, today=clock.now.date())
    assert set(found.texts) == {"zh-CN", "en"}


def test_uses_are_counted_by_kind_of_customer_and_the_later_word_of_a_day_counts(
    page, published, clock
):
    entry_id = published("太贵了")
    say = f"/knowledge/{entry_id}/used"
    page(say, data={"customer": "new", "worked": "no", "note": "没听完"}, as_="小王")
    page(say, data={"customer": "new", "worked": "yes", "note": ""}, as_="小王")
    page(say, data={"customer": "renewal", "worked": "no", "note": ""}, as_="小王")
    page(say, data={"customer": "new", "worked": "no", "note": "要看数据"}, as_="小陈")
    found = queries.entry(entry_id, today=clock.now.date()).uses
    assert (found.n, found.worked) == (3, 1)
    shown = page(f"/knowledge/{entry_id}", as_="小赵").text
    assert "用过 3 次，1 次管用" in shown
    assert "要看数据" in shown
    assert "小陈" not in shown
    by = {
        one.customer: (one.n, one.worked)
        for one in queries.by_customer(entry_id, today=clock.now.date())
    }
    assert by == {Customer.NEW: (2, 1), Customer.RENEWAL: (1, 0)}
    page(say, data={"customer": "new", "note": ""}, as_="小王", status=422)
    page(say, data={"customer": "stranger", "worked": "yes"}, as_="小王", status=422)


def test_retired_is_not_found_any_more_but_its_address_says_why(page, published):
    entry_id = published("太贵了")
    page(f"/knowledge/{entry_id}/retire", data={"reason": "新版本已经降价"}, as_="陈老师")
    assert "太贵了" not in page("/knowledge", as_="小王").text
    assert "新版本已经降价" in page(f"/knowledge/{entry_id}", as_="小王").text
    page(
        f"/knowledge/{entry_id}/used",
        data={"customer": "new", "worked": "yes"},
        as_="小王",
        status=409,
    )
    page(f"/knowledge/{entry_id}/restore", data={}, as_="陈老师")
    assert "太贵了" in page("/knowledge", as_="小王").text


def test_nobody_used_it_for_half_a_year_and_the_list_says_so(page, published, clock):
    published("太贵了")
    assert "半年没人用过" not in page("/knowledge?stale=1", as_="小王").text
    clock.advance(days=181)
    assert "半年没人用过" in page("/knowledge?stale=1", as_="小王").text


def test_a_list_of_many_costs_as_many_statements_as_one_of_few(page, published):
    published("太贵了")
    page("/knowledge", as_="小王")
    few = len(page.queries)
    for n in range(12):
        published(f"异议 {n}")
    page("/knowledge", as_="小王")
    assert len(page.queries) == few


def test_the_library_is_loaded_once_and_what_people_changed_stays(app, person, clock):
    assert services.load_library(FILE, now=clock.now).fresh == 1
    assert services.load_library(FILE, now=clock.now).same == 1
    newer = FILE.replace("108", "120")
    assert services.load_library(newer, now=clock.now).changed == 1
    (found, _hit), *_ = queries.look_up(queries.Filter("120"), today=clock.now.date(), lang="en")
    assert found.words("en").title == "Too expensive"
    services.revise(
        entry_id=found.id,
        texts=[Draft("zh-CN", "太贵了", OBJECTION)],
        competency="",
        tags=[],
        actor_id=person("陈老师").id,
        now=clock.now,
    )
    assert services.load_library(FILE, now=clock.now).same == 1


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: [", "flow"),
        ("schema: other/1", "objections/1"),
        (FILE.replace("value:", "worth:"), "o-01: value"),
        (FILE + FILE.split("objections:")[1], "o-01: id"),
    ],
)
def test_a_broken_library_is_refused_whole_with_its_place(app, clock, text, where):
    with pytest.raises(LibraryError) as refused:
        services.load_library(text, now=clock.now)
    assert where in str(refused.value.params["where"])


def test_a_quiz_of_two_cards_is_a_bank_of_drafts_that_name_their_card(page, published):
    one, two = published("太贵了"), published("再考虑")
    answer = page("/knowledge/quiz", data={"title": "本季卡片", "cards": [one, two]}, as_="陈老师")
    slug = answer.headers["Location"].split("/")[2]
    assert banks.published_bank(slug) is None
    source = page(f"/banks/{slug}/source", as_="陈老师").text
    assert "card-" in source
    assert "draft" in source
    page("/knowledge/quiz", data={"title": "一张", "cards": [one]}, as_="陈老师", status=422)


def test_the_text_of_the_quiz_is_a_bank_without_errors(app, published, person, clock):
    from app.banks.models import BankDraft
    from app.kernel.db import session
    from app.knowledge import words

    ids = [published("太贵了"), published("再考虑"), published("Too late", lang="en")]
    with app.test_request_context():
        said = words.quiz("zh-CN", "卡片测验")
    services.draft_quiz(card_ids=ids, words=said, actor_id=person("陈老师").id, now=clock.now)
    text = session().query(BankDraft).one().source
    loaded = load_text(text)
    assert loaded.bank is not None, [str(one) for one in loaded.errors]
    assert sum(len(section.items) for section in loaded.bank.sections) == 3 + 6
    assert all(
        item.status == "draft" and item.tags and item.source
        for section in loaded.bank.sections
        for item in section.items
    )


def test_the_inbox_names_what_waits_for_another_trainer(app, person, clock):
    services.propose(
        kind=EntryKind.OBJECTION,
        texts=[Draft("zh-CN", "太贵了", OBJECTION)],
        actor_id=person("陈老师").id,
        now=clock.now,
    )

    def seen(name, *roles):
        actor = Actor(person(name).id, name, frozenset(roles), "zh-CN", "Asia/Shanghai")
        with app.test_request_context():
            return inbox.waiting(actor, now=clock.now, lang="zh-CN")

    assert len(seen("周老师", "learner", "trainer")) == 1
    assert seen("陈老师", "learner", "trainer") == []
    assert seen("小王", "learner") == []
