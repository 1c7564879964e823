"""An object outside the scope is as unreachable in a body as it is in the address."""

from sqlalchemy import func, select

from app.accounts.models import RoleGrant, User
from app.assessments.models import Assignment
from app.reviews.models import Goal, Review, ReviewPerson
from app.tracks.models import Enrolment
from tests.security import objects


def count(db_session, model, *where):
    return db_session.scalar(select(func.count()).select_from(model).where(*where))


def test_a_manager_assigns_nobody_of_another_team(page, scene, db_session):
    path = f"/assessments/{scene.ids['own assessment']}/assign"
    before = count(db_session, Assignment)
    for data in (
        {"units": [scene.units["华南一组"]]},
        {"units": [scene.units["澄屿软件"]]},
        {"logins": "CY1003"},
    ):
        page(path, as_="李经理", data=data, status=422)
    assert count(db_session, Assignment) == before


def test_a_manager_reviews_nobody_of_another_team(page, scene, db_session):
    before = count(db_session, ReviewPerson), count(db_session, Review)
    day = {"name": "Mine", "review_on": "2026-03-20"}
    for data in ({"people": [scene.people["小赵"]]}, {"units": [scene.units["华南一组"]]}):
        page("/reviews", as_="李经理", data={**day, **data}, status=422)
        path = f"/reviews/{scene.ids['own review']}"
        page(path, as_="李经理", data={**day, **data}, status=422)
    assert (count(db_session, ReviewPerson), count(db_session, Review)) == before


def test_a_manager_enrols_nobody_of_another_team(page, scene, db_session):
    before = count(db_session, Enrolment)
    data = {"people": [scene.people["小郑"]], "anchor_on": "2026-03-02"}
    page("/tracks/second/enrolments", as_="李经理", data=data, status=422)
    assert count(db_session, Enrolment) == before


def test_a_goal_belongs_to_nobody_outside_and_to_no_other_review(page, scene, db_session):
    wang = scene.people["小王"]
    goal = {"g1-competency": "", "g1-what": "Mine", "g1-due_on": "2026-04-01", "g2-competency": ""}
    goal |= {"g1-owner": scene.people["小赵"], "g2-owner": wang}
    review = {"review": scene.ids["own review"]}
    page(f"/people/{wang}/plan", as_="李经理", data={**goal, **review}, status=422)
    goal |= {"g1-owner": wang, "review": scene.ids["other review"]}
    page(f"/people/{wang}/plan", as_="李经理", data=goal, status=404)
    assert count(db_session, Goal, Goal.what == "Mine") == 0


def test_a_snapshot_of_another_person_does_not_open_below_ones_own_address(page, scene):
    code = scene.snapshots[scene.people["小陈"]]
    own = f"/people/{scene.people['小王']}/profile?snapshot={code}"
    page(own, as_="小王", status=404)
    page(own, as_="李经理", status=404)


def test_a_trainer_makes_no_assessment_of_another_trainers_bank(page, scene, db_session):
    body = dict(objects.ROUTES["POST assessments.define"].body(scene, {}))
    page("/assessments/new", as_="陈老师", data={**body, "banks": ["other-bank"]}, status=422)
    page(f"/assessments/new?copy={scene.ids['other assessment']}", as_="陈老师", status=404)


def test_nobody_but_a_marker_is_named_a_marker(page, scene, db_session):
    path = f"/assessments/{scene.ids['own assessment']}/markers"
    page(path, as_="陈老师", data={"markers": [scene.people["小赵"]]})
    url = f"/marking/answers/{scene.finished_of['own']}/8"
    page(url, as_="小赵", status=403)


def test_no_one_gives_herself_a_role_by_an_extra_field(page, scene, db_session):
    extra = {
        "roles": ["admin"],
        "role": "admin",
        "job_role": "manager",
        "id": "12",
        "user_id": "12",
    }
    own = {"locale": "zh-CN", "timezone": "Asia/Shanghai", "theme": "auto"}
    before = count(db_session, RoleGrant)
    page("/account", as_="小王", data={**own, **extra})
    assert count(db_session, RoleGrant) == before
    assert db_session.get(User, scene.people["小王"]).job_role == "seller"


def test_the_address_of_an_item_or_answer_of_another_paper_is_a_400(page, scene, db_session):
    attempt = scene.open_attempts["小王"]
    for item in (0, 99, "1", None, {"$gt": 0}):
        saves = [{"item": item, "revision": 1, "response": {"options": ["A"]}, "flagged": False}]
        body = {"client": "x", "saves": saves}
        page(f"/attempts/{attempt}/responses", as_="小王", json=body, status=400)
