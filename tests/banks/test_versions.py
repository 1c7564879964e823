"""Versions in the database: what makes a new one, what does not, and that nothing old changes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEvent
from app.banks import queries, services
from app.banks.errors import BankInvalidError, BankNotFoundError, BankOwnedError, ItemTakenError
from app.banks.loader import load_bytes, load_path
from app.banks.models import BankVersion, ItemVersion
from app.domain.items import ItemStatus
from app.kernel.db import session
from tests.banks.marked import item

EXAMPLE = Path(__file__).parent / "data" / "example-bank.zh.yaml"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


def load(text: str | bytes, **more) -> services.ImportReport:
    data = text.encode() if isinstance(text, str) else text
    report = services.import_bank(data, now=more.pop("now", NOW), **more)
    if report.version_id and not more.get("dry_run"):
        services.publish(bank_version_id=report.version_id, actor_id=None, now=NOW)
    return report


def count(model) -> int:
    return session().scalar(select(func.count()).select_from(model))


def test_what_was_loaded_comes_back_equal(app) -> None:
    load(EXAMPLE.read_bytes())
    expected = load_path(EXAMPLE).bank
    found = queries.published_bank("bootcamp-discovery")
    assert found.bank == expected
    assert queries.bank_version(found.id) == found
    items = queries.item_versions(list(found.version_ids.values()))
    assert [items[found.version_ids[one.id]] for one in expected.items] == list(expected.items)


def test_the_shipped_banks_come_back_equal(app) -> None:
    root = Path(__file__).resolve().parents[2] / "question_banks"
    for path in sorted(root.glob("*.yaml")):
        expected = load_path(path).bank
        if expected is not None:
            load(path.read_bytes())
            assert queries.published_bank(expected.id).bank == expected


def test_the_same_file_again_changes_nothing(app) -> None:
    load(EXAMPLE.read_bytes())
    before = count(BankVersion), count(ItemVersion), count(AuditEvent)
    report = load(EXAMPLE.read_bytes(), now=LATER)
    assert (report.is_new, report.number, len(report.unchanged)) == (False, 1, 10)
    assert (count(BankVersion), count(ItemVersion), count(AuditEvent)) == before


CHANGES = {
    "stem": ("stem: 选哪一个", "stem: 选哪两个"),
    "option": ("B: 乙", "B: 丁"),
    "order of options": ("A: 甲, B: 乙", "A: 乙, B: 甲"),
    "key": ("answer: A", "answer: B"),
    "points": ("points_each: 5", "points_each: 4"),
    "language": ("stem: 选哪一个", "stem: {zh-CN: 选哪一个, en: Which}"),
    "line break": ("stem: 选哪一个", 'stem: "选\\n哪一个"'),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_learner_sees_or_what_scores_makes_a_new_version(app, name: str) -> None:
    load(item(""))
    first = queries.published_bank("example")
    old, new = CHANGES[name]
    report = load(item("").replace(old, new, 1), now=LATER)
    assert (report.changed, report.number) == (("q1",), 2)
    second = queries.published_bank("example")
    assert second.version_ids["q1"] != first.version_ids["q1"]
    assert queries.bank_version(first.id).bank == first.bank, "the old one is as it was"
    both = queries.item_versions([first.version_ids["q1"], second.version_ids["q1"]])
    assert both[first.version_ids["q1"]] == first.bank.items[0]


SAME = {
    "explanation": "why: 理由",
    "feedback": "feedback: {A: 对了}",
    "tags": "tags: [拜访]",
    "competencies": "competencies: [insight]",
    "difficulty": "difficulty: 5",
    "shuffle": "shuffle: false",
    "status": "status: retired",
    "source": "source: 课本",
    "spaces": "stem: '  选哪一个 '",
    "key written differently": "answer: [a]",
    "a rule that single choice does not use": "scoring: net",
}


@pytest.mark.parametrize("name", SAME)
def test_what_may_change_without_a_new_version(app, name: str) -> None:
    load(item(""))
    first = queries.published_bank("example")
    report = load(item(SAME[name]), now=LATER)
    assert (report.is_new, report.changed, report.unchanged) == (True, (), ("q1",))
    second = queries.published_bank("example")
    assert second.number == 2
    assert second.version_ids == first.version_ids
    assert second.bank == load_bytes(item(SAME[name]).encode()).bank or name == "spaces"
    assert queries.bank_version(first.id).bank == first.bank


def test_going_back_to_an_old_text_takes_up_its_version_again(app) -> None:
    load(item(""))
    first = queries.published_bank("example").version_ids
    load(item("stem: 另一题"), now=LATER)
    load(item(""), now=LATER)
    third = queries.published_bank("example")
    assert (third.number, third.version_ids) == (3, first)
    assert count(ItemVersion) == 2


def test_an_explanation_is_that_of_the_newest_bank_version(app) -> None:
    load(item("why: 旧"))
    load(item("why: 新"), now=LATER)
    version_id = queries.published_bank("example").version_ids["q1"]
    assert queries.item_versions([version_id])[version_id].why == {"zh-CN": "新"}


def test_a_new_picture_is_a_new_version_and_the_old_one_is_kept(app, tmp_path: Path) -> None:
    bank = tmp_path / "b.yaml"
    bank.write_text(item("image: a.png"), encoding="utf-8")
    (tmp_path / "a.png").write_bytes(PNG)
    services.load_paths([bank], now=NOW)
    first = queries.published_bank("example").version_ids["q1"]
    (tmp_path / "a.png").write_bytes(PNG + b"1")
    (report,) = services.load_paths([bank], now=LATER)
    assert report.changed == ("q1",)
    second = queries.published_bank("example").version_ids["q1"]
    assert queries.item_image(first).data == PNG
    assert queries.item_image(second).data == PNG + b"1"
    assert queries.item_image(second).mime == "image/png"


def test_a_draft_without_a_key_is_kept_and_marked(app) -> None:
    text = "\n".join(line for line in item("status: draft").split("\n") if "answer" not in line)
    load(text)
    (draft,) = queries.published_bank("example").bank.items
    assert draft.status is ItemStatus.DRAFT
    assert draft.body.key == frozenset()


def test_only_what_is_published_is_served(app) -> None:
    report = services.import_bank(item("").encode(), now=NOW)
    assert queries.published_bank("example") is None
    assert queries.latest_bank("example").id == report.version_id
    services.publish(bank_version_id=report.version_id, actor_id=None, now=NOW)
    services.publish(bank_version_id=report.version_id, actor_id=None, now=LATER)
    found = queries.published_bank("example")
    assert (found.id, found.published_at) == (report.version_id, NOW)
    services.import_bank(item("stem: 新题").encode(), now=LATER)
    assert queries.published_bank("example") == found
    assert queries.latest_bank("example").number == 2


def test_loading_and_publishing_stand_in_the_trail(app) -> None:
    services.load_paths([EXAMPLE], now=NOW)
    actions = session().execute(select(AuditEvent.action, AuditEvent.reason)).all()
    assert [tuple(row) for row in actions][-2:] == [
        ("bank.load", ""),
        ("bank.publish", "bank load"),
    ]


def test_an_item_id_belongs_to_one_bank(app) -> None:
    load(item(""))
    other = item("").replace("id: example", "id: other")
    with pytest.raises(ItemTakenError) as refused:
        load(other)
    assert refused.value.params == {"item": "q1", "bank": "example"}
    assert queries.latest_bank("other") is None


def test_an_item_moves_once_its_old_bank_has_dropped_it(app) -> None:
    load(item(""))
    load(item("id: q2"), now=LATER)
    load(item("").replace("id: example", "id: other"), now=LATER)
    assert queries.published_bank("other").version_ids.keys() == {"q1"}
    assert count(ItemVersion) == 2, "the version moved along"


def test_an_item_may_move_within_one_load(app, tmp_path: Path) -> None:
    load(item("").replace("id: example", "id: zebra"))
    (tmp_path / "zebra.yaml").write_text(
        item("id: q2").replace("id: example", "id: zebra"), encoding="utf-8"
    )
    (tmp_path / "apple.yaml").write_text(
        item("").replace("id: example", "id: apple"), encoding="utf-8"
    )
    services.load_paths([tmp_path], now=LATER)
    assert queries.published_bank("apple").version_ids.keys() == {"q1"}
    assert queries.published_bank("zebra").version_ids.keys() == {"q2"}


def test_what_was_removed_is_named_and_stays_readable(app) -> None:
    load(item(""))
    first = queries.published_bank("example")
    report = load(item("id: q2"), now=LATER)
    assert (report.new, report.removed) == (("q2",), ("q1",))
    assert queries.bank_version(first.id).bank == first.bank


def test_the_bank_of_one_trainer_is_not_overwritten_by_another(app, person) -> None:
    mine, other = person("陈老师").id, person("周老师").id
    load(item(""), owner_id=mine)
    with pytest.raises(BankOwnedError):
        load(item("stem: 改"), owner_id=other)
    assert load(item("stem: 改"), owner_id=mine).number == 2
    rows = queries.bank_rows(other, {"own", "shared"})
    assert [row.slug for row in rows] == []


def test_a_file_with_errors_is_refused_with_its_findings(app) -> None:
    with pytest.raises(BankInvalidError) as refused:
        services.import_bank(item("answer: F").encode(), now=NOW, file="a.yaml")
    assert "a.yaml:12:17: E222" in refused.value.params["problems"]
    assert count(BankVersion) == 0


def test_the_database_refuses_the_same_version_twice(app) -> None:
    load(item(""))
    row = session().scalars(select(ItemVersion)).one()
    copy = {c.name: getattr(row, c.name) for c in ItemVersion.__table__.columns}
    session().add(ItemVersion(**copy | {"id": None, "number": 9}))
    with pytest.raises(IntegrityError):
        session().flush()


def test_a_bank_version_is_read_from_the_database_once(app, queries_heard) -> None:
    load(EXAMPLE.read_bytes())
    found = queries.published_bank("bootcamp-discovery")
    queries_heard.clear()
    again = queries.bank_version(found.id)
    assert len(queries_heard) == 1
    assert again.bank is found.bank
    with pytest.raises(BankNotFoundError):
        queries.bank_version(0)


@pytest.fixture
def queries_heard(queries):
    return queries
