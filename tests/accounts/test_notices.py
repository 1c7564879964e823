"""Something to know, told once."""

import re
from datetime import timedelta

import pytest

from app.accounts.notices import KINDS, sentence
from app.accounts.services import Word, notify, notify_each, titled
from app.assessments import people
from app.assessments.models import Assessment
from app.assessments.services import planning
from tests.assessments import builders as built
from tests.builders import START


def tell(user, key="assigned:1", kind="assigned", url="/account"):
    params = {"title": "产品知识考试", "due": "3 月 9 日"}
    notify(user_id=user.id, kind=kind, key=key, params=params, url=url, now=START)


def test_a_notice_is_told_once_counted_and_read_by_opening(page, person, db_session):
    wang = person("小王")
    tell(wang)
    tell(wang)
    text = page("/notices", as_="小王").text
    assert text.count("新测验：产品知识考试，3 月 9 日 前完成</div>") == 1
    assert "1 条未读" in text
    url = re.search(r'action="(/notices/\d+/open)"', text)[1]
    page(url, as_="赵经理", data={}, status=404)
    assert page(url, as_="小王", data={}, status=302).location == "/account"
    assert "都看过了" in page("/notices", as_="小王").text


def test_all_are_read_at_once(page, person):
    for number in range(3):
        tell(person("小王"), key=f"assigned:{number}")
    page("/notices/read", as_="小王", data={}, status=302)
    assert "都看过了" in page("/notices", as_="小王").text


def test_a_notice_never_leads_outside(page, person, db_session):
    tell(person("小王"), url="//evil.example/x")
    url = re.search(r'action="(/notices/\d+/open)"', page("/notices", as_="小王").text)[1]
    assert page(url, as_="小王", data={}, status=302).location == "/notices"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_sentence_also_without_its_parameters(app, kind):
    with app.test_request_context():
        whole = sentence(kind, {"title": "T", "person": "T", "count": "1", "due": "1"})
        said = sentence(kind, {})
    assert "T" in whole
    assert "—" in said
    assert "%(" not in said


def test_a_title_is_told_in_the_language_of_its_reader_where_it_has_one(page, person, db_session):
    both = titled({"zh-CN": "产品知识考试", "en": "Product knowledge"})
    alone = titled({"zh-CN": "异议处理", "en": ""})
    for number, params in enumerate((both, alone)):
        notify(
            user_id=person("小王").id,
            kind="released",
            key=f"released:{number}",
            params=params,
            url="/",
            now=START,
        )
    said = page("/notices", as_="小王").text
    assert "产品知识考试" in said
    assert "Product knowledge" not in said
    person("小王").locale = "en"
    db_session.commit()
    said = page("/notices", as_="小王").text
    assert "Product knowledge" in said
    assert "产品知识考试" not in said
    assert "异议处理" in said, "without an English title the one there is"


def test_a_test_is_told_with_its_english_title_at_every_turn(page, person, db_session):
    """Assigned, due, released, cancelled: each hands on the title by language."""
    wang = person("小王")
    number = built.assessment(None, START, title="产品知识考试", title_en="Product knowledge")
    built.assigned(number, wang.id, START, due_at=START + timedelta(hours=20))
    planning.remind(now=START)
    titles = db_session.get(Assessment, number).titles
    people.tell_released(wang.id, attempt_id=1, title=titles, now=START)
    people.tell_cancelled({wang.id: 1}, title=titles, now=START)
    wang.locale = "en"
    db_session.commit()
    said = page("/notices", as_="小王").text
    assert len(re.findall("Product knowledge[^<]*</div>", said)) == 4
    assert "产品知识考试" not in said


@pytest.mark.one_database
def test_many_who_were_told_before_cost_one_question(person, queries):
    ids = [person(name).id for name in ("小王", "小陈", "小赵")]
    words = [Word(one, "due", f"due:{n}", {"title": "测"}, "/path") for one in ids for n in (1, 2)]
    notify(user_id=ids[0], kind="due", key="due:1", params={"title": "测"}, url="/", now=START)
    assert notify_each([*words, words[-1]], now=START) == 5
    queries.clear()
    assert notify_each(words, now=START) == 0
    assert len(queries) == 1
    assert notify_each([], now=START) == 0
