"""Something to know, told once."""

import pytest

from app.accounts.notices import KINDS, sentence
from app.accounts.services import notify
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
    import re

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
    import re

    tell(person("小王"), url="//evil.example/x")
    url = re.search(r'action="(/notices/\d+/open)"', page("/notices", as_="小王").text)[1]
    assert page(url, as_="小王", data={}, status=302).location == "/notices"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_sentence_also_without_its_parameters(app, kind):
    with app.test_request_context():
        said = sentence(kind, {"title": "T"})
    assert "T" in said
    assert "%(" not in said
