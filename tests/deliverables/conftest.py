"""People on the shipped workshops, and how they write, review and hand in."""

import pytest
from sqlalchemy import select

from app.deliverables import queries, services
from app.deliverables.models import Document
from app.deliverables.services import Save
from app.kernel.db import session
from app.ratings import services as rating
from app.ratings.models import Performance, Seat
from app.tracks import services as track_services
from app.tracks.models import StepResult
from tests.browser.conftest import device, sign_in, site
from tests.tracks.conftest import MONDAY, tracks

__all__ = ["device", "sign_in", "site", "tracks"]

CASE = {
    "background": "一家做电梯维保的客户，一百八十人，一个月要跑一千多单，第二趟占了一成多，"
    "主管每天手工派单，"
    "老板觉得问题在人不在系统，所以前两次演示都没有结果，预算也被砍了三成。",
    "people": "使用部门的主管怕换系统后一个月乱套，财务怕钱花了没数，拍板的人只问一年能省多少，"
    "三个人三种怕法，前两次我们只和主管谈，所以后面两个人都没有被说服，也没有人替我们说话。",
    "turning": "第三次去的时候我没有开电脑，跟着师傅跑了一天，记下每一趟为什么要跑第二趟，"
    "回来把数拿给主管看，他当场把财务叫了进来，从那一刻起谈的是钱不是功能。",
    "mine": "先停演示去现场，再用他们自己的工单算账，一个月第二趟九万元；"
    "然后请财务一起改口径，最后只谈两个片区试点三个月，达不到目标可以退，"
    "当时的原话是，先不买，先把这三个月的数跑出来，做不到您不用付第二笔，白纸黑字写进合同里。",
    "result": "试点三个月，第二趟从百分之十四降到百分之九，签了一年，金额比原来少两成，"
    "续约时补上了缺口，没有达到的是上门时长，只降了百分之三。",
    "again": "第一次见面就去现场，不先开演示，能省两个月，"
    "因为没有现场的数，谁都说服不了谁，后面的会全是重来。",
}


class Workshop:
    """Somebody's deliverable, in a line."""

    def __init__(self, person, clock) -> None:
        self.person, self.clock = person, clock

    def enrol(self, *names, slug="case-workshop", on=MONDAY):
        ids = track_services.enrol(
            person_ids=[self.person(name).id for name in names],
            slug=slug,
            anchor_on=on,
            actor_id=self.person("陈老师").id,
            now=self.clock.now,
        )
        return dict(zip(names, ids, strict=True))

    def place(self, enrolment_id, activity_id="cw-case"):
        return queries.place(enrolment_id, activity_id, today=self.clock.now.date())

    def write(self, enrolment_id, texts=CASE, activity_id="cw-case", *, client="a", revision=1):
        place = self.place(enrolment_id, activity_id)
        saves = [Save(row, revision, text) for row, text in texts.items()]
        return services.save(
            place, saves, client=client, actor_id=place.enrolment.person_id, now=self.clock.now
        )

    def hand_in(self, enrolment_id, activity_id="cw-case", *, key="k", sure=True):
        place = self.place(enrolment_id, activity_id)
        return services.hand_in(
            place,
            is_confirmed=sure,
            key=key,
            actor_id=place.enrolment.person_id,
            now=self.clock.now,
        )

    def document(self, enrolment_id):
        return (
            session()
            .scalars(
                select(Document).where(Document.enrolment_id == enrolment_id).order_by(Document.id)
            )
            .first()
        )

    def reviewers(self, enrolment_id):
        review = self.document(enrolment_id).review_id
        return (
            session()
            .scalars(select(Seat).where(Seat.performance_id == review).order_by(Seat.id))
            .all()
        )

    def mark(self, seat, points=3):
        form = session().get(Performance, seat.performance_id).form
        rating.submit(
            seat_id=seat.id,
            new=rating.NewMark({row["id"]: points for row in form["rows"]}),
            key=f"seat{seat.id}",
            seen=0,
            actor_id=seat.assessor_id,
            now=self.clock.now,
        )

    def is_done(self, enrolment_id, activity_id):
        found = session().scalar(
            select(StepResult.is_done).where(
                StepResult.enrolment_id == enrolment_id, StepResult.activity_id == activity_id
            )
        )
        return bool(found)


@pytest.fixture
def workshop(tracks, person, clock):
    """Four on the case workshop come from `workshop.enrol(...)`."""
    return Workshop(person, clock)
