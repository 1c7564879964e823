"""The editor's pages: a form that changes what was changed, sources, conflicts, approval."""

import difflib
import io
import json
import re
import string
from dataclasses import replace
from zipfile import ZipFile

import pytest
from babel.messages.pofile import read_po
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.accounts.models import Notice, RoleGrant
from app.authoring import writing
from app.banks import queries, services
from app.banks.codec import body_json, meta_json, read_item
from app.banks.errors import BankIdError, BankInvalidError
from app.banks.exporting import Format, write
from app.banks.formwords import LABELS, in_form_words
from app.banks.messages import MESSAGES, problem
from app.banks.models import BankDraft
from app.banks.shape_bank import RESERVED
from app.competency.services import load_framework
from app.domain.bankdiff import compare, sentence
from app.domain.banks import scoring_hash
from app.kernel.db import session
from tests.authoring.conftest import EXAMPLE, SLUG, fields, row
from tests.builders import START
from tests.world import ROOT

pytestmark = pytest.mark.one_database

EDIT = f"/banks/{SLUG}/edit"


def changed_lines(old: str, new: str) -> list[str]:
    """Lines that were taken away or added."""
    found = difflib.ndiff(old.split("\n"), new.split("\n"))
    return [line for line in found if line[0] in "+-"]


def open_item(page, item: str, who: str = "陈老师") -> dict[str, list[str]]:
    return fields(page(f"{EDIT}?item={item}", as_=who).text)


def save(page, sent, who: str = "陈老师", **more):
    return page(EDIT, as_=who, data=sent, **more)


def submitted(page, who: str = "陈老师", why: str = "题干说清楚"):
    revision = row().revision
    return page(f"/banks/{SLUG}/submit", as_=who, data={"revision": revision, "reason": why})


def test_saving_every_form_untouched_changes_no_byte(page, bank) -> None:
    for item in queries.latest_bank(bank).bank.items:
        save(page, open_item(page, item.id))
    assert row().source == EXAMPLE.read_text(encoding="utf-8")
    assert row().revision == 0, "nothing to save"


def test_a_changed_stem_changes_its_line_alone(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[0]
    sent = open_item(page, item.id)
    sent["stem.zh-CN"] = ["换一个题干：#1 [新]"]
    save(page, sent)
    old = EXAMPLE.read_text(encoding="utf-8")
    lines = changed_lines(old, row().source)
    assert 2 <= len(lines) <= 3
    assert all("stem" in line or "换一个" in line or "zh-CN" in line for line in lines)
    assert "换一个题干：#1 [新]" in page(f"{EDIT}?item={item.id}", as_="陈老师").text
    assert row().revision == 1


def test_a_key_moves_with_its_option(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[0]
    sent = open_item(page, item.id)
    key = sent["key"][0]
    sent["row"] = list(reversed(sent["row"]))
    save(page, sent)
    services.save_draft(slug=bank, source=row().source, revision=1, actor_id=1, now=START)
    found = fields(page(f"{EDIT}?item={item.id}", as_="陈老师").text)
    place = sent["row"].index(key)
    assert found["key"] == ["ABCDEFGHIJ"[place]]
    assert found["option.A.zh-CN"] == sent[f"option.{sent['row'][0]}.zh-CN"]


def test_an_item_can_be_added_repeated_moved_and_taken_out(page, bank) -> None:
    items = f"/banks/{SLUG}/items"
    before = [one.id for one in queries.latest_bank(bank).bank.items]
    answer = page(items, as_="陈老师", data={"do": "add", "section": 0, "type": "single"})
    new = answer.headers["Location"].rsplit("=", 1)[1]
    page(items, as_="陈老师", data={"do": "copy", "item": before[0]})
    page(items, as_="陈老师", data={"do": "up", "item": new})
    page(items, as_="陈老师", data={"do": "down", "item": before[0]})
    page(items, as_="陈老师", data={"do": "section"})
    found = [one.id for one in queries.read_outline(row().source).items]
    assert set(before) < set(found)
    assert len(found) == len(before) + 3
    assert found[0] != before[0]
    seen = open_item(page, new)["seen"]
    page(items, as_="陈老师", data={"do": "remove", "item": new, "seen": seen})
    assert new not in row().source
    checked = page(f"{EDIT}?item={before[0]}", as_="陈老师")
    assert checked.status_code == 200


def test_an_item_is_not_taken_out_under_the_hands_of_a_colleague(page, bank) -> None:
    items = f"/banks/{SLUG}/items"
    page(items, as_="陈老师", data={"do": "add", "section": "0", "type": "single"})
    new = queries.read_outline(row().source).sections[0].items[-1].id
    mine, theirs = open_item(page, new), open_item(page, new, "周老师")
    mine["stem.zh-CN"] = ["写了半小时的题干"]
    save(page, mine)
    gone = {"do": "remove", "item": new, "seen": theirs["seen"]}
    page(items, as_="周老师", data=gone, status=409)
    assert "写了半小时的题干" in row().source
    gone["seen"] = open_item(page, new, "周老师")["seen"]
    page(items, as_="周老师", data=gone)
    assert "写了半小时的题干" not in row().source


def test_a_published_item_is_retired_and_never_taken_out(page, bank) -> None:
    items = f"/banks/{SLUG}/items"
    used = queries.latest_bank(bank).bank.items[0].id
    page(items, as_="陈老师", data={"do": "remove", "item": used}, status=400)
    page(items, as_="陈老师", data={"do": "retire", "item": used})
    assert queries.read_outline(row().source).item(used).status == "retired"
    gone = row().source.replace(f"id: {used}", f"id: {used}-new")
    said = page(f"/banks/{SLUG}/check", as_="陈老师", json={"source": gone}).json
    assert "W406" in [one["code"] for one in said["findings"]]


def test_the_check_knows_which_bank_it_is_and_which_pictures_it_has(page, bank) -> None:
    text = row().source if row() else EXAMPLE.read_text(encoding="utf-8")

    def codes(source: str) -> list[str]:
        said = page(f"/banks/{SLUG}/check", as_="陈老师", json={"source": source}).json
        return [one["code"] for one in said["findings"]]

    assert not {"E103", "E240"} & set(codes(text))
    assert "E103" in codes(text.replace(f"id: {SLUG}", "id: another-bank", 1))
    first = queries.latest_bank(bank).bank.items[0].id
    assert "E240" in codes(text.replace(f"id: {first}", f"id: {first}\n        image: no.png", 1))


def test_the_check_names_errors_at_their_lines_and_saves_nothing(page, bank) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("answer: ", "anwser: ", 1)
    said = page(f"/banks/{SLUG}/check", as_="陈老师", json={"source": text}).json
    line = next(n for n, one in enumerate(text.split("\n"), 1) if "anwser" in one)
    assert [one["line"] for one in said["findings"] if one["code"] == "E101"] == [line]
    assert said["errors"] >= 1
    assert row().revision == 0


def test_the_check_of_a_form_shows_preview_and_findings(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[0].id
    sent = open_item(page, item)
    sent["stem.zh-CN"] = ["预览里的题干 **重点**"]
    del sent["key"]
    body = {"item": item, "form": sent}
    said = page(f"/banks/{SLUG}/check", as_="陈老师", json=body).json
    assert "<strong>重点</strong>" in said["preview"]
    assert "E220" in said["findings"]


def test_a_text_with_errors_is_saved_and_not_submitted(page, bank) -> None:
    broken = EXAMPLE.read_text(encoding="utf-8").replace("answer: ", "anwser: ", 1)
    page(f"/banks/{SLUG}/source", as_="陈老师", data={"source": broken, "revision": 0})
    assert row().source == broken
    answer = page(
        f"/banks/{SLUG}/submit", as_="陈老师", data={"revision": 1, "reason": "x"}, status=422
    )
    assert "处错误" in answer.text


def test_a_text_that_is_no_yaml_is_kept_too(page, bank) -> None:
    page(f"/banks/{SLUG}/source", as_="陈老师", data={"source": "a: [", "revision": 0})
    assert row().source == "a: ["
    assert page(EDIT, as_="陈老师", status=302).headers["Location"].endswith("/source")
    assert "E000" in page(f"/banks/{SLUG}/source", as_="陈老师").text
    for path in ("history", "duplicates", "submit"):
        page(f"/banks/{SLUG}/{path}", as_="陈老师")


def test_the_second_save_of_a_source_shows_the_difference(page, bank) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    item = queries.latest_bank(bank).bank.items[0]
    stem = next(iter(item.stem.values()))
    theirs, mine = text.replace(stem, "别人的题干"), text.replace(stem, "我的题干")
    url = f"/banks/{SLUG}/source"
    page(url, as_="周老师", data={"source": theirs, "revision": 0})
    answer = page(url, as_="陈老师", data={"source": mine, "revision": 0}, status=409)
    assert "第 1 题题干改了：别人的题干 → 我的题干" in answer.text
    assert row().source == theirs, "nothing overwritten"
    kept = fields(answer.text, "text")
    assert kept["source"] == [mine]
    page(url, as_="陈老师", data=kept)
    assert row().source == mine, "having seen it, she may"


def test_two_people_in_two_items_are_not_in_each_others_way(page, bank) -> None:
    first, second = [one.id for one in queries.latest_bank(bank).bank.items[:2]]
    one, other = open_item(page, first), open_item(page, second, "周老师")
    one["stem.zh-CN"], other["stem.zh-CN"] = ["甲改的"], ["乙改的"]
    save(page, one)
    save(page, other, "周老师")
    assert "甲改的" in row().source
    assert "乙改的" in row().source


def test_two_people_in_one_item_see_the_difference(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[0].id
    one, other = open_item(page, item), open_item(page, item, "周老师")
    one["stem.zh-CN"], other["stem.zh-CN"] = ["甲改的"], ["乙改的"]
    save(page, one)
    answer = save(page, other, "周老师", status=409)
    assert "甲改的 → 乙改的" in answer.text
    assert "乙改的" not in row().source
    again = fields(answer.text)
    assert again["stem.zh-CN"] == ["乙改的"]
    save(page, again, "周老师")
    assert "乙改的" in row().source


def test_the_author_cannot_approve_and_a_colleague_can(page, bank, person) -> None:
    item = queries.latest_bank(bank).bank.items[0].id
    sent = open_item(page, item)
    sent["stem.zh-CN"] = ["更清楚的题干"]
    save(page, sent)
    submitted(page)
    before = queries.published_bank(bank)
    assert before.number == 1, "what waits is not served"
    told = session().scalars(select(Notice).where(Notice.kind == "bank_waiting")).all()
    assert [one.user_id for one in told] == [person("周老师").id]
    url = f"/banks/{SLUG}/approval/2"
    assert "要由另一个人审核" in page(url, as_="陈老师").text
    page(url, as_="陈老师", data={}, status=403)
    shown = page(url, as_="周老师").text
    assert "第 1 题题干改了" in shown
    assert "更清楚的题干" in shown
    assert "题干说清楚" in shown
    page(url, as_="周老师", data={})
    after = queries.published_bank(bank)
    assert after.number == 2
    assert after.version_ids[item] != before.version_ids[item]
    told = session().scalars(select(Notice).where(Notice.kind == "bank_approved")).all()
    assert [one.user_id for one in told] == [person("陈老师").id]
    again = page(url, as_="周老师", data={}, status=409).text
    assert "已经不在等审核" in again, "the ordinary conflict, with what became of it"
    assert "周老师 批准" in page(f"/banks/{SLUG}/history", as_="陈老师").text


def test_sent_back_with_a_reason_and_submitted_again(page, bank, person) -> None:
    sent = open_item(page, queries.latest_bank(bank).bank.items[0].id)
    sent["stem.zh-CN"] = ["第一稿"]
    save(page, sent)
    submitted(page)
    back = f"/banks/{SLUG}/approval/2/back"
    page(back, as_="周老师", data={"reason": " "}, status=422)
    page(back, as_="周老师", data={"reason": "答案对不上资料"})
    told = session().scalars(select(Notice).where(Notice.kind == "bank_sent_back")).all()
    assert [one.user_id for one in told] == [person("陈老师").id]
    assert "答案对不上资料" in page(f"/banks/{SLUG}/history", as_="陈老师").text
    assert queries.latest_bank(bank).number == 1
    submitted(page, why="按意见改过")
    assert [one.number for one in queries.waiting(bank)] == [3]
    page(f"/banks/{SLUG}/withdraw/3", as_="陈老师", data={})
    assert queries.waiting(bank) == []
    assert "第一稿" in row().source, "the working copy stays"


def test_where_there_is_one_trainer_an_administrator_approves(page, bank, person) -> None:
    grants = session().scalars(select(RoleGrant).where(RoleGrant.user_id == person("周老师").id))
    for grant in grants:
        session().delete(grant)
    session().flush()
    sent = open_item(page, queries.latest_bank(bank).bank.items[0].id)
    sent["stem.zh-CN"] = ["只有一位培训师"]
    save(page, sent)
    assert "可以审核的人：admin" in page(f"/banks/{SLUG}/submit", as_="陈老师").text
    submitted(page)
    told = session().scalars(select(Notice).where(Notice.kind == "bank_waiting")).all()
    assert [one.user_id for one in told] == [person("admin").id]
    page(f"/banks/{SLUG}/approval/2", as_="admin", data={})
    assert queries.published_bank(bank).number == 2


def test_a_reason_is_asked_for(page, bank) -> None:
    sent = open_item(page, queries.latest_bank(bank).bank.items[0].id)
    sent["stem.zh-CN"] = ["没写原因"]
    save(page, sent)
    answer = page(
        f"/banks/{SLUG}/submit", as_="陈老师", data={"revision": 1, "reason": " "}, status=422
    )
    assert "为什么改" in answer.text


def test_a_bank_from_nothing_is_listed_before_it_has_a_version(page) -> None:
    form = {"title": "异议处理", "slug": "objection-unit", "belongs": "own"}
    page("/banks/new", as_="陈老师", data=form)
    listed = page("/banks", as_="陈老师").text
    assert "异议处理" in listed
    assert "有草稿" in listed
    assert "异议处理" not in page("/banks", as_="周老师").text
    page("/banks/objection-unit/edit", as_="周老师", status=404)
    page("/banks/new", as_="陈老师", data=form, status=409)
    page("/banks/new", as_="陈老师", data={**form, "slug": "带空格 的"}, status=422)
    for path in ("source", "history", "submit", "duplicates", "edit?part=bank", "edit?part=0"):
        page(f"/banks/objection-unit/{path}", as_="陈老师")


def test_every_page_below_banks_is_a_name_no_bank_may_have(app) -> None:
    rules = [rule.rule.split("/") for rule in app.url_map.iter_rules()]
    pages = {parts[2] for parts in rules if parts[1] == "banks" and len(parts) > 2}
    assert {name for name in pages if "<" not in name} == RESERVED


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_bank_is_named_like_a_page_of_ours(app, page, name, tmp_path) -> None:
    sent = {"title": "甲", "slug": name, "belongs": "own"}
    assert "网站页面的地址" in page("/banks/new", as_="陈老师", data=sent, status=422).text
    file = tmp_path / "bank.yaml"
    file.write_text(EXAMPLE.read_text(encoding="utf-8").replace(f"id: {SLUG}", f"id: {name}"))
    with pytest.raises(BankInvalidError) as refused:
        services.load_paths([file], now=START)
    said = refused.value.params["problems"]
    assert re.search(rf":\d+:5: E103 编号“{name}”是网站页面的地址.*{name}-bank", said)
    with pytest.raises(BankIdError):
        services.create_bank(
            source=writing.new_bank(name, "甲", "zh-CN"), owner_id=None, actor_id=None, now=START
        )


def test_the_settings_of_bank_and_section_are_a_form(page, bank) -> None:
    found = fields(page(f"{EDIT}?part=0", as_="陈老师").text, "part")
    assert found["part"] == ["0"]
    found["title.zh-CN"] = ["第一部分"]
    page(f"/banks/{SLUG}/part", as_="陈老师", data=found)
    lines = changed_lines(EXAMPLE.read_text(encoding="utf-8"), row().source)
    assert len(lines) <= 3
    assert "第一部分" in row().source


@pytest.mark.parametrize(
    ("part", "field", "said"),
    [("0", "title.zh-CN", "第 1 部分改名"), ("bank", "pass", "及格线由 75% 改为 80%")],
)
def test_two_people_in_one_setting_see_the_difference(page, bank, part, field, said) -> None:
    url = f"/banks/{SLUG}/part"
    mine, theirs = [
        fields(page(f"{EDIT}?part={part}", as_=who).text, "part") for who in ("陈老师", "周老师")
    ]
    value = {"title.zh-CN": ("先改的标题", "后改的标题"), "pass": ("75%", "80%")}[field]
    mine[field], theirs[field] = [value[0]], [value[1]]
    page(url, as_="陈老师", data=mine)
    answer = page(url, as_="周老师", data=theirs, status=409)
    shown = re.sub(r"<[^>]+>", "", answer.text)
    assert "被别人改过" in shown
    assert value[0] in shown
    assert said in shown or part == "0"
    assert value[1] not in row().source, "nothing overwritten"
    kept = fields(answer.text, "part")
    assert kept[field] == [value[1]], "and nothing lost"
    page(url, as_="周老师", data=kept)
    assert value[1] in row().source, "having seen it, she may"


def test_an_item_taken_out_meanwhile_can_be_put_back_as_it_was_written(page, bank) -> None:
    page(f"/banks/{SLUG}/items", as_="陈老师", data={"do": "add", "section": "0", "type": "multi"})
    name = [one.id for one in queries.read_outline(row().source).sections[0].items][-1]
    mine, theirs = open_item(page, name), open_item(page, name, "周老师")
    mine |= {"stem.zh-CN": ["甲写了很久的题干"], "key": ["A", "B"], "why.zh-CN": ["甲写的解析"]}
    gone = {"do": "remove", "item": name, "seen": theirs["seen"]}
    page(f"/banks/{SLUG}/items", as_="周老师", data=gone)
    before = row().source
    answer = save(page, mine, status=409)
    assert "被别人去掉了" in answer.text
    assert row().source == before, "not put back behind the other's back"
    kept = fields(answer.text)
    assert (kept["stem.zh-CN"], kept["why.zh-CN"]) == (["甲写了很久的题干"], ["甲写的解析"])
    for _twice in range(2):  # pressed twice it is there once
        assert f"item={name}" in save(page, kept).headers["Location"]
    items = [one for one in queries.read_outline(row().source).items if one.id == name]
    assert [one.stem for one in items] == ["甲写了很久的题干"]
    again = open_item(page, name)
    assert again == mine | {name: again[name] for name in ("seen", "csrf_token")}
    page(f"/banks/{SLUG}/items", as_="周老师", data=gone | {"do": "up", "item": "nowhere"})
    assert "什么都没有改" in page(EDIT, as_="周老师").text


def test_a_setting_and_an_item_are_not_in_each_others_way(page, bank) -> None:
    part = fields(page(f"{EDIT}?part=bank", as_="陈老师").text, "part")
    sent = open_item(page, queries.latest_bank(bank).bank.items[0].id, "周老师")
    sent["stem.zh-CN"], part["pass"] = ["周老师改的题"], ["80%"]
    save(page, sent, "周老师")
    page(f"/banks/{SLUG}/part", as_="陈老师", data=part)
    assert "周老师改的题" in row().source
    assert "pass: 80%" in row().source


def test_a_picture_chosen_in_a_clash_is_kept(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[1].id
    one, other = open_item(page, item), open_item(page, item, "周老师")
    one["stem.zh-CN"], other["stem.zh-CN"] = ["甲改的"], ["乙改的"]
    save(page, one)
    photo = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(photo, "PNG")
    photo.seek(0)
    sent = {**other, "picture": (photo, "a.png")}
    answer = save(page, sent, "周老师", content_type="multipart/form-data", status=409)
    again = fields(answer.text)
    (name,) = again["image"]
    assert name.startswith(item)
    page(f"/banks/{SLUG}/pictures/{name}", as_="周老师")
    assert "E240" not in answer.text
    save(page, again, "周老师")
    assert queries.read_outline(row().source).item(item).values["image"] == name


def test_a_picture_is_stored_shown_and_served(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[1].id
    sent = open_item(page, item)
    photo = io.BytesIO()
    Image.new("RGB", (2400, 1200), "navy").save(photo, "JPEG")
    photo.seek(0)
    save(page, {**sent, "picture": (photo, "照片.jpg")}, content_type="multipart/form-data")
    name = queries.read_outline(row().source).item(item).values["image"]
    assert name.startswith(item)
    answer = page(f"/banks/{SLUG}/pictures/{name}", as_="陈老师")
    assert Image.open(io.BytesIO(answer.data)).size == (1600, 800)
    assert name in page(f"{EDIT}?item={item}", as_="陈老师").text
    submitted(page)
    page(f"/banks/{SLUG}/approval/2", as_="周老师", data={})
    version = queries.published_bank(bank).version_ids[item]
    assert page(f"/banks/{SLUG}/images/{version}", as_="陈老师").data == answer.data
    page(f"/banks/{SLUG}/pictures/nothing.png", as_="陈老师", status=404)


def test_what_a_picture_shows_is_said_everywhere(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[1].id
    photo = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(photo, "PNG")
    sent = {**open_item(page, item), "picture": (io.BytesIO(photo.getvalue()), "a.png")}
    save(page, sent, content_type="multipart/form-data")
    shown = page(f"{EDIT}?item={item}", as_="陈老师").text
    assert "在“替代文字”里写一句图里有什么" in shown, "a hint"
    sent = open_item(page, item)
    sent["alt.zh-CN"] = ["漏斗：四层 & “一”个出口"]
    save(page, sent)
    said = 'alt="漏斗：四层 &amp; “一”个出口"'
    shown = page(f"{EDIT}?item={item}", as_="陈老师").text
    assert said in shown, "in the preview, which is the test page's own template"
    assert "W411" not in shown
    assert "x-alt: 漏斗：四层 & “一”个出口" in row().source
    submitted(page)
    before = queries.latest_bank(bank)
    page(f"/banks/{SLUG}/approval/2", as_="周老师", data={})
    assert said in page(f"/banks/{SLUG}", as_="陈老师").text
    found = queries.published_bank(bank).bank
    pictures = {one.image: photo.getvalue() for one in found.items if one.image}
    for kind in (Format.MOODLE, Format.QTI, Format.DOCX):
        data = write(found, kind, lang="zh-CN", images=pictures)
        assert "漏斗：四层" in unpacked(data), kind
    sent = open_item(page, item)
    sent["image"] = [""]
    save(page, sent)
    assert "x-alt" not in row().source, "it spoke of a picture that is gone"
    assert before.number == 2


def unpacked(data: bytes) -> str:
    """All texts of a file or of the files in a zip."""
    if not data.startswith(b"PK"):
        return data.decode()
    with ZipFile(io.BytesIO(data)) as pack:
        return "".join(pack.read(name).decode("utf-8", "replace") for name in pack.namelist())


def test_another_alt_text_is_no_new_version_of_the_item_and_is_told(page, bank) -> None:
    one = queries.latest_bank(bank).bank.items[1]
    old = replace(one, image="a.png", image_alt={"zh-CN": "甲"})
    new = replace(old, image_alt={"zh-CN": "乙"})
    assert scoring_hash(old) == scoring_hash(new)
    assert read_item(new.id, body_json(new), meta_json(new)) == new
    was = queries.latest_bank(bank).bank
    texts = [
        sentence(change, "zh-CN")
        for change in compare(
            replace(was, sections=(replace(was.sections[0], items=(old,)),)),
            replace(was, sections=(replace(was.sections[0], items=(new,)),)),
        )
    ]
    assert texts == ["第 1 题图片的替代文字改了：甲 → 乙"]


def test_what_is_no_picture_is_refused_and_nothing_saved(page, bank) -> None:
    sent = open_item(page, queries.latest_bank(bank).bank.items[1].id)
    bad = {**sent, "stem.zh-CN": "x", "picture": (io.BytesIO(b"GIF89a<svg>"), "x.png")}
    save(page, bad, content_type="multipart/form-data", status=422)
    assert row().revision == 0


def test_likeness_is_shown_while_writing_and_on_a_page(page, bank) -> None:
    first, second = queries.latest_bank(bank).bank.items[:2]
    sent = open_item(page, second.id)
    sent["stem.zh-CN"] = [next(iter(first.stem.values())).replace("，", " ") + "？"]
    body = {"item": second.id, "form": sent}
    said = page(f"/banks/{SLUG}/check", as_="陈老师", json=body).json
    assert first.id in said["twins"]
    save(page, sent)
    assert first.id in page(f"/banks/{SLUG}/duplicates", as_="陈老师").text


def test_a_version_loaded_meanwhile_is_shown_before_the_submit(page, bank, tmp_path) -> None:
    sent = open_item(page, queries.latest_bank(bank).bank.items[0].id)
    sent["stem.zh-CN"] = ["网页里改的"]
    save(page, sent)
    text = EXAMPLE.read_text(encoding="utf-8").replace("pass: 60%", "pass: 70%")
    (tmp_path / "bank.yaml").write_text(text, encoding="utf-8")
    services.load_paths([tmp_path], now=START)
    assert queries.latest_bank(bank).number == 2
    answer = page(
        f"/banks/{SLUG}/submit", as_="陈老师", data={"revision": 1, "reason": "x"}, status=409
    )
    assert "及格线由 70% 改为 60%" in answer.text, "what the submit would undo"
    page(f"/banks/{SLUG}/adopt", as_="陈老师", data={"number": 2})
    submitted(page)
    assert [one.number for one in queries.waiting(bank)] == [3]


@pytest.mark.parametrize("who", ["小王", "李经理", "HR", "阅卷人", "带教人"])
def test_nobody_else_writes_banks(page, bank, who) -> None:
    for path in ("edit", "source", "history", "duplicates", "submit"):
        page(f"/banks/{SLUG}/{path}", as_=who, status=403)
    page("/banks/waiting", as_=who, status=403)


def test_a_json_save_answers_its_revision(page, bank) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    answer = page(
        f"/banks/{SLUG}/source",
        as_="陈老师",
        data={"source": text + "# 注\n", "revision": 0},
        headers={"Accept": "application/json"},
    )
    assert json.loads(answer.data)["revision"] == 1
    assert session().scalar(select(BankDraft.errors)) == 0


def test_a_photo_of_several_megabytes_is_taken(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[1].id
    sent = open_item(page, item)
    photo = io.BytesIO()
    Image.effect_noise((2400, 1600), 90).save(photo, "PNG")
    assert 2_000_000 < photo.tell() < 8_000_000
    photo.seek(0)
    sent["picture"] = FileStorage(photo, "照片.png")
    edge, body = encode_multipart(sent)
    save(page, body, content_type=f"multipart/form-data; boundary={edge}")
    assert queries.read_outline(row().source).item(item).values["image"].startswith(item)


def test_the_source_of_a_large_bank_is_checked_and_saved(page, bank) -> None:
    text = EXAMPLE.read_text(encoding="utf-8") + "# 顾问式销售要先问清楚\n" * 30_000
    found = page(f"/banks/{SLUG}/check", as_="陈老师", json={"source": text}).json
    assert found["errors"] == 0
    page(f"/banks/{SLUG}/source", as_="陈老师", data={"source": text, "revision": 0})
    assert row().source == text


@pytest.fixture
def framework(app) -> None:
    load_framework(
        (ROOT / "question_banks" / "framework.yaml").read_bytes(),
        actor_id=None,
        now=START,
        today=START.date(),
    )


def test_a_competency_is_written_by_its_name_and_kept_by_its_slug(page, bank, framework) -> None:
    item = queries.latest_bank(bank).bank.items[0].id
    sent = open_item(page, item)
    save(page, sent | {"competencies": ["影响力、Closing"]})
    assert list(writing.read(row().source).item(item).values["competencies"]) == [
        "influence",
        "closing",
    ]
    before = row().source
    again = open_item(page, item)
    assert again["competencies"] == ["影响力、成交力"]
    save(page, again)
    assert row().source == before, "names lead back to the same slugs"


def test_an_unknown_competency_is_answered_with_names_that_come_near(page, bank, framework) -> None:
    item = queries.latest_bank(bank).bank.items[0].id
    sent = open_item(page, item) | {"competencies": ["影响客户"]}
    reply = page(
        f"/banks/{SLUG}/check",
        as_="陈老师",
        json={"item": item, "form": sent},
        headers={"Accept": "application/json"},
    )
    said = reply.get_json()["findings"]
    assert "没有“影响客户”这项能力" in said
    assert "影响力" in said
    assert "competencies" not in said


@pytest.mark.parametrize("key", sorted(MESSAGES))
def test_findings_in_the_form_name_no_field_of_the_file(key) -> None:
    names = {name for _text, name, _spec, _as in string.Formatter().parse(MESSAGES[key][0]) if name}
    said = in_form_words(problem(key, 1, 1, **dict.fromkeys(names, "7")), "zh-CN")
    fields_said = re.findall(r"(?<![\w.])(?:source|total|rubric|shuffle|status|draw)(?!\w)", said)
    assert not fields_said, said


# Words of the file that no finding may say to who fills in a form; `item` and the like are English.
FILE_WORDS = re.compile(
    r"(?<![\w.{“])(?:type|status|draw|shuffle|total|rubric|answer|max_chars|points_each|time_limit"
    r"|intro|need|keywords|competencies|scoring|stem|true_false|subset|subset_half|each_option)"
    r"(?:: \S|_|(?=[\s，。；、,.;]*(?:false|true\b)))"
)


@pytest.mark.parametrize("key", sorted(key for key in MESSAGES if key[:2] in {"E1", "E2", "E3"}))
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_cures_in_the_form_are_no_lines_of_yaml(key, language) -> None:
    place = 0 if language == "zh-CN" else 1
    parsed = string.Formatter().parse(MESSAGES[key][place])
    names = {name for _text, name, _spec, _as in parsed if name}
    said = in_form_words(problem(key, 1, 1, **dict.fromkeys(names, "7")), language)
    source_alone = {"E101.kind", "E102", "E102.unknown", "E103.bank_id", "E104"}
    assert key in source_alone or not FILE_WORDS.search(said), said


def test_findings_speak_the_labels_of_the_form_in_both_languages() -> None:
    with (ROOT / "app/translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file)
    templates = "".join(
        (ROOT / "templates" / "authoring" / name).read_text(encoding="utf-8")
        for name in ("edit.html", "part.html", "new.html")
    )
    forms = (ROOT / "app" / "authoring" / "forms.py").read_text(encoding="utf-8")
    for chinese, english in LABELS.values():
        assert chinese in templates + forms, chinese
        found = catalogue.get(chinese)
        assert found is None or found.string == english, chinese


def test_a_choice_is_named_as_the_form_offers_it() -> None:
    found = problem("E103.choices", 1, 1, key="scoring", value="net", known=("net", "subset"))
    assert in_form_words(found, "zh-CN") == (
        "“多选计分”不认识“选对减选错”。可写：选对减选错、少选按比例，错选不得分"
    )
    assert "Right minus wrong" in in_form_words(found, "en")


def test_the_settings_speak_the_words_of_their_form(page, bank) -> None:
    found = fields(page(f"{EDIT}?part=0", as_="陈老师").text, "part")
    found["total"] = ["99"]
    page(f"/banks/{SLUG}/part", as_="陈老师", data=found)
    shown = page(f"{EDIT}?part=0", as_="陈老师").text
    assert "把“合计分数”改为" in shown
    assert "E301" not in page(f"{EDIT}?part=bank", as_="陈老师").text, "that is of the section"


def test_a_section_with_drafts_says_what_it_will_be(page, bank) -> None:
    section = queries.read_outline(row().source).sections[0]
    draft = section.items[0]
    sent = open_item(page, draft.id)
    sent["status"] = ["draft"]
    sent.pop("key")
    save(page, sent)
    shown = page(f"{EDIT}?part=0", as_="陈老师").text
    whole = section.values["total"]
    assert f"1 道草稿没有计入，加上是 {whole} 分" in shown
    assert "补上草稿的答案，把“状态”选为“在用”" in shown


def test_after_the_answer_the_page_says_so_and_what_to_do_next(page, bank) -> None:
    sent = open_item(page, queries.latest_bank(bank).bank.items[0].id)
    sent["stem.zh-CN"] = ["更清楚的题干"]
    save(page, sent)
    submitted(page)
    url = f"/banks/{SLUG}/approval/2"
    assert "退回" in page(url, as_="周老师").text
    answer = page(url, as_="周老师", data={})
    assert answer.headers["Location"] == url
    shown = page(url, as_="周老师").text
    assert "已发布" in shown
    assert "周老师" in shown
    for gone in ("退回", "同意并发布"):
        assert gone not in shown
    assert "下一步" in shown
    assert "/assessments/new" in shown
    late = page(f"{url}/back", as_="周老师", data={"reason": "改主意了"}, status=409).text
    assert "已经不在等审核" in late
    assert "已发布" in late
    assert queries.published_bank(bank).number == 2
    sent = open_item(page, queries.latest_bank(bank).bank.items[0].id)
    sent["stem.zh-CN"] = ["第三稿"]
    save(page, sent)
    submitted(page)
    page(f"/banks/{SLUG}/approval/3/back", as_="周老师", data={"reason": "答案不对"})
    shown = page(f"/banks/{SLUG}/approval/3", as_="周老师").text
    assert "已退回" in shown
    assert "答案不对" in shown
    assert "改好后会再提交" in shown
    page(f"/banks/{SLUG}/approval/1", as_="周老师", status=404)


def test_an_empty_box_of_the_other_language_can_be_folded(page, bank) -> None:
    item = queries.latest_bank(bank).bank.items[0].id
    sent = open_item(page, item)
    shown = page(f"{EDIT}?item={item}", as_="陈老师").text
    assert 'data-two="' in shown
    boxes = re.findall(r"<textarea[^>]*>|<(?:div|label)[^>]*data-other[^>]*>", shown)
    assert any("data-other" in one for one in boxes)
    assert not [one for one in boxes if "data-void" in one and 'lang="zh-CN"' in one]
    sent["why.en"] = ["Because"]
    save(page, sent)
    shown = page(f"{EDIT}?item={item}", as_="陈老师").text
    label = shown.index('for="why.en"')
    assert "data-void" not in shown[shown.rindex("<div", 0, label) : label]


def test_an_authors_own_words_stay_as_they_are() -> None:
    found = problem("W512", 1, 1, word="source")
    assert in_form_words(found, "zh-CN").startswith("“source”")
    assert "写上“出处”" in in_form_words(found, "zh-CN")


def test_a_first_version_is_read_before_it_is_approved(page, person) -> None:
    services.create_bank(
        source=EXAMPLE.read_text(encoding="utf-8"),
        owner_id=None,
        actor_id=person("陈老师").id,
        now=START,
    )
    page(
        f"/banks/{SLUG}/submit", as_="陈老师", data={"revision": row().revision, "reason": "新题库"}
    )
    shown = page(f"/banks/{SLUG}/approval/1", as_="周老师").text
    assert '<details class="lb-fold" open>' in shown
    assert shown.index("看全部题目和答案") < shown.index("同意并发布")


def test_the_list_of_banks_tells_a_trainer_what_to_do(page, bank) -> None:
    shown = page("/banks", as_="陈老师").text
    assert "粘贴现成的试题或新建题库" in shown
    assert "question_banks/" not in shown, "that is for who runs the server"


def test_the_preview_says_that_it_holds_the_key(page, bank) -> None:
    assert "预览（含答案）" in page(EDIT, as_="陈老师").text
