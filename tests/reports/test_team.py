"""The team page: counted over all, drawn for fifty."""

import io
import re
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from app.accounts import queries as accounts
from app.competency import queries as competency
from app.competency import services as competency_services
from app.competency.models import ProfileSummary
from app.domain import team
from app.domain.competency import Call, Status
from app.jobs import queries as jobs
from app.jobs import worker
from app.kernel.db import db
from app.reports import matrix
from app.reports.matrix import Want
from app.reviews import queries as reviews
from tests import builders
from tests.competency.conftest import TODAY
from tests.reports.test_person import pages_of, text_of


@pytest.fixture
def east(person):
    return accounts.unit_of(person("小王").id, TODAY)


@pytest.fixture
def many(evidence, east):
    """Sixty more people of the team, the last ones with a gap."""
    unit = db.session.get(builders.Unit, east.id)
    made = [builders.user(f"新人{n:02d}", unit=unit) for n in range(60)]
    db.session.commit()
    ids = [row.id for row in made]
    competency_services.renew_levels(ids, TODAY)
    for row in made[-3:]:
        for slug, name in (("influence", "a"), ("insight", "b")):
            for n in range(3):
                competency_services.record_evidence(
                    person_id=row.id,
                    source=competency_services.Source("test", f"{row.id}{name}{n}"),
                    happened_on=TODAY,
                    entries=[
                        competency_services.NewEvidence(
                            slug,
                            matrix.model.EvidenceKind.ROLEPLAY
                            if n
                            else matrix.model.EvidenceKind.WORK,
                            pass_mark=60,
                            score=10,
                            assessors=2,
                        )
                    ],
                    now=builders.START,
                    today=TODAY,
                )
    db.session.commit()
    return ids


def page_of(unit, review_id=None, **want):
    return matrix.page(unit, review_id=review_id, want=Want(**want), today=TODAY)


def test_the_head_counts_everybody_below_the_team_but_not_its_leader(many, east, person) -> None:
    head = page_of(east).head
    assert head.people == 63  # 小王, 小陈, 带教人 and sixty
    assert head.with_gaps == 4
    assert head.gaps == 7
    assert person("李经理").id not in matrix.ids(east, review_id=None, today=TODAY)


def test_the_stored_numbers_are_those_of_the_rules(many) -> None:
    rows = db.session.query(ProfileSummary).all()
    levels = competency.levels_for([row.person_id for row in rows])
    assert len(rows) > 60
    for row in rows:
        found = team.summarise(levels[row.person_id])
        for name in team.Summary.__dataclass_fields__:
            assert getattr(row, name) == getattr(found, name), (row.person_id, name)


def test_the_matrix_is_sorted_by_the_largest_weighted_gap(many, east) -> None:
    found = page_of(east)
    assert len(found.rows) == 50
    assert (found.total, found.pages) == (63, 2)
    levels = competency.levels_for([row.person_id for row in found.rows])
    keys = [team.order(team.summarise(levels[row.person_id])) for row in found.rows]
    assert keys == sorted(keys)
    rest = page_of(east, page=2).rows
    assert len(rest) == 13
    assert not {row.person_id for row in rest} & {row.person_id for row in found.rows}


def test_filters_by_name_call_and_status(many, east, person) -> None:
    assert all(row.name.startswith("新人5") for row in page_of(east, text="新人5").rows)
    assert page_of(east, text="新人5").total == 10
    assert page_of(east, text="%").total == 0
    assert page_of(east, call=Call.GAP).total == 4
    assert {row.name for row in page_of(east, call=Call.MET).rows} == {"小王", "小陈"}
    assert page_of(east, status=Status.STALE).total == 0
    by_name = [row.name for row in page_of(east, sort="name").rows]
    assert by_name == sorted(by_name)


def test_a_gap_of_three_people_is_common_only_from_thirty_per_cent(many, east, person) -> None:
    assert page_of(east).common == ()
    few = frozenset([*many[-3:], person("小王").id])
    review_id = _review(few, person)
    found = page_of(east, review_id=review_id)
    assert {one.competency.slug: (one.gaps, one.people) for one in found.common} == {
        "influence": (4, 4),
        "insight": (3, 4),
    }
    assert found.days_left == 18
    assert found.last_useful_on.isoformat() == "2026-03-17"


def _review(people, person) -> int:
    from app.reviews import services

    data = services.ReviewData("上半年", builders.date(2026, 3, 20), people)
    made = services.create_review(
        data, scope=people, actor_id=person("李经理").id, now=builders.START
    )
    db.session.commit()
    return made


def test_work_lists_name_gap_missing_evidence_and_coaches(review, east) -> None:
    found = page_of(east)
    assert [row.name for row in found.gaps] == ["小王"]
    assert found.gaps[0].levels[0].competency == "influence"
    assert {row.name for row in found.to_prove} == {"小王", "小陈", "带教人"}
    assert all(row.missing for row in found.to_prove)
    assert {row.name for row in found.coaches} == {"小王", "小陈"}


def test_a_gap_names_who_could_coach_it(page, review, ledger, person) -> None:
    assert "可请" not in page("/teams/2", as_="李经理").text
    for n in range(4):
        kind = matrix.model.EvidenceKind.WORK if n % 2 else matrix.model.EvidenceKind.ROLEPLAY
        ledger.rated("小陈", f"up{n}", "influence", 97, m=4, kind=kind, age=n)
    db.session.commit()
    text = page("/teams/2", as_="李经理").text
    assert "可请 小陈 带" in text
    assert "可请 小王 带" not in text


def test_the_page_says_in_words_what_each_cell_is(page, review) -> None:
    text = page("/teams/2", as_="李经理").text
    assert re.search(r'aria-label="小王 影响力：L1，差距 1 级，期望 L2"', text)
    assert re.search(r'aria-label="小王 原动力：证据不足，还差 \d 项"', text)
    assert "证据充分" in text
    assert "/ 3 人" in text
    assert "还有 18 天" in text
    assert "最晚 03-17 还算数" in text


def test_the_page_costs_the_same_for_two_and_for_sixty_people(page, review, queries, many) -> None:
    page("/teams/2?q=小王", as_="李经理")
    few = len(queries)
    page("/teams/2", as_="李经理")
    assert len(queries) <= few + 1
    assert len(queries) <= 45, list(queries)


def test_who_may_open_a_team_page(page, review) -> None:
    for name in ("李经理", "总监", "HR"):
        page("/teams/2", as_=name)
        page("/teams/2/export.xlsx", as_=name)
    for url in ("/teams/2", "/teams/2/export.xlsx", "/teams/99"):
        page(url, as_="赵经理", status=404)
        page(url, as_="小王", status=403)
        page(url, as_="陈老师", status=403)
    page("/teams/3?review=1", as_="赵经理", status=404)
    assert page("/teams", as_="李经理", status=302).headers["Location"].endswith("/teams/2")


def test_the_workbook_has_everybody(page, many) -> None:
    data = page("/teams/2/export.xlsx", as_="李经理").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    rows = book.get_sheet_by_name("人与能力").to_python()
    assert len(rows) == 1 + 63
    assert rows[0][0] == "姓名"
    assert {row[0] for row in rows} >= {"小王", "小陈", "新人59"}


def test_packs_of_a_team_come_as_one_zip_from_a_job(app, page, review, person, tmp_path) -> None:
    answer = page("/teams/2/packs", as_="李经理", data={"review": str(review)})
    job_id = int(answer.headers["Location"].rpartition("/")[2])
    worker.run_job(app, job_id)
    db.session.expire_all()
    job = jobs.job(job_id, owner_id=person("李经理").id)
    assert (job.state, job.done, job.total) == ("done", 2, 2), job.message
    page(f"/jobs/{job_id}/file", as_="赵经理", status=404)
    data = page(f"/jobs/{job_id}/file", as_="李经理").data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        pdfs = [archive.read(name) for name in names]
    assert sorted(name.partition("-")[0] for name in names) == ["小王", "小陈"]
    assert all(pages_of(pdf) == 3 for pdf in pdfs)
    codes = {name.partition("-")[2].removesuffix(".pdf") for name in names}
    kept = {
        snapshot.code
        for name in ("小王", "小陈")
        for snapshot in reviews.snapshots_of(person(name).id)
    }
    assert codes == kept
    for name, pdf in zip(names, pdfs, strict=True):
        assert name.partition("-")[0] in text_of(pdf)
        assert "李经理" in text_of(pdf)


def test_another_manager_starts_no_job_for_this_team(page, review) -> None:
    page("/teams/2/packs", as_="赵经理", data={}, status=404)
    page("/teams/2/packs", as_="小王", data={}, status=403)
