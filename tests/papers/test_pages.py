"""Pages of printed papers: plan, hand out, type in by grid and by workbook."""

import io
import re
import zipfile
from fractions import Fraction

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.assessments import services, unseen
from app.assessments.models import Assessment, Attempt, PaperForm
from app.assessments.queries import exposure, firewall, printed
from app.banks import queries as banks
from app.domain.items import ItemType
from app.domain.papers import Cell, PaperPlan
from app.papers import workbook
from app.papers.errors import WorkbookError, WorkbookTooLargeError
from tests.assessments import builders as b
from tests.assessments.test_trainer import form
from tests.papers import builders as p

pytestmark = pytest.mark.one_database


@pytest.fixture
def trainer(person):
    return person("陈老师").id


@pytest.fixture
def exam(app, clock, trainer, person):
    made = b.assessment(trainer, clock.now, text=b.objective(), forms=2, attempts_allowed=2)
    for name in ("小王", "小陈"):
        b.assigned(made, person(name).id, clock.now)
    return made


def fields(sheet, answers, **more):
    """The grid's own fields for one sheet."""
    cells = p.texts(sheet, answers, {})
    found = {f"c-{sheet.code}-{n}": text for n, text in enumerate(cells, 1)}
    return {**found, "sat_at": "2026-03-02T08:30", "reason": "", **more}


# ---------------------------------------------------------------- making


def test_the_two_way_table_follows_the_rows(page, clock):
    b.bank(clock.now)
    data = form(
        **{
            "paper": "plan",
            "cells-0-n": "2",
            "cells-0-type": "single",
            "cells-0-points": "5",
            "cells-1-n": "1",
            "cells-1-type": "true_false",
        }
    )
    found = page("/assessments/plan", as_="陈老师", data=data).json
    assert "双向细目表" in found["html"]
    assert "单选" in found["html"]
    assert "共 3 题，15 分，题目够用" in found["html"]
    assert [(one["row"], one["is_met"]) for one in found["rows"]] == [(0, True), (1, True)]
    data["cells-0-n"] = "3"
    short = page("/assessments/plan", as_="陈老师", data=data).json
    assert "还缺 1 题" in short["html"]
    assert short["rows"][0]["text"] == "缺 1 题，合条件的只有 2 题"
    clash = page(
        "/assessments/plan",
        as_="陈老师",
        data=form(
            **{"paper": "plan", "cells-0-n": "2", "cells-0-type": "single", "cells-1-n": "4"}
        ),
    ).json
    assert clash["rows"][1]["text"] == "缺 1 题：第 1、2 行抢同一批题，一共要 6 题，只有 5 题"


def test_how_much_forms_would_repeat_is_said_while_planning(page, clock):
    b.bank(clock.now)

    def told(**more):
        data = form(paper="plan", issue="parallel", **more)
        return page("/assessments/plan", as_="陈老师", data=data).json["overlap"]

    one = {"cells-0-n": "1", "cells-0-type": "single"}
    assert "各卷没有共用的题，每份 1 题" in told(n_forms="2", **one)
    assert "same_ok" not in told(n_forms="2", **one)
    both = told(n_forms="3", **one)
    assert "题目会完全相同" in both
    assert "same_ok" in both
    two = told(n_forms="2", **{"cells-0-n": "3"})
    assert "每两份卷最多共用 1 题，每份 3 题" in two
    assert "same_ok" not in two
    assert told(n_forms="2", **{"cells-0-n": "9"}).strip() == "", "too few items: said elsewhere"
    alone = page("/assessments/plan", as_="陈老师", data=form(issue="parallel", n_forms="2")).json
    assert "题目会完全相同" in alone["overlap"], "a bank's own sections make forms too"


def test_the_table_says_how_many_items_each_cell_could_have(page, clock, person):
    b.bank(clock.now)
    found = page("/assessments/plan", as_="陈老师", data=form(paper="plan")).json
    assert found["supply"]["||"] == 5
    assert found["supply"]["single||"] == 2
    whole = {k: n for k, n in found["supply"].items() if k.startswith("single||")}
    assert sum(n for key, n in whole.items() if key != "single||") == 2
    none = page("/assessments/plan", as_="陈老师", data=form(banks=[])).json
    assert none["supply"] == {}
    shown = page("/assessments/new", as_="陈老师").text
    assert shown.count("data-cell ") == 6, "no framework is loaded: one row, any competency"


def test_the_table_shows_without_a_script_and_nothing_is_made(page, clock, db_session):
    b.bank(clock.now)
    data = form(**{"paper": "plan", "cells-0-n": "9", "look": "1"})
    shown = page("/assessments/new", as_="陈老师", data=data, status=200).text
    assert "还缺 4 题" in shown
    assert 'value="第一场"' in shown, "what was typed stays"
    assert db_session.scalars(select(Assessment)).all() == []


def test_a_plan_says_nothing_of_banks_one_may_not_read(page, clock, person):
    from app.banks import services as bank_services

    text = b.BANK.replace("id: objections", "id: secret-bank").replace("id: o-", "id: s-")
    bank_services.import_bank(text.encode(), owner_id=person("周老师").id, now=clock.now)
    version = banks.latest_bank("secret-bank")
    bank_services.publish(bank_version_id=version.id, actor_id=None, now=clock.now)
    data = form(**{"paper": "plan", "cells-0-n": "1", "banks": ["secret-bank"]})
    found = page("/assessments/plan", as_="陈老师", data=data).json
    assert found["rows"][0]["text"] == "缺 1 题，合条件的只有 0 题"


def test_forms_are_made_with_the_assessment_and_copied(page, clock, db_session):
    b.bank(clock.now)
    page(
        "/assessments/new",
        as_="陈老师",
        data=form(
            **{
                "paper": "plan",
                "issue": "parallel",
                "n_forms": "2",
                "cells-0-n": "1",
                "cells-0-type": "single",
            }
        ),
        status=302,
    )
    made = db_session.scalars(select(Assessment)).one()
    forms = db_session.scalars(select(PaperForm).order_by(PaperForm.number)).all()
    assert (made.forms, len(forms)) == (2, 2)
    papers = [form.paper for form in printed.forms(made.id)]
    assert papers[0].entries[0].item_id != papers[1].entries[0].item_id, (
        "no overlap where none must"
    )
    again = page(f"/assessments/new?copy={made.id}", as_="陈老师").text
    assert '<input checked class="form-check-input" id="issue-2"' in again
    shown = page(f"/assessments/{made.id}/papers", as_="陈老师").text
    assert "2 份平行卷" in shown
    assert "A 卷和 B 卷共用 0 题，共 1 题" in shown
    assert re.search(r'<td class="lb-r">[1-9][0-9]%</td>', shown), "expected facility in percent"


def test_forms_of_the_very_same_items_are_told_in_amber(page, clock, db_session):
    b.bank(clock.now)
    data = form(issue="parallel", n_forms="2")
    asked = page("/assessments/new", as_="陈老师", data=data, status=422).text
    assert "平行卷的题目会完全相同" in asked
    assert 'name="same_ok"' in asked
    assert db_session.scalars(select(Assessment)).all() == []
    page("/assessments/new", as_="陈老师", data={**data, "same_ok": "y"}, status=302)
    made = db_session.scalars(select(Assessment)).one().id
    told = "题目完全相同，只有选项次序不同"
    assert told in page(f"/assessments/{made}/assign", as_="陈老师").text
    shown = page(f"/assessments/{made}/papers", as_="陈老师").text
    assert told in shown
    assert shown[: shown.index(told)].rpartition("lb-note ")[2].startswith("lb-note--warn")


def test_everybody_gets_the_same_fixed_paper_online_too(app, clock, trainer, person):
    made = b.assessment(trainer, clock.now, forms=1)
    papers = []
    for name in ("小王", "小陈"):
        who = person(name).id
        attempt = services.start(
            assignment_id=b.assigned(made, who, clock.now),
            person_id=who,
            seed=name,
            now=clock.now,
        )
        papers.append(b.frozen(attempt).paper.entries)
    assert papers[0] == papers[1]


def test_each_assessment_draws_from_its_own_banks(app, clock, trainer, person):
    from app.banks import services as bank_services

    text = b.BANK.replace("id: objections", "id: another").replace("id: o-", "id: n-")
    bank_services.import_bank(text.encode(), now=clock.now)
    other = banks.latest_bank("another")
    bank_services.publish(bank_version_id=other.id, actor_id=None, now=clock.now)
    wang, drawn = person("小王").id, []
    for made in (
        b.assessment(trainer, clock.now),
        b.assessment(trainer, clock.now, sources=(services.Source(other.id, "another"),)),
    ):
        assignment = b.assigned(made, wang, clock.now)
        attempt = services.start(assignment_id=assignment, person_id=wang, seed="s", now=clock.now)
        drawn.append({entry.item_id[0] for entry in b.frozen(attempt).paper.entries})
    assert drawn == [{"o"}, {"n"}]


def test_a_retake_takes_the_next_form(app, clock, trainer, person):
    plan = PaperPlan((Cell(1, type=ItemType.SINGLE),))
    made = b.assessment(trainer, clock.now, forms=2, plan=plan, attempts_allowed=2)
    wang = person("小王").id
    assignment = b.assigned(made, wang, clock.now)
    assert unseen.shares(made, [wang]) == {wang: 1}
    items = []
    for turn in range(2):
        attempt = services.start(
            assignment_id=assignment, person_id=wang, seed=str(turn), now=clock.now
        )
        items.append(b.frozen(attempt).paper.entries[0].item_id)
        services.hand_in(
            attempt_id=attempt, person_id=wang, key="k", client="c", saves=[], now=clock.now
        )
        assert unseen.shares(made, [wang])[wang] == 1 - turn, "told before and after"
    assert items[0] != items[1]


def test_people_are_dealt_out_evenly_whenever_they_come(app, clock, trainer):
    from tests import builders

    made = b.assessment(trainer, clock.now, forms=3)
    for size in (4, 1, 6):
        people = [builders.user(created_at=clock.now).id for _ in range(size)]
        services.assign(assessment_id=made, person_ids=people, actor_id=None, now=clock.now)
    assert sorted(row.people for row in printed.forms(made)) == [3, 4, 4]


def test_what_people_have_met_is_told_before_they_are_assigned(page, clock, trainer, person):
    first = b.assessment(trainer, clock.now)
    wang = person("小王").id
    services.start(
        assignment_id=b.assigned(first, wang, clock.now),
        person_id=wang,
        seed="s",
        now=clock.now,
    )
    found = banks.published_bank("objections")
    second = b.assessment(
        trainer, clock.now, forms=1, sources=(services.Source(found.id, "objections"),)
    )
    url = f"/assessments/{second}/assign"
    data = {"logins": "CY1001\nCY1002", "look": "1"}
    shown = page(url, as_="陈老师", data=data, status=200).text
    assert "2 人里有 1 人见过一部分题：没见过的平均占 50%，最少的占 0%" in shown
    assert printed.allowed(second) == {}
    fresh = page(url, as_="陈老师", data={"logins": "CY1002", "look": "1"}, status=200).text
    assert "1 人都没有见过这些题" in fresh


# ---------------------------------------------------------------- exposure and the wall


def test_items_count_how_often_they_were_met_and_when_last(app, clock, trainer, person):
    made = b.assessment(trainer, clock.now, forms=1, attempts_allowed=2)
    assert exposure.exposure(["o-1"])["o-1"] == exposure.Exposure()
    for name in ("小王", "小陈", "小王"):
        who = person(name).id
        clock.advance(hours=1)
        attempt = services.start(
            assignment_id=b.assigned(made, who, clock.now), person_id=who, seed="s", now=clock.now
        )
        services.hand_in(
            attempt_id=attempt, person_id=who, key="k", client="c", saves=[], now=clock.now
        )
    preview = services.preview(assessment_id=made, owner_id=trainer, now=clock.now)
    services.start(assignment_id=preview, person_id=trainer, seed="p", now=clock.advance(hours=1))
    found = exposure.exposure(["o-1", "never"])
    assert (found["o-1"].people, found["o-1"].sittings) == (2, 3)
    assert found["o-1"].last_at == clock.now.replace(hour=clock.now.hour - 1)
    assert found["never"] == exposure.Exposure()


def test_measured_facility_counts_released_first_attempts(app, clock, trainer, person):
    made = b.assessment(trainer, clock.now, text=b.objective(), attempts_allowed=2)
    version = banks.published_bank("objections").version_ids["o-3"]
    for name, answer in (("小王", {"A", "B"}), ("小陈", {"A", "E"}), ("小王", {"A", "B", "C"})):
        who = person(name).id
        attempt = services.start(
            assignment_id=b.assigned(made, who, clock.now), person_id=who, seed="s", now=clock.now
        )
        services.hand_in(
            attempt_id=attempt,
            person_id=who,
            key="k",
            client="c",
            saves=b.saves(attempt, {"o-3": answer}),
            now=clock.now,
        )
    found = exposure.measured([version])[version]
    assert (found.n, round(found.mean, 4)) == (2, 0.3333)


def test_a_live_papers_items_never_appear_in_practice(app, clock, trainer, person, db_session):
    made = b.assessment(
        trainer,
        clock.now,
        plan=PaperPlan((Cell(1, type=ItemType.SINGLE),), fixed=("o-4",)),
        closes_at=clock.now.replace(day=9),
    )
    snapshots = [banks.published_bank("objections")]

    def offered():
        return {one.item_id for one in firewall.for_practice(snapshots, clock.now)}

    everything = {"o-1", "o-2", "o-3", "o-4", "o-5"}
    assert offered() == everything, "nobody is assigned yet"
    who = person("小王").id
    assignment = b.assigned(made, who, clock.now)
    assert offered() == {"o-3", "o-5"}, "what may still be drawn, and what is fixed"
    attempt = services.start(assignment_id=assignment, person_id=who, seed="s", now=clock.now)
    services.hand_in(
        attempt_id=attempt, person_id=who, key="k", client="c", saves=[], now=clock.now
    )
    assert offered() == {"o-3", "o-5"}, "the window is open for others to come"
    clock.advance(days=8)
    assert offered() == everything
    forms = b.assessment(
        trainer,
        clock.now,
        sources=(services.Source(snapshots[0].id, "objections"),),
        plan=PaperPlan((Cell(1, type=ItemType.MULTI),)),
        forms=1,
    )
    assignment = b.assigned(forms, who, clock.now)
    assert offered() == everything - {"o-3"}
    attempt = services.start(assignment_id=assignment, person_id=who, seed="s", now=clock.now)
    services.cancel(assessment_id=forms, owner_id=trainer, reason="x", now=clock.now)
    assert offered() == everything - {"o-3"}, "somebody is sitting it still"
    services.hand_in(
        attempt_id=attempt, person_id=who, key="k", client="c", saves=[], now=clock.now
    )
    assert offered() == everything


# ---------------------------------------------------------------- the grid


def test_the_grid_takes_a_page_of_answers(exam, page, clock, trainer, person, db_session):
    wang, chen = person("小王").id, person("小陈").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    other = printed.latest_sheets(exam)[chen]
    shown = page(f"/assessments/{exam}/papers/entry", as_="陈老师").text
    assert f'name="c-{sheet.code}-1"' in shown
    empty = {f"c-{other.code}-{n}": "" for n in range(1, 5)}
    data = {**fields(sheet, b.RIGHT), **empty}
    page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=data, status=302)
    attempt = db_session.scalars(select(Attempt)).one()
    assert (attempt.person_id, attempt.total, attempt.passed) == (wang, 35, True)
    assert attempt.submitted_at.isoformat() == "2026-03-02T00:30:00+00:00", "as typed, in her zone"
    text = page(f"/assessments/{exam}/papers", as_="陈老师").text
    assert "录入了 1 份" in text
    assert "陈老师 2026-03-02 09:00" in text
    again = page(f"/assessments/{exam}/papers/entry", as_="陈老师").text
    assert 'value="√"' not in again
    assert 'value="×"' in again, "what was typed in stands there again"


def test_a_slip_is_shown_in_its_cell_and_nothing_is_stored(
    exam, page, clock, trainer, person, db_session
):
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    data = fields(sheet, b.RIGHT)
    data |= {f"c-{sheet.code}-1": "F", f"c-{sheet.code}-4": "也许"}
    reply = page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=data, status=422).text
    for text in ("1 行要改", "只有 A 到 D", "写 √ 或 ×", 'value="也许"'):
        assert text in reply
    assert db_session.scalars(select(Attempt)).all() == []
    late = fields(sheet, b.RIGHT, sat_at="2031-01-01T00:00")
    reply = page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=late, status=422).text
    assert "作答时间不能晚于现在" in reply
    blank = {f"c-{sheet.code}-1": " ", "sat_at": "2026-03-02T08:30"}
    reply = page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=blank, status=422).text
    assert "还没有填任何作答" in reply


def test_who_sat_another_form_is_entered_with_that_one(
    exam, page, clock, trainer, person, db_session
):
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    other = next(form for form in printed.forms(exam) if form.letter != sheet.letter)
    cells = p.texts(other, b.RIGHT, {})
    data = {f"c-{sheet.code}-{n}": text for n, text in enumerate(cells, 1)}
    data |= {f"f-{sheet.code}": other.letter, "sat_at": "2026-03-02T08:30"}
    page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=data, status=302)
    attempt = db_session.scalars(select(Attempt)).one()
    assert attempt.total == 35
    assert b.frozen(attempt.id).paper.entries == other.paper.entries
    data |= {f"f-{sheet.code}": sheet.letter, f"c-{sheet.code}-1": "D"}
    reply = page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=data, status=422).text
    assert "卷别不能再改" in reply


def test_another_trainers_sheet_is_not_found_among_ones_own(
    exam, page, clock, trainer, person, db_session
):
    theirs = b.assessment(
        person("周老师").id,
        clock.now,
        forms=1,
        sources=(services.Source(banks.published_bank("objections").id, "objections"),),
    )
    wang = person("小王").id
    b.assigned(theirs, wang, clock.now)
    sheet = p.sheet(theirs, wang, person("周老师").id, clock.now)
    data = {f"c-{sheet.code}-1": "A", "sat_at": "2026-03-02T08:30"}
    reply = page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=data, status=422).text
    assert "不是这场测验的" in reply
    assert db_session.scalars(select(Attempt)).all() == []


def test_a_grid_of_many_people_reads_no_row_by_itself(exam, page, clock, trainer, queries):
    from tests import builders

    services.make_sheets(assessment_id=exam, owner_id=trainer, seed="s", now=clock.now)
    urls = (f"/assessments/{exam}/papers", f"/assessments/{exam}/papers/entry")
    counts = []
    for size in (1, 30):
        people = [builders.user(created_at=clock.now).id for _ in range(size)]
        services.assign(assessment_id=exam, person_ids=people, actor_id=None, now=clock.now)
        services.make_sheets(assessment_id=exam, owner_id=trainer, seed="t", now=clock.now)
        seen = []
        for url in urls:
            page(url, as_="陈老师")
            page(url, as_="陈老师")
            seen.append(len(queries))
        counts.append(seen)
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 22
    last = page(f"{urls[1]}?page=2", as_="陈老师").text
    assert last.count('scope="row"') == 33 - 25


# ---------------------------------------------------------------- the workbook


def lines_of(data):
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def filled(lines, far=None):
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line)
    if far is not None:
        sheet.write_string(*far, "x")
    book.close()
    return out.getvalue()


def send(page, exam, data, name="x.xlsx"):
    url = f"/assessments/{exam}/papers/entry/upload"
    return page(url, as_="陈老师", data={"file": (io.BytesIO(data), name)})


def test_a_workbook_goes_down_and_comes_back_with_answers(
    exam, page, clock, trainer, person, db_session
):
    wang = person("小王").id
    sheet = p.sheet(exam, wang, trainer, clock.now)
    data = page(f"/assessments/{exam}/papers/entry.xlsx", as_="陈老师").data
    lines = lines_of(data)
    assert lines[0][:5] == ["卷号", "姓名", "工号", "卷别", "1"]
    assert lines[1][4:8] == ["一个字母", "一个字母", "几个字母", "√ ×"]
    mine = next(n for n, line in enumerate(lines) if line[1] == "小王")
    lines[mine][4:] = p.texts(sheet, b.RIGHT, {})
    reply = send(page, exam, filled(lines))
    assert reply.status_code == 200
    assert "还没有录入" in reply.text
    assert "1 行空着" in reply.text
    assert db_session.scalars(select(Attempt)).all() == []
    import html
    import re

    rows = html.unescape(re.search(r'name="rows" value="([^"]*)"', reply.text)[1])
    data = {"rows": rows, "sat_at": "2026-03-02T08:30", "reason": ""}
    page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=data, status=302)
    assert db_session.scalars(select(Attempt)).one().total == Fraction(35)
    page(f"/assessments/{exam}/papers/entry", as_="陈老师", data=data, status=302)
    assert len(db_session.scalars(select(Attempt)).all()) == 1


def test_a_workbook_shows_what_is_wrong_in_which_cell(exam, page, clock, trainer, person):
    sheet = p.sheet(exam, person("小王").id, trainer, clock.now)
    head = ["卷号", "姓名", "工号", "卷别", "1", "2", "3", "4", "5"]
    good = [sheet.code, "小王", "", "", 1.0, "B", "AE", True]
    lines = [
        head,
        good,
        [sheet.code.lower(), "小王", "", "", "A"],
        ["ABC-DEFG", "?", "", "", "A"],
        ["B5F9AQP", "?", "", "C", "A"],
    ]
    text = send(page, exam, filled(lines)).text
    for said in ("出现了两次", "抄错了", "不是这场测验的", "只有 A 到 D", "4 行要改"):
        assert said in text, said
    assert "录入这些作答" not in text
    over = [head, [sheet.code, "", "", "Z", "A", "A", "A", "√", "A"]]
    text = send(page, exam, filled(over)).text
    assert "没有 Z 卷" in text or "只有 4 题" in text


def test_what_is_no_workbook_is_refused_in_words(exam, page, clock, trainer, person):
    p.sheet(exam, person("小王").id, trainer, clock.now)
    for data in (b"", b"PK\x03\x04 nonsense", b"\x00" * 50, filled([["卷号"]]), filled([])):
        reply = send(page, exam, data)
        assert reply.status_code == 302
        assert "这个文件读不出来" in page(reply.headers["Location"], as_="陈老师").text
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (60 * 1024 * 1024))
    with pytest.raises(WorkbookTooLargeError):
        workbook.read(bomb.getvalue())
    with pytest.raises(WorkbookTooLargeError):
        workbook.read(b"x" * (workbook.MOST_BYTES + 1))
    twice = filled([["卷号", "", "", "", "1", "1"], ["x", "", "", "", "A", "B"]])
    with pytest.raises(WorkbookError):
        workbook.read(twice)


def test_a_small_file_that_says_it_is_a_million_lines_high_ends_nothing(exam, page):
    """The reading library would take 500 GB for it, and the server would be gone."""
    lines = [["卷号"]] * 3
    for far in ((1_048_575, 16_383), (200_000, 5_000), (3_000, 0)):
        data = filled(lines, far=far)
        assert len(data) < 20_000
        reply = send(page, exam, data)
        assert "这个文件读不出来" in page(reply.headers["Location"], as_="陈老师").text


def test_rows_that_no_preview_sent_are_answered_in_words(exam, page, clock, trainer, person):
    p.sheet(exam, person("小王").id, trainer, clock.now)
    url = f"/assessments/{exam}/papers/entry"
    for rows in ("[" * 100_000, "{", '{"a": 1}', '{"a": {"cells": {"x": ""}, "letter": ""}}'):
        page(url, as_="陈老师", data={"sat_at": "2026-03-02T08:30", "rows": rows}, status=422)


def test_the_workbook_has_no_formula(exam, page, clock, trainer, person, db_session):
    person("小王").name = '=HYPERLINK("http://x")'
    p.sheet(exam, person('=HYPERLINK("http://x")').id, trainer, clock.now)
    data = page(f"/assessments/{exam}/papers/entry.xlsx", as_="陈老师").data
    assert '=HYPERLINK("http://x")' in [line[1] for line in lines_of(data)]
