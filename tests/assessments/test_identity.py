"""Options are named by the author's id everywhere, whatever letter a person saw; editions stay."""

import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.assessments import services
from app.assessments.errors import WindowClosedError
from app.assessments.forms import in_zone
from app.assessments.frozen import on_the_wire, pack, read_response, unpack
from app.assessments.models import Attempt, SeenItem
from app.domain.papers import letters
from tests.assessments import builders as b

SEEDS = 200


def test_over_200_seeded_papers_the_right_answer_is_right_under_every_letter(
    app, clock, person, db_session
):
    wang = person("小王").id
    made = b.assessment(None, clock.now, text=b.objective(), attempts_allowed=SEEDS)
    assignment = b.assigned(made, wang, clock.now)
    seen_first = set()
    for n in range(SEEDS):
        attempt = services.start(
            assignment_id=assignment, person_id=wang, seed=f"seed-{n}", now=clock.now
        )
        order = b.frozen(attempt).slots[0].entry.options
        seen_first.add(order)
        batch = b.saves(attempt, {k: v for k, v in b.RIGHT.items() if k != "o-5"})
        services.hand_in(
            attempt_id=attempt, person_id=wang, key="k", client="t", saves=batch, now=clock.now
        )
        db_session.expire_all()
        assert db_session.get(Attempt, attempt).total == 35, order
    assert len(seen_first) == 24, "each order of four options turns up"


def test_review_marks_the_letters_this_person_saw(page, clock, person, db_session):
    made = b.assessment(None, clock.now, text=b.objective())
    assignment = b.assigned(made, person("小王").id, clock.now)
    page(f"/assignments/{assignment}/start", as_="小王", data={})
    attempt = db_session.scalars(select(Attempt)).one().id
    slot = b.frozen(attempt).slots[0]
    letter = {option: shown for shown, option in letters(slot.entry.options).items()}["A"]
    body = {"client": "t", "saves": b.saves(attempt, {"o-1": {"A"}})}
    page(f"/attempts/{attempt}/responses", as_="小王", json=body)
    page(f"/attempts/{attempt}/submit", as_="小王", data={"saves": ""})
    text = page(f"/attempts/{attempt}/result", as_="小王").text
    assert re.search(rf"{letter} 先共情", text), "the explanation names the letter she saw"


@settings(max_examples=60, deadline=None)
@given(picked=st.sets(st.sampled_from("ABCDE")), order=st.permutations("ABCDE"))
def test_letters_go_out_and_come_back(picked, order):
    from app.assessments.frozen import Slot
    from app.domain.items import Chosen, ItemType
    from app.domain.papers import Entry

    entry = Entry(1, "x", 1, 1, 0, tuple(order))
    slot = Slot(entry, ItemType.MULTI, (), None, key_seen=False)
    stored = pack(Chosen(frozenset(picked)))
    wire = on_the_wire(slot, stored)
    assert pack(read_response(slot, wire)) == stored
    assert unpack(stored) == Chosen(frozenset(picked))


def test_an_edited_bank_leaves_past_sittings_as_they_were(page, clock, person, db_session):
    made = b.assessment(None, clock.now, text=b.objective())
    assignment = b.assigned(made, person("小王").id, clock.now)
    page(f"/assignments/{assignment}/start", as_="小王", data={})
    attempt = db_session.scalars(select(Attempt)).one().id
    edited = (
        b.objective()
        .replace("先做什么？", "第一句说什么？")
        .replace("answer: A\n", "answer: C\n")
        .replace("KEYWHY-1", "KEYWHY-2")
    )
    b.bank(clock.now, edited)
    body = {"client": "t", "saves": b.saves(attempt, {"o-1": {"A"}})}
    page(f"/attempts/{attempt}/responses", as_="小王", json=body)
    page(f"/attempts/{attempt}/submit", as_="小王", data={"saves": ""})
    text = page(f"/attempts/{attempt}/result", as_="小王").text
    assert "先做什么？" in text
    assert "第一句" not in text
    assert "KEYWHY-1" in text
    db_session.expire_all()
    assert db_session.get(Attempt, attempt).total == 10
    fresh = b.assessment(None, clock.now, text=edited)
    again = b.assigned(fresh, person("小王").id, clock.now)
    page(f"/assignments/{again}/start", as_="小王", data={})
    newest = db_session.scalars(select(Attempt).order_by(Attempt.id.desc())).first()
    assert "第一句说什么？" in page(f"/attempts/{newest.id}", as_="小王").text


def test_a_window_until_2359_in_shanghai_holds_for_someone_in_berlin(
    app, clock, person, db_session
):
    closes = in_zone(datetime(2026, 3, 5, 23, 59), "Asia/Shanghai")  # noqa: DTZ001  a wall clock
    assert closes == datetime(2026, 3, 5, 15, 59, tzinfo=UTC)
    wang = person("小王")
    wang.timezone = "Europe/Berlin"
    made = b.assessment(None, clock.now, text=b.objective(), closes_at=closes)
    assignment = b.assigned(made, wang.id, clock.now)
    clock.set(closes - timedelta(minutes=1))
    attempt = services.start(assignment_id=assignment, person_id=wang.id, seed="s", now=clock.now)
    assert db_session.get(Attempt, attempt).deadline_at == closes
    chen = b.assigned(made, person("小陈").id, clock.now)
    clock.set(closes)
    with pytest.raises(WindowClosedError):
        services.start(assignment_id=chen, person_id=person("小陈").id, seed="s", now=clock.now)


def test_a_retake_draws_unseen_items_first(app, clock, person, db_session):
    text = b.objective().replace(
        "  - title: {zh-CN: 单选, en: Single}\n", "  - title: 单选\n    draw: 1\n"
    )
    wang = person("小王").id
    made = b.assessment(None, clock.now, text=text, attempts_allowed=2, unseen_share=Fraction(1))
    assignment = b.assigned(made, wang, clock.now)
    drawn = []
    for seed in ("a", "b"):
        attempt = services.start(assignment_id=assignment, person_id=wang, seed=seed, now=clock.now)
        drawn.append(b.frozen(attempt).slots[0].entry.item_id)
        services.hand_in(
            attempt_id=attempt, person_id=wang, key="k", client="t", saves=[], now=clock.now
        )
    assert sorted(drawn) == ["o-1", "o-2"]
    seen = db_session.scalars(select(SeenItem).where(SeenItem.person_id == wang)).all()
    assert {one.item_id for one in seen} == {"o-1", "o-2", "o-3", "o-4"}
