"""From a pasted paper to a bank: nothing guessed, nothing lost, nothing saved unseen."""

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.audit.models import AuditEvent
from app.banks.loader import load_text
from app.banks.models import Bank, BankDraft
from app.imports.models import BankImport
from app.imports.tasks import nightly
from app.kernel.db import session
from tests.imports.paper import CHOICES, JUDGED, MODELS, PAPER

pytestmark = pytest.mark.one_database

TRAINER = "陈老师"


def paste(page, text=PAPER, as_=TRAINER):
    """Gives the address of the preview."""
    return page("/banks/import", as_=as_, data={"text": text}, status=303).location


def bank_fields(slug="sales-2", title="第二课 课后测试", owner="own"):
    return {"bank": "1", "title": title, "bank_id": slug, "owner": owner}


def keys():
    """Everything the trainer fills in."""
    fields = {}
    for n, letters in enumerate((*CHOICES, *JUDGED)):
        fields[f"i{n}"] = "1"
        fields[f"i{n}.key"] = list(letters) if n < len(CHOICES) else letters
    for n, words in enumerate(MODELS, start=15):
        fields |= {f"i{n}": "1", f"i{n}.model": words}
    return fields


def draft(slug):
    return session().scalar(
        select(BankDraft.source).join(Bank, Bank.id == BankDraft.bank_id).where(Bank.slug == slug)
    )


def test_the_first_page_offers_paste_file_and_template(page):
    text = page("/banks/import", as_=TRAINER).text
    assert 'name="text"' in text
    assert 'type="file"' in text
    answer = page("/banks/import/template.xlsx", as_=TRAINER)
    assert answer.data[:2] == b"PK"


def test_a_pasted_paper_is_shown_item_by_item_with_its_source(page):
    text = page(paste(page), as_=TRAINER).text
    assert "读懂 18 题，18 题没有答案" in text
    assert text.count("data-item=") == 18
    assert text.count("填答案</span>") == 18
    assert "第 10 行" in text
    assert "1. 首次拜访客户，开场三分钟内最应该做的是（  ）A. 介绍公司历史B." in text
    assert "2024.5 版报价单里" in text
    assert "E301" in text
    assert "如果需要答案，可以告诉我。" in text, "what was left out, with its lines"
    assert "W602" in text


def test_a_key_is_never_guessed_and_an_item_without_one_is_a_draft(page):
    address = paste(page)
    page(f"{address}/save", as_=TRAINER, data=bank_fields(), status=303)
    loaded = draft("sales-2")
    assert "answer:" not in loaded
    assert loaded.count("status: draft") == 18


def test_a_total_is_settled_by_the_trainer_alone(page):
    address = paste(page)
    text = page(address, as_=TRAINER).text
    assert "总分改为 30 分" in text
    assert "每题改为 8.33" not in text, "25 by 3 does not come out"
    assert not re.search(r's3\.total"[^>]* checked', text)
    page(f"{address}/save", as_=TRAINER, data=bank_fields(), status=303)
    assert "total: 25" in draft("sales-2")
    assert "E301" in {one.code for one in load_text(draft("sales-2")).problems}


@pytest.mark.parametrize(
    ("choice", "written"),
    [("sum", ["points_each: 10\n    total: 30"]), ("keep", ["points_each: 10\n    total: 25"])],
)
def test_the_chosen_cure_is_what_is_written(page, choice, written):
    address = paste(page)
    fields = {**bank_fields(), "s3": "1", "s3.title": "四、简答题", "s3.points": "10"}
    fields["s3.total"] = choice
    page(f"{address}/save", as_=TRAINER, data=fields, status=303)
    assert all(words in draft("sales-2") for words in written)


def test_points_shared_out_evenly_are_offered_when_they_come_out(page):
    address = paste(page, PAPER.replace("每题 10 分，共 25 分", "每题 10 分，共 24 分"))
    assert "每题改为 8 分" in page(address, as_=TRAINER).text
    fields = {**bank_fields(), "s3": "1", "s3.total": "each", "s3.title": "", "s3.points": ""}
    page(f"{address}/save", as_=TRAINER, data=fields, status=303)
    assert "points_each: 8\n    total: 24" in draft("sales-2")


def test_choices_are_kept_as_they_are_made_and_survive_a_reload(page):
    address = paste(page)
    answer = page(f"{address}/choices", as_=TRAINER, data={"i0": "1", "i0.key": "B"})
    parts = answer.get_json()["parts"]
    assert "有答案" in parts["state-i0"]
    assert "<dd data-without>17</dd>" in parts["summary"]
    text = page(address, as_=TRAINER).text
    assert re.search(r'name="i0\.key" value="B" checked', text)
    assert "17 题没有答案" in text
    page(f"{address}/choices", as_=TRAINER, data={"i0": "1"})
    assert "18 题没有答案" in page(address, as_=TRAINER).text


def test_the_pasted_text_is_not_lost_and_can_be_mended_and_read_again(page):
    address = paste(page)
    number = address.rsplit("/", 1)[1]
    text = page(f"/banks/import?from={number}", as_=TRAINER).text
    assert "开场三分钟内最应该做的是" in text
    assert "粘贴的文字" in text
    assert paste(page) == address, "the same text goes on where it was"
    assert session().scalar(select(func.count(BankImport.id))) == 1


def test_a_filled_in_paper_becomes_a_bank_that_can_be_submitted(page):
    address = paste(page)
    fields = {**bank_fields(owner="shared"), **keys(), "s3": "1", "s3.total": "sum"}
    page(f"{address}/save", as_=TRAINER, data=fields, status=303)
    loaded = load_text(draft("sales-2"))
    assert loaded.bank is not None
    assert not [one for one in loaded.problems if one.level == "error"]
    assert [item.status.value for item in loaded.bank.items] == ["active"] * 18
    keyed = ["".join(sorted(item.body.key)) for item in loaded.bank.items[:10]]
    assert keyed == list(CHOICES)
    assert [item.body.key for item in loaded.bank.items[10:15]] == [j == "true" for j in JUDGED]
    bank = session().scalar(select(Bank).where(Bank.slug == "sales-2"))
    assert bank.owner_id is None
    event = session().scalar(select(AuditEvent).where(AuditEvent.action == "bank.import"))
    assert event.object_id == "sales-2"
    assert '"drafts": 0, ' in event.detail
    row = session().scalar(select(BankImport))
    assert (row.source, row.found, row.pictures) == (None, None, None)
    page(address, as_=TRAINER, status=404)


def test_the_same_file_again_changes_nothing(page):
    fields = {**bank_fields(), **keys()}
    page(f"{paste(page)}/save", as_=TRAINER, data=fields, status=303)
    before = draft("sales-2")
    again = paste(page)
    text = page(again, as_=TRAINER).text
    assert "已经存成题库" in text
    assert "都有答案" in text, "the keys of the first time"
    said = page(f"{again}/save", as_=TRAINER, data={}, status=303)
    assert said.location.endswith("/banks/sales-2/edit")
    assert draft("sales-2") == before
    assert session().scalar(select(func.count(Bank.id))) == 1
    events = select(func.count(AuditEvent.id)).where(AuditEvent.action == "bank.import")
    assert session().scalar(events) == 1


def test_a_changed_file_for_the_same_bank_shows_the_difference_and_asks(page):
    page(f"{paste(page)}/save", as_=TRAINER, data={**bank_fields(), **keys()}, status=303)
    before = draft("sales-2")
    again = paste(page, PAPER.replace("打听竞品合同", "问竞品的报价"))
    fields = {**bank_fields(), **keys()}
    asked = page(f"{again}/save", as_=TRAINER, data=fields, status=200).text
    assert "问竞品的报价" in asked
    assert draft("sales-2") == before, "nothing yet"
    over = re.search(r'name="over" value="(\d+)"', asked)[1]
    page(f"{again}/save", as_=TRAINER, data={"over": over}, status=303)
    assert "问竞品的报价" in draft("sales-2")


def test_a_bank_saved_in_between_is_asked_about_again(page):
    page(f"{paste(page)}/save", as_=TRAINER, data={**bank_fields(), **keys()}, status=303)
    again = paste(page, PAPER.replace("打听竞品合同", "问竞品的报价"))
    asked = page(f"{again}/save", as_=TRAINER, data={**bank_fields(), "over": "999"}, status=200)
    assert "会变的地方" in asked.text
    assert "问竞品的报价" not in draft("sales-2")


def test_the_id_of_somebody_elses_bank_is_refused_and_nothing_typed_is_lost(page):
    page(f"{paste(page)}/save", as_=TRAINER, data=bank_fields("taken"), status=303)
    address = paste(page, as_="周老师")
    fields = {**bank_fields("taken", title="我的题"), "i0": "1", "i0.key": "B"}
    page(f"{address}/save", as_="周老师", data=fields, status=303)
    text = page(address, as_="周老师").text
    assert "已经有题库用了编号 taken" in text
    assert 'value="我的题"' in text
    assert "17 题没有答案" in text
    assert session().scalar(select(func.count(Bank.id))) == 1


def test_a_total_that_cannot_be_shared_evenly_says_so_beside_the_choices(page):
    shown = page(paste(page), as_=TRAINER).text
    assert "25 分不能平分给 3 题" in shown
    assert "全卷现在合计 105 分" in shown
    assert '<a href="#s3">还有 1 大题的总分等您定。</a>' in shown
    assert shown.count('form="import">保存为题库') == 2


def test_items_can_be_left_out_and_the_sums_follow(page):
    address = paste(page)
    fields = {**bank_fields(), "i17": "1", "i17.out": "1"}
    parts = page(f"{address}/choices", as_=TRAINER, data=fields).get_json()["parts"]
    assert "合计 20 分" in parts["total-s3"]
    assert "不导入" in parts["state-i17"]
    page(f"{address}/save", as_=TRAINER, data={}, status=303)
    assert "改进建议" not in draft("sales-2")
    assert draft("sales-2").count("- id: ") == 17


def test_an_item_without_a_label_takes_its_type_from_the_key(page):
    text = "1. 开场先做什么？\nA. 约定议程\nB. 报价\n"
    text += "2. 属于开放式提问的有？\nA. 为什么\nB. 是不是\nC. 怎样\n"
    address = paste(page, text)
    assert "没写，按答案定" in page(address, as_=TRAINER).text
    fields = {"i0": "1", "i0.key": "A", "i1": "1", "i1.key": ["A", "C"]}
    page(f"{address}/save", as_=TRAINER, data={**bank_fields(), **fields}, status=303)
    items = load_text(draft("sales-2")).bank.items
    assert [item.type.value for item in items] == ["single", "multi"]


def test_a_type_can_be_mended(page):
    address = paste(page)
    fields = {**keys(), "s3": "1", "s3.total": "sum"}
    fields |= {"i10": "1", "i10.type": "short", "i10.key": "", "i10.model": "要先问清楚。"}
    page(f"{address}/save", as_=TRAINER, data={**bank_fields(), **fields}, status=303)
    found = load_text(draft("sales-2"))
    assert found.bank is not None, found.problems
    item = found.bank.items[10]
    assert item.type.value == "short"


def test_what_holds_no_item_says_why_and_keeps_the_text(page):
    answer = page("/banks/import", as_=TRAINER, data={"text": "今天天气不错"}, status=422)
    assert "E606" in answer.text
    assert "今天天气不错</textarea>" in answer.text
    page("/banks/import", as_=TRAINER, data={"text": "  "}, status=422)
    file = {"file": (io.BytesIO(b"%PDF-1.7 x"), "a.pdf")}
    assert "E602" in page("/banks/import", as_=TRAINER, data=file, status=422).text
    assert session().scalar(select(func.count(BankImport.id))) == 0


def test_a_file_is_read_as_well(page):
    file = {"file": (io.BytesIO(PAPER.encode("gb18030")), "第二课.txt")}
    address = page("/banks/import", as_=TRAINER, data=file, status=303).location
    text = page(address, as_=TRAINER).text
    assert "第二课.txt" in text
    assert "W601" in text


def test_more_items_than_a_page_can_show_are_refused_in_words(page):
    rows = "".join(f"单选题,第 {n} 题问什么？,甲,乙,A\n" for n in range(1001))
    text = f"题型,题干,选项A,选项B,正确答案\n{rows}"
    answer = page("/banks/import", as_=TRAINER, data={"text": text}, status=413)
    assert "一份最多 1000 题，这里有 1001 题" in answer.text


def test_what_no_database_keeps_is_taken_out_of_names_and_odd_fields_are_ignored(page):
    file = {"file": (io.BytesIO(PAPER.encode()), "a\x00b.txt")}
    address = page("/banks/import", as_=TRAINER, data=file, status=303).location
    odd = {"i²": "1", "i" + "9" * 5000: "1", "i0": "1", "i0.key": ["Z", "B"], "i0.type": "x"}
    parts = page(f"{address}/choices", as_=TRAINER, data=odd).get_json()["parts"]
    assert "state-i0" in parts
    assert re.search(r'name="i0\.key" value="B" checked', page(address, as_=TRAINER).text)


def test_everything_left_out_is_no_bank(page):
    address = paste(page, "1. 开场先做什么？\nA. 议程\nB. 报价\n答案：A\n")
    fields = {**bank_fields(), "i0": "1", "i0.out": "1"}
    page(f"{address}/save", as_=TRAINER, data=fields, status=303)
    assert "至少留下一题" in page(address, as_=TRAINER).text
    assert session().scalar(select(func.count(Bank.id))) == 0


def test_nobody_else_sees_an_import(page):
    address = paste(page)
    for who, status in (("周老师", 404), ("小王", 403), ("admin", 403)):
        page(address, as_=who, status=status)
        page(f"{address}/save", as_=who, data=bank_fields(), status=status)
    assert "粘贴的文字" not in page("/banks/import", as_="周老师").text


def test_an_import_goes_when_it_is_not_wanted_or_after_a_week(page, clock):
    address = paste(page)
    page(f"{address}/discard", as_=TRAINER, data={}, status=303)
    page(address, as_=TRAINER, status=404)
    address = paste(page)
    nightly(clock.now + timedelta(days=6))
    page(address, as_=TRAINER)
    nightly(clock.now + timedelta(days=8))
    page(address, as_=TRAINER, status=404)


def test_in_english(page):
    from app.accounts.models import User

    session().scalars(select(User).where(User.name == TRAINER)).one().locale = "en"
    text = page(paste(page), as_=TRAINER).text
    assert "18 items read, 18 without a key" in text
    assert "Save as a bank" in text
