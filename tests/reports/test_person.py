"""A person's page, its PDF and its workbook come from one frozen view model."""

import io
import json
import re
from datetime import date, timedelta

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.accounts.models import AccessLog
from app.competency import services as competency_services
from app.domain.competency import Call, Status
from app.domain.framework import EvidenceKind
from app.kernel import clock
from app.kernel.clock import organisation_day
from app.kernel.db import db
from app.reports import queries as reports
from app.reports.pack import canonical, from_json
from app.reviews import queries as reviews
from app.reviews.models import Snapshot
from app.reviews.services import hash_of
from tests.competency.conftest import TODAY


def profile(person, name: str, more: str = "") -> str:
    return f"/people/{person(name).id}/profile{more}"


def take(page, person, name, as_, review):
    """Take a snapshot; gives its code."""
    url = f"/people/{person(name).id}/snapshots"
    answer = page(url, as_=as_, data={"review": str(review)})
    return answer.headers["Location"].rpartition("=")[2]


def text_of(pdf: bytes) -> str:
    """The text of a PDF without white space."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        said = "".join(document[n].get_textpage().get_text_range() for n in range(len(document)))
    finally:
        document.close()
    return re.sub(r"\s|\x02", "", said)


def pages_of(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


@pytest.fixture
def pack(review, person):
    return reports.pack(person("小王").id, review_id=review, now=clock.now())


def test_the_shares_of_every_ledger_add_up_to_a_hundred_with_the_start(pack) -> None:
    with_evidence = [line for line in pack.lines if line.ledger]
    assert len(with_evidence) == 3
    for line in with_evidence:
        assert sum(piece.percent for piece in line.ledger) + line.start_percent == 100


def test_insufficient_evidence_has_no_figure_anywhere_in_the_model(pack) -> None:
    drive = pack.line("drive")
    assert drive.status is Status.INSUFFICIENT
    assert (drive.lo, drive.hi, drive.mean, drive.sd, drive.p, drive.level) == (None,) * 6
    assert drive.missing


def test_provisional_evidence_shows_its_interval_alone(pack) -> None:
    line = pack.line("prospecting")
    assert line.status is Status.PROVISIONAL
    assert line.lo is not None
    assert line.hi is not None
    assert (line.mean, line.level, line.call, line.p) == (None,) * 4


def test_the_verdict_counts_each_expected_competency_once(pack) -> None:
    s = pack.summary
    assert s.met + s.gaps + s.undecided + s.lacking == s.expected
    assert pack.line("influence").call is Call.GAP
    assert pack.focus == "influence"


def test_eight_prompts_from_the_data_the_offer_of_help_is_last(pack) -> None:
    kinds = [prompt.kind.value for prompt in pack.prompts]
    assert len(kinds) == 8
    assert {"gap", "evidence", "to_prove"} <= set(kinds)
    assert kinds[-1] == "help"


def test_eight_prompts_also_where_nothing_is_known(review, person) -> None:
    found = reports.pack(person("小赵").id, review_id=None, now=clock.now())
    assert len(found.prompts) == 8
    assert len(set(found.prompts)) == 8


def test_a_passed_test_below_expectation_says_why(page, review, person) -> None:
    text = page(profile(person, "小王", "?competency=influence"), as_="李经理").text
    assert "测验通过 1 / 1" in text
    assert "全部证据合起来低于期望" in text


def test_the_model_survives_its_json(pack) -> None:
    assert from_json(canonical(pack)) == pack
    assert canonical(from_json(canonical(pack))) == canonical(pack)


def test_a_snapshot_is_named_by_the_hash_of_its_canonical_body(page, person, review) -> None:
    code = take(page, person, "小王", "李经理", review)
    row = db.session.scalars(select(Snapshot).where(Snapshot.code == code)).one()
    assert row.hash == hash_of(row.body)
    plain = json.loads(row.body)
    again = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert again == row.body
    assert code in page(profile(person, "小王", f"?snapshot={code}"), as_="李经理").text


def test_a_snapshot_stays_when_the_evidence_goes_on(page, person, review, ledger, clock) -> None:
    code = take(page, person, "小王", "李经理", review)
    before = page(profile(person, "小王", f"?snapshot={code}"), as_="李经理").text
    ledger.test("小王", "9", talk_tracks=(20, 20))
    db.session.commit()
    after = page(profile(person, "小王", f"?snapshot={code}"), as_="李经理").text
    live = page(profile(person, "小王"), as_="李经理").text
    verdict = re.compile(r'lb-verdict">(.*?)</section>', re.DOTALL)
    assert verdict.search(before).group(1) == verdict.search(after).group(1)
    assert verdict.search(before).group(1) != verdict.search(live).group(1)


def test_a_change_since_the_last_cycle_is_told_when_it_is_more_than_chance(
    page, person, review, ledger
) -> None:
    take(page, person, "小王", "李经理", review)
    for n in range(4):
        ledger.rated("小王", f"up{n}", "influence", 95, m=3, occasion=f"o{n}")
    later = clock.now() + timedelta(days=1)
    found = reports.pack(person("小王").id, review_id=None, now=later)
    change = found.line("influence").change
    assert change is not None
    assert change > 10
    assert found.line("product-knowledge").change is None
    assert found.line("product-knowledge").was_compared
    assert found.prompts[0].kind.value == "changed"


def test_the_rep_sees_the_same_page_as_her_manager(page, person, review) -> None:
    hers = page(profile(person, "小王"), as_="小王").text
    his = page(profile(person, "小王"), as_="李经理").text
    for part in (
        r"lb-prof(.*?)</table>",
        r"lb-verdict(.*?)</section>",
        r"<ol class=\"lb-stack(.*?)</ol>",
    ):
        found = [re.search(part, text, re.DOTALL).group(1) for text in (hers, his)]
        same = [re.sub(r'<a class="btn.*?</a>', "", text) for text in found]
        assert same[0] == same[1]


def test_another_team_a_colleague_and_a_trainer_see_nothing(page, person, review) -> None:
    code = take(page, person, "小王", "李经理", review)
    urls = [
        profile(person, "小王"),
        f"/snapshots/{code}.pdf",
        f"/snapshots/{code}.xlsx",
        profile(person, "小王", f"?snapshot={code}"),
    ]
    for url in urls:
        page(url, as_="赵经理", status=404)
        page(url, as_="小陈", status=404)
        page(url, as_="陈老师", status=404)
    page(profile(person, "小王"), as_="HR")
    page(profile(person, "小王"), as_="总监")
    page(profile(person, "小赵", f"?snapshot={code}"), as_="HR", status=404)


def test_every_look_at_another_is_logged_and_ones_own_is_not(page, person, review) -> None:
    page(profile(person, "小王"), as_="小王")
    assert not db.session.scalars(select(AccessLog)).all()
    page(profile(person, "小王"), as_="李经理")
    code = take(page, person, "小王", "李经理", review)
    page(f"/snapshots/{code}.xlsx", as_="李经理")
    rows = db.session.scalars(select(AccessLog).order_by(AccessLog.id)).all()
    assert [row.kind for row in rows] == ["profile", "pack_xlsx"]
    assert {row.actor_id for row in rows} == {person("李经理").id}
    assert {row.subject_id for row in rows} == {person("小王").id}


def test_the_pdf_is_two_pages_and_the_ledger_in_chinese(page, person, review) -> None:
    code = take(page, person, "小王", "李经理", review)
    pdf = page(f"/snapshots/{code}.pdf", as_="李经理").data
    assert pdf.startswith(b"%PDF-")
    assert pages_of(pdf) == 3
    said = text_of(pdf)
    stored, body = reviews.snapshot(code)
    pack = from_json(body)
    names = [line.name["zh-CN"] for line in pack.lines]
    for part in ("小王", "李经理", code, stored.hash[:4], "1/3", "3/3", "中性起点", *names):
        assert re.sub(r"\s", "", part) in said, part
    assert "供发展对话使用，不得单独作为人事决定依据" in said


def test_the_workbook_says_what_the_page_says_and_holds_no_formula(page, person, review) -> None:
    evil = '=HYPERLINK("http://x","y")'
    page(
        f"/people/{person('小王').id}/comment",
        as_="小王",
        data={"review": str(review), "text": evil},
    )
    code = take(page, person, "小王", "李经理", review)
    data = page(f"/snapshots/{code}.xlsx", as_="李经理").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    cover = dict(book.get_sheet_by_name("封面").to_python()[1:])
    assert cover["姓名"] == "小王"
    assert cover["快照"] == code
    assert cover["本人意见"].endswith(evil)
    ledger = book.get_sheet_by_name("证据账本").to_python()
    head, rows = ledger[0], ledger[1:]
    percent = head.index("权重（百分数）")
    for name in {row[0] for row in rows}:
        assert sum(row[percent] for row in rows if row[0] == name) == 100
    lines = {row[0]: row for row in book.get_sheet_by_name("对照期望").to_python()[1:]}
    assert lines["原动力"][5] == ""  # no figure for insufficient evidence
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        assert sheets
        assert not any(b"<f>" in archive.read(name) for name in sheets)


def test_a_plan_has_at_most_two_goals_with_owner_and_date(page, person, review) -> None:
    url = f"/people/{person('小王').id}/plan"
    goal = {
        "g1-what": "影响力到 L2",
        "g1-competency": "influence",
        "g1-on_the_job": "每周两个报价电话",
        "g1-owner": str(person("小王").id),
        "g1-due_on": "2026-04-15",
        "g2-what": "",
        "g2-owner": str(person("李经理").id),
        "review": str(review),
    }
    page(url, as_="李经理", data=goal)
    (kept,) = reviews.goals(person("小王").id, review)
    assert (kept.what, kept.due_on) == ("影响力到 L2", date(2026, 4, 15))
    assert "影响力到 L2" in page(profile(person, "小王"), as_="小王").text
    page(url, as_="李经理", data=goal | {"g1-due_on": ""}, status=422)
    page(url, as_="李经理", data=goal | {"g1-due_on": "2026-01-01"}, status=422)
    page(url, as_="赵经理", data=goal, status=404)
    page(url, as_="小王", data=goal, status=403)
    page(url, as_="李经理", data=goal | {"g1-what": "", "g1-on_the_job": ""})
    assert reviews.goals(person("小王").id, review) == []


def test_only_she_herself_writes_her_comment(page, person, review) -> None:
    url = f"/people/{person('小王').id}/comment"
    said = {"review": str(review), "text": "客户那次临时换人", "is_appeal": "y"}
    page(url, as_="小王", data=said)
    page(url, as_="小陈", data=said, status=404)
    text = page(profile(person, "小王"), as_="李经理").text
    assert "客户那次临时换人" in text
    assert "申诉" in text


def test_an_appeal_is_told_to_her_manager_and_hr_at_once(page, person, review) -> None:
    url = f"/people/{person('小王').id}/comment"
    page(url, as_="小王", data={"review": str(review), "text": "只是想法"})
    assert "提出申诉" not in page("/notices", as_="李经理").text
    page(url, as_="小王", data={"review": str(review), "text": "请复核", "is_appeal": "y"})
    for name in ("李经理", "HR"):
        assert "有人对评估提出申诉：小王 2026 上半年" in page("/notices", as_=name).text
    for name in ("小王", "赵经理", "陈老师"):
        assert "提出申诉" not in page("/notices", as_=name).text


def test_the_page_costs_the_same_with_a_longer_history(
    page, person, review, ledger, queries
) -> None:
    page(profile(person, "小王"), as_="李经理")
    few = len(queries)
    for n in range(20):
        ledger.test("小王", f"more{n}", influence=(5, 10), age=n)
    page(profile(person, "小王"), as_="李经理")
    assert len(queries) <= few
    assert few <= 45, list(queries)


def test_a_page_of_someone_without_any_evidence_opens(page, person, review) -> None:
    text = page(profile(person, "小赵"), as_="赵经理").text
    assert "还没有安排评估" in text
    assert organisation_day(clock.now()).year == 2026


def test_the_manager_finds_the_way_back_to_the_team(page, person, review) -> None:
    text = page(profile(person, "小王"), as_="李经理").text
    assert 'href="/teams/2"' in text
    assert 'href="/teams/2"' not in page(profile(person, "小王"), as_="小王").text


def test_a_ledger_row_opens_her_answers_for_herself_alone(page, person, review) -> None:
    competency_services.record_evidence(
        person_id=person("小王").id,
        source=competency_services.Source("attempt", "77"),
        happened_on=TODAY,
        entries=[
            competency_services.NewEvidence(
                "crm-operation", EvidenceKind.TEST, pass_mark=60, items=10, right=7, label="CRM"
            )
        ],
        now=clock.now(),
        today=TODAY,
    )
    db.session.commit()
    url = profile(person, "小王", "?competency=crm-operation")
    assert "/attempts/77/result" in page(url, as_="小王").text
    assert "/attempts/77/result" not in page(url, as_="李经理").text
    assert "CRM" in page(url, as_="李经理").text
