"""What gives a customer away, who reviews, what changed, what is missing: pure rules."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.deliverables import (
    Change,
    Handed,
    Stage,
    Trace,
    calendar,
    choose_reviewers,
    next_handing,
    stems,
    too_short,
    traces,
    word_diff,
)
from app.domain.tracks import Activity, ActivityKind, Form, FormRow, WorkDays
from app.domain.workdays import Days


def words(text, **more):
    return {(one.trace, one.words) for one in traces({"a": text}, **more)}


def test_phone_mail_id_company_and_person_are_seen():
    text = (
        "我去见了海蓝电梯有限公司的王总和张女士，电话 13812345678，座机 021-88886666，"
        "邮箱 a.b@c.com，身份证 11010519491231002X。Mr. Smith of Blue Sea Lifts Ltd came too."
    )
    found = words(text)
    assert {
        (Trace.COMPANY, "海蓝电梯有限公司"),
        (Trace.PERSON, "王总"),
        (Trace.PERSON, "张女士"),
        (Trace.PHONE, "13812345678"),
        (Trace.PHONE, "021-88886666"),
        (Trace.EMAIL, "a.b@c.com"),
        (Trace.ID_CARD, "11010519491231002X"),
        (Trace.PERSON, "Mr. Smith"),
    } <= found
    assert any(one is Trace.COMPANY and "Ltd" in said for one, said in found)


def test_ordinary_sentences_are_left_alone():
    text = (
        "这家公司一年省 108 万元，客户公司的项目经理问总价，我们公司算了总数，"
        "向总部汇报，高总价不好谈，应工程师要求改了方案，编号 20260302。"
    )
    assert words(text) == set()


def test_what_the_author_was_stopped_for_before_is_looked_for_again():
    first = traces({"a": "海蓝电梯有限公司签了"})
    later = traces({"b": "海蓝电梯后来续约"}, earlier=stems(first))
    assert [(one.row, one.trace, one.words) for one in later] == [("b", Trace.EARLIER, "海蓝电梯")]


def test_the_own_company_may_stand():
    assert words("澄屿软件公司派人去", own={"澄屿软件公司"}) == set()


@given(
    st.sets(st.integers(1, 12)),
    st.dictionaries(st.integers(1, 12), st.integers(0, 5)),
    st.sets(st.integers(1, 12)),
    st.integers(0, 4),
    st.integers(0, 99),
)
def test_reviewers_are_the_least_asked_and_never_the_excluded(people, loads, excluded, n, turn):
    chosen = choose_reviewers(people, loads=loads, excluded=excluded, needed=n, turn=turn)
    assert len(chosen) == len(set(chosen)) == min(n, len(people - excluded))
    assert not set(chosen) & excluded
    left = people - excluded - set(chosen)
    most = max((loads.get(one, 0) for one in chosen), default=0)
    assert all(loads.get(one, 0) >= most for one in left) or not chosen


@given(st.integers(3, 12), st.integers(1, 2))
def test_over_a_whole_cohort_the_load_is_even(size, needed):
    loads: dict[int, int] = {}
    for author in range(size):
        chosen = choose_reviewers(
            range(size), loads=loads, excluded={author}, needed=needed, turn=author
        )
        for one in chosen:
            loads[one] = loads.get(one, 0) + 1
    assert sum(loads.values()) == size * needed
    assert max(loads.values()) - min(loads.get(one, 0) for one in range(size)) <= 2


text = st.text("一二三。\nab ，", max_size=60)


@settings(deadline=None)
@given(text, text)
def test_a_comparison_holds_both_texts_whole(old, new):
    pieces = word_diff(old, new)
    assert "".join(one.text for one in pieces if one.change is not Change.NEW) == old
    assert "".join(one.text for one in pieces if one.change is not Change.OLD) == new


def test_a_changed_figure_is_shown_as_a_word():
    pieces = word_diff("一年省 90 万元。后面不变。", "一年省 108 万元。后面不变。")
    assert [(one.change, one.text) for one in pieces][1:3] == [
        (Change.OLD, "90"),
        (Change.NEW, "108"),
    ]


def test_blanks_do_not_fill_a_section():
    form = Form("f", {"zh-CN": "f"}, (FormRow("a", {"zh-CN": "a"}, least=4),))
    assert too_short(form, {"a": "一 二\n\n三 "}) == {"a": 1}
    assert too_short(form, {"a": "一二三四"}) == {}


PLAN = Activity(
    "plan",
    ActivityKind.DELIVERABLE,
    {"zh-CN": "x"},
    due_day=45,
    work=WorkDays(draft=21, comments=5, revision=35, defence=45, follow_up=90),
)


def test_the_dates_of_the_growth_plan():
    start = date(2026, 3, 2)
    found = calendar(PLAN, anchor_on=start, days=Days.CALENDAR, due_on=date(2026, 4, 16))
    assert found.draft == date(2026, 3, 23)
    assert found.comments == date(2026, 3, 28)
    assert found.defence == date(2026, 4, 16)
    assert found.follow_up == date(2026, 7, 15)
    early = calendar(
        PLAN,
        anchor_on=start,
        days=Days.CALENDAR,
        due_on=date(2026, 4, 16),
        draft_in_on=date(2026, 3, 20),
    )
    assert early.comments == date(2026, 3, 25)


def test_a_draft_first_where_the_activity_asks_for_one():
    assert next_handing(PLAN, Stage.WRITING, 0) is Handed.DRAFT
    assert next_handing(PLAN, Stage.DRAFT_IN, 1) is Handed.FINAL
    assert next_handing(PLAN, Stage.FAILED, 2) is Handed.RESUBMISSION
    plain = Activity("case", ActivityKind.DELIVERABLE, {"zh-CN": "x"})
    assert next_handing(plain, Stage.WRITING, 0) is Handed.FINAL
