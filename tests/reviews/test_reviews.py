"""Set a review: of one's own people, told to them, on record."""

from datetime import date

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.audit.models import AuditEvent
from app.kernel.db import db
from app.reviews import queries, services
from app.reviews.errors import DueBeforeTodayError, NotReviewedError, OutsideScopeError
from app.reviews.models import Review
from app.reviews.services import GoalData, ReviewData
from tests import builders

TODAY = date(2026, 3, 2)


def form(person, *names, **more):
    return {
        "name": "2026 上半年",
        "review_on": "2026-03-20",
        "people": [str(person(name).id) for name in names],
    } | more


def made() -> Review:
    return db.session.scalars(select(Review)).one()


def test_a_manager_sets_a_review_of_her_people(page, person) -> None:
    page("/reviews", as_="李经理", data=form(person, "小王", "小陈"))
    review = made()
    assert queries.people_of(review.id) == {person("小王").id, person("小陈").id}
    assert "2026 上半年" in page("/reviews", as_="李经理").text
    assert "2026 上半年" in page("/reviews", as_="HR").text
    assert "2026 上半年" not in page("/reviews", as_="赵经理").text
    page(f"/reviews/{review.id}", as_="赵经理", status=404)
    page(f"/reviews/{review.id}", as_="小王", status=403)
    kinds = db.session.scalars(select(Notice.kind).where(Notice.user_id == person("小王").id)).all()
    assert kinds == ["review_set"]
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert "review.create" in actions


def test_whole_teams_can_be_ticked_and_people_added_later(page, person) -> None:
    data = form(person, units=["2"])
    page("/reviews", as_="李经理", data=data)
    review = made()
    assert queries.people_of(review.id) >= {person("小王").id, person("小陈").id}
    assert person("李经理").id not in queries.people_of(review.id)
    page(f"/reviews/{review.id}", as_="李经理", data=form(person, "小王", name="下半年"))
    assert queries.people_of(review.id) == {person("小王").id}
    assert queries.review(review.id).name == "下半年"


def test_people_of_another_team_are_no_choice(page, person) -> None:
    page("/reviews", as_="李经理", data=form(person, "小赵"), status=422)
    page("/reviews", as_="李经理", data=form(person), status=422)
    page("/reviews", as_="李经理", data=form(person, "小王", name=""), status=422)
    page("/reviews", as_="李经理", data=form(person, "小王", review_on="x"), status=422)
    assert not db.session.scalars(select(Review)).all()
    with pytest.raises(OutsideScopeError):
        services.create_review(
            ReviewData("x", TODAY, frozenset({person("小赵").id})),
            scope={person("小王").id},
            actor_id=person("李经理").id,
            now=builders.START,
        )


def test_a_review_that_holds_people_of_two_teams_is_set_by_hr_alone(page, person) -> None:
    page("/reviews", as_="HR", data=form(person, "小王", "小赵"))
    review = made()
    page(f"/reviews/{review.id}", as_="李经理", status=404)
    page(f"/reviews/{review.id}", as_="HR")
    page(f"/reviews/{review.id}", as_="总监")
    for boss in ("李经理", "赵经理"):  # each has somebody in it: named, without a link to change it
        shown = page("/reviews", as_=boss).text
        assert "别人安排的，里面有您的人" in shown
        assert "2026 上半年" in shown
        assert f"/reviews/{review.id}" not in shown


@pytest.fixture
def review(person):
    people = frozenset({person("小王").id})
    return services.create_review(
        ReviewData("上半年", date(2026, 3, 20), people),
        scope=people,
        actor_id=person("李经理").id,
        now=builders.START,
    )


def goal(person, **more) -> GoalData:
    values = {
        "competency": "influence",
        "what": "影响力到 L3",
        "on_the_job": "",
        "with_others": "",
        "by_course": "",
        "proof": "",
        "owner_id": person("小王").id,
        "due_on": date(2026, 4, 1),
    }
    return GoalData(**(values | more))


def save(person, review, *goals, now=builders.START):
    return services.save_plan(
        person_id=person("小王").id,
        review_id=review,
        goals=goals,
        actor_id=person("李经理").id,
        now=now,
        today=TODAY,
    )


def test_never_more_than_two_goals(person, review) -> None:
    assert save(person, review, *[goal(person, what=f"目标{n}") for n in range(3)]) == 2
    assert [row.what for row in queries.goals(person("小王").id, review)] == ["目标0", "目标1"]
    assert save(person, review, goal(person)) == 1


def test_a_goal_is_due_in_the_future_and_of_someone_reviewed(person, review) -> None:
    with pytest.raises(DueBeforeTodayError):
        save(person, review, goal(person, due_on=date(2026, 3, 1)))
    with pytest.raises(NotReviewedError):
        services.comment(
            person_id=person("小陈").id,
            review_id=review,
            text="x",
            is_appeal=False,
            now=builders.START,
        )


def test_saving_the_same_plan_twice_leaves_one_trace(person, review) -> None:
    save(person, review, goal(person))
    save(person, review, goal(person))
    traces = db.session.scalars(
        select(AuditEvent.detail).where(AuditEvent.action == "plan.save")
    ).all()
    assert len(traces) == 1
    assert "影响力到" not in traces[0]


def test_two_snapshots_of_one_moment_have_two_codes(person, review) -> None:
    def take(actor):
        return services.take_snapshot(
            person_id=person("小王").id,
            review_id=review,
            body="{}",
            data_through=builders.START,
            actor_id=person(actor).id,
            now=builders.START,
        )

    one, other, again = take("李经理"), take("HR"), take("李经理")
    assert len({one.code, other.code, again.code}) == 3
    assert one.hash == other.hash == services.hash_of("{}")
