"""Two at the same moment, each with a connection of her own, on both databases."""

import pytest
from sqlalchemy import select

from app.deliverables import queries, services
from app.deliverables.models import Document, DocumentComment, DocumentRevision
from app.deliverables.services import Save
from app.kernel.db import session, transaction
from app.knowledge.models import KnowledgeEntry
from app.ratings.models import Outcome, Seat
from tests.at_once import committed, copies, statuses
from tests.deliverables.small import enrolled
from tests.ratings.test_at_once import count, furnish, page, person_named

__all__ = ["committed", "copies", "furnish", "page"]

PEOPLE = ("小王", "小赵", "带教人", "阅卷人", "周老师")
WORK = "/enrolments/{}/activities/case/work"


@pytest.fixture
def cohort(page, clock):
    """Five people who have written their cases; name -> enrolment."""
    with transaction():
        ids = enrolled(*(person_named(name).id for name in PEOPLE), now=clock.now)
        for enrolment_id in ids:
            place = queries.place(enrolment_id, "case", today=clock.now.date())
            saves = [Save(row, 1, "写了很多字。") for row in ("people", "mine")]
            author = place.enrolment.person_id
            services.save(place, saves, client="a", actor_id=author, now=clock.now)
    found = dict(zip(PEOPLE, ids, strict=True))
    for name in (*PEOPLE, "李经理", "陈老师"):
        page("/notices", as_=name)
    return found


def test_two_who_hand_in_together_share_the_load(page, cohort):
    url = "{}/hand-in"
    calls = [(name, url.format(WORK.format(cohort[name])), {"key": "k"}) for name in PEOPLE]
    assert set(statuses(page, *calls)) == {302}
    session().rollback()
    asked = list(session().scalars(select(Seat.assessor_id)))
    assert len(asked) == 2 * len(PEOPLE)
    assert max(asked.count(one) for one in asked) <= 3
    assert count(DocumentRevision) == len(PEOPLE)


def test_handed_in_by_two_windows_of_one_page_is_one_revision(page, cohort):
    call = ("小王", f"{WORK.format(cohort['小王'])}/hand-in", {"key": "k"})
    assert statuses(page, call, call) == [302, 302]
    assert count(DocumentRevision) == 1


def handed_in(page, cohort):
    page(f"{WORK.format(cohort['小王'])}/hand-in", data={"key": "k"}, as_="小王")
    session().rollback()
    return session().scalars(select(Document).where(Document.enrolment_id == cohort["小王"])).one()


def test_two_comments_at_once_are_both_kept_and_one_sent_twice_is_one(page, cohort):
    url = f"/documents/{handed_in(page, cohort).id}/comments"
    words = {"number": 1, "row": "mine", "quote": "", "text": "这句好"}
    calls = [("李经理", url, words | {"key": "a"}), ("陈老师", url, words | {"key": "b"})]
    assert statuses(page, *calls, calls[0]) == [302, 302, 302]
    assert count(DocumentComment) == 2


def test_two_reviewers_at_once_lead_to_one_outcome(page, cohort):
    handed_in(page, cohort)
    names = {person_named(name).id: name for name in PEOPLE}
    seats = session().scalars(select(Seat).order_by(Seat.id)).all()
    body = {"row-clear": 3, "row-honest": 3, "seen": 0}
    calls = [
        (names[seat.assessor_id], f"/seats/{seat.id}/mark", body | {"key": f"k{seat.id}"})
        for seat in seats
    ]
    assert statuses(page, *calls) == [302, 302]
    assert count(Outcome) == 1


def test_two_trainers_accept_together_and_it_is_published_once(page, cohort, clock):
    test_two_reviewers_at_once_lead_to_one_outcome(page, cohort)
    reviewed = select(Document.id).where(Document.review_id.is_not(None))
    url = f"/documents/{session().scalars(reviewed).one()}/accept"
    assert sorted(statuses(page, ("陈老师", url, {}), ("周老师", url, {}))) == [302, 409]
    assert count(KnowledgeEntry) == 1
