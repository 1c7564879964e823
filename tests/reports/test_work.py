"""A manager's home begins with what waits for him; a learner's does not change."""

import re


def work(text: str) -> str:
    """What waits for the reader, and the ways to the work of the role."""
    found = re.findall(
        r'<section[^>]*aria-labelledby="(?:work|ways)".*?</section>', text, re.DOTALL
    )
    return "".join(found)


def test_a_managers_home_starts_with_reviews_and_people(page, review) -> None:
    text = page("/", as_="李经理").text
    said = re.sub(r"<[^>]+>", " ", work(text))
    assert "评估：2026 上半年" in said
    assert "还有 18 天，2 人" in said
    assert "1 人有确认差距" in said
    assert "团队 3 人，3 人要先补证据" in said
    assert 'href="/teams/2"' in work(text)
    assert text.index('aria-labelledby="work"') < text.index('aria-labelledby="lvl"')
    assert text.count("<h1>") == 1


def test_another_manager_sees_his_own_people_and_no_strange_review(page, review) -> None:
    said = work(page("/", as_="赵经理").text)
    assert "2026 上半年" not in said
    assert "没有确认的差距" in said
    assert "团队 1 人" in said


def test_a_learner_and_a_mentor_see_nothing_of_it(page, review) -> None:
    for name in ("小王", "带教人"):
        text = page("/", as_=name).text
        assert "确认差距" not in text
    own = page("/", as_="小王").text
    assert 'aria-labelledby="work"' not in own
    assert 'href="/profile"' in own


def test_a_mentor_is_promised_nobody_until_there_are_mentees(page, review, person) -> None:
    page(f"/people/{person('小王').id}/profile", as_="带教人", status=404)
    text = page("/people", as_="带教人").text.partition("<main")[2]
    assert "带的人" not in text
