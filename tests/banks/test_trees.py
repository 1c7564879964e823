"""Files beside each other: ids, competencies, images, tracks, frameworks, hidden files."""

import shutil
from pathlib import Path

import pytest

from app.banks.loader import Kind, load_path, load_tree
from app.domain.framework import EvidenceKind, Level
from app.domain.tracks import (
    EnrolRules,
    Marking,
    NeedsActivity,
    NeedsLevel,
    NeedsSignature,
    Party,
)
from app.domain.workdays import Days
from tests.banks.marked import findings, item, lint, unmarked

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORK = ROOT / "question_banks" / "framework.yaml"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16

TRACK = """\
schema: track/1
id: camp
title: 营
tier: new-hire
anchor: hire_date
days: working
enrol: {role: seller, within: 30}
credential: {id: ready, title: 上岗证, days: 365, warn: 30, keep: 3/4}
forms:
  - id: opening
    title: 开场评分
    rows:
      - {id: ask, title: 先问, competency: insight, weight: 2, anchors: [没问, 问了一句, 问到底]}
      - {id: close, title: 收尾}
stages:
  - id: day-1
    title: 第一天
    activities:
      - {id: read, kind: lesson, title: 读, due: 1, file: lessons/one.md, minutes: 10}
      - {id: test, kind: exam, title: 测, due: 1, bank: example,
         pass: 70%, attempts: 3, cooldown: 24h, unseen: 0%}
      - {id: talk, kind: roleplay, title: 演, form: opening, marking: 2+1, excludes: [mentor]}
      - {id: walk, kind: observation, title: 陪访, form: opening, by: [mentor], times: 4, needed: 3}
    gate:
      id: g1
      title: 关口
      due: 7
      needs: [test, {competency: insight, level: L3}, {signed: mentor}]
      extend: 3
      plan: true
renewal:
  id: again
  title: 再认证
  activities:
    - {id: again-test, kind: exam, title: 复习考, due: 30, bank: example}

"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder like question_banks/: a framework, a bank, a track and its lesson."""
    shutil.copy(FRAMEWORK, tmp_path)
    (tmp_path / "example.yaml").write_text(item("competencies: [insight]"), encoding="utf-8")
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "one.md").write_text("# 一", encoding="utf-8")
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / "camp.yaml").write_text(TRACK, encoding="utf-8")
    return tmp_path


def tree(folder: Path, *paths: Path) -> dict[str, list[str]]:
    loaded = load_tree(paths or [folder], root=folder)
    return {Path(file.file).name: found for file in loaded if (found := findings(file))}


def write(path: Path, example: str) -> list[str]:
    """Write an example without its marks; give what they expect."""
    text, expected = unmarked(example)
    path.write_text(text, encoding="utf-8")
    return expected


def test_a_tidy_folder_has_no_findings(folder: Path) -> None:
    assert tree(folder) == {}
    kinds = {Path(file.file).name: file.kind for file in load_tree([folder], root=folder)}
    assert kinds == {
        "framework.yaml": Kind.FRAMEWORK,
        "example.yaml": Kind.BANK,
        "camp.yaml": Kind.TRACK,
    }


def test_an_id_used_in_two_files_is_reported_at_the_second_naming_the_first(folder: Path) -> None:
    expected = write(folder / "later.yaml", item("").replace("id: example", "id: other").replace(
        "id: q1", "id: ⟨E201⟩q1"))  # fmt: skip
    assert tree(folder) == {"later.yaml": expected}
    loaded = load_path_in(folder, "later.yaml")
    (found,) = (one for one in loaded.problems if not one.is_style)
    assert "example.yaml:9" in found.message()
    assert "example.yaml:9" in found.message("en")


def load_path_in(folder: Path, name: str):
    return next(f for f in load_tree([folder], root=folder) if Path(f.file).name == name)


def test_two_banks_of_one_id_are_told_apart(folder: Path) -> None:
    expected = write(folder / "later.yaml", item("id: q2").replace(
        "id: example", "id: ⟨E201⟩example"))  # fmt: skip
    assert tree(folder) == {"later.yaml": expected}


def test_ids_of_the_folder_bind_a_file_outside_of_it(folder: Path, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "mine.yaml"
    expected = write(outside, item("").replace("id: example", "id: mine").replace(
        "id: q1", "id: ⟨E201⟩q1"))  # fmt: skip
    assert tree(folder, outside) == {"mine.yaml": expected}


def test_the_next_edition_of_a_bank_may_lie_outside_the_folder(
    folder: Path, tmp_path_factory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "example.yaml"
    write(outside, item("why: 新的解析"))
    assert tree(folder, outside) == {}


def test_competencies_are_those_of_the_framework(folder: Path) -> None:
    expected = write(folder / "example.yaml", item(
        "competencies: [⟨E202⟩insights, drive, ⟨E202.list⟩zzz]",
        bank="defaults: {competencies: [⟨E202⟩closings]}"))  # fmt: skip
    assert tree(folder) == {"example.yaml": expected}
    loaded = load_path_in(folder, "example.yaml")
    messages = [p.message() for p in loaded.problems if not p.is_style]
    assert any("是不是 insight？" in message for message in messages)


def test_without_a_framework_competencies_are_not_checked(folder: Path) -> None:
    (folder / "framework.yaml").unlink()
    write(folder / "example.yaml", item("competencies: [anything]"))
    track = TRACK.replace("insight", "anything")
    (folder / "tracks" / "camp.yaml").write_text(track, encoding="utf-8")
    assert tree(folder) == {}


def test_an_image_must_be_there_below_the_folder_and_be_one(folder: Path) -> None:
    bank = folder / "example.yaml"
    assert findings(load_path_with(bank, "image: ⟨E240⟩img/a.png"))
    (folder / "img").mkdir()
    (folder / "img" / "a.png").write_bytes(b"GIF89a")
    assert findings(load_path_with(bank, "image: ⟨E240.content⟩img/a.png"))
    (folder / "img" / "a.png").write_bytes(PNG)
    assert findings(load_path_with(bank, "image: img/a.png")) == []
    (folder / "img" / "b.png").symlink_to("/etc/hostname")
    assert findings(load_path_with(bank, "image: ⟨E240⟩img/b.png"))


def load_path_with(bank: Path, fields: str):
    expected = write(bank, item(f"{fields}\nx-alt: 图里的四层漏斗"))
    loaded = load_path(bank)
    assert findings(loaded) == expected
    return loaded


def test_hidden_files_other_files_and_links_that_lead_out_are_left_alone(
    folder: Path, tmp_path_factory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "x.yaml"
    elsewhere.write_text("not: a bank", encoding="utf-8")
    (folder / ".hidden.yaml").write_text("not: a bank", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yaml").write_text("not: a bank", encoding="utf-8")
    (folder / "notes.txt").write_text("not: a bank", encoding="utf-8")
    (folder / "link.yaml").symlink_to(elsewhere)
    assert tree(folder) == {}


def test_a_track_becomes_what_it_says(folder: Path) -> None:
    track = load_path_in(folder, "camp.yaml").track
    read, test, talk, walk = track.activities
    assert (read.lesson.file, read.lesson.minutes, read.due_day) == ("lessons/one.md", 10, 1)
    assert (test.exam.bank, test.exam.cooldown_minutes, test.exam.attempts) == ("example", 1440, 3)
    assert (test.exam.pass_mark.share * 100, test.exam.unseen) == (70, 0)
    assert talk.exam is None
    assert (talk.rated.marking, talk.rated.excludes) == (Marking.PAIR, (Party.MENTOR,))
    assert (walk.by, walk.times, walk.needed) == ((Party.MENTOR,), 4, 3)
    gate = track.stages[0].gate
    assert gate.needs == (
        NeedsActivity("test"),
        NeedsLevel("insight", Level.L3),
        NeedsSignature(Party.MENTOR),
    )
    assert (gate.extend, gate.needs_plan) == (3, True)
    assert (track.days, track.enrol) == (Days.WORKING, EnrolRules("seller", 30))
    assert (track.credential.days, track.credential.keep) == (365, (3, 4))
    assert [one.id for one in track.renewal.activities] == ["again-test"]
    ask, close = track.form_of(talk).rows
    assert (ask.points, ask.weight, ask.competency, close.points) == (2, 2, "insight", 4)


TRACK_MISTAKES = [
    ("E103.choice", "kind: roleplay", "kind: ⟨E103.choice⟩role-play"),
    ("E103.choices", "anchor: hire_date", "anchor: ⟨E103.choices⟩42"),
    ("E201", "{id: talk,", "{id: ⟨E201⟩test,"),
    ("E202", "competency: insight", "competency: ⟨E202⟩insigt"),
    ("E101.kind", "marking: 2+1", "⟨E101.kind⟩attempts: 3"),
    ("E103.reference form", "演, form: opening", "演, form: ⟨E103.reference⟩openings"),
    ("E103.missing form", "id: talk, kind: roleplay, title: 演, form: opening",
        "⟨E103.missing⟩id: talk, kind: roleplay, title: 演"),
    ("E103.missing by", "id: walk, kind: observation, title: 陪访, form: opening, by: [mentor]",
        "⟨E103.missing⟩id: walk, kind: observation, title: 陪访, form: opening"),
    ("E103.choice by", "by: [mentor]", "by: [⟨E103.choice⟩mentro]"),
    ("E103.choice marking", "marking: 2+1", "marking: ⟨E103.choice⟩2+2"),
    ("E103.integer needed", "needed: 3", "needed: ⟨E103.integer⟩5"),
    ("E103.form keep", "keep: 3/4", "keep: ⟨E103.form⟩4/3"),
    ("E103.integer warn", "warn: 30", "warn: ⟨E103.integer⟩400"),
    ("E103.count anchors", "anchors: [没问", "points: 4, anchors: ⟨E103.count⟩[没问"),
    ("E201 row", "{id: close,", "{id: ⟨E201⟩ask,"),
    ("E202 row", "title: 先问, competency: insight", "title: 先问, competency: ⟨E202⟩insigt"),
    ("E103.choice signed", "signed: mentor", "signed: ⟨E103.choice⟩mentro"),
    ("E103.choice role", "role: seller", "role: ⟨E103.choice⟩sellr"),
    ("E103.missing", "id: test, kind: exam, title: 测, due: 1, bank: example",
        "⟨E103.missing⟩id: test, kind: exam, title: 测, due: 1"),
    ("E103.form", "cooldown: 24h", "cooldown: ⟨E103.form⟩一天"),
    ("E103.integer", "due: 7", "due: ⟨E103.integer⟩-1"),
    ("E103.reference", "needs: [test", "needs: [⟨E103.reference⟩tests"),
    ("E103.references", "needs: [test", "needs: [⟨E103.references⟩zzzz"),
    ("E103.reference bank", "bank: example", "bank: ⟨E103.reference⟩exampel"),
    ("E103.references bank", "bank: example", "bank: ⟨E103.references⟩zzzz"),
    ("E240.file", "lessons/one.md", "⟨E240.file⟩lessons/two.md"),
    ("E240.file up", "lessons/one.md", "⟨E240.file⟩../secret.md"),
    ("E101", "tier: new-hire", "⟨E101⟩teir: new-hire"),
    ("E104", "tier: new-hire", "⟨E104⟩tier：new-hire"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new"), TRACK_MISTAKES, ids=[m[0] for m in TRACK_MISTAKES])
def test_mistakes_in_a_track_have_their_place(folder: Path, name: str, old: str, new: str) -> None:
    assert old in TRACK
    expected = write(folder / "tracks" / "camp.yaml", TRACK.replace(old, new, 1))
    found = tree(folder)["camp.yaml"]
    assert set(expected) <= set(found)
    assert load_path_in(folder, "camp.yaml").track is None


FRAMEWORK_MISTAKES = [
    ("E103.choice", "kind: knowledge\n", "kind: ⟨E103.choice⟩knowlege\n"),
    ("E201", "slug: talk-tracks", "slug: ⟨E201⟩product-knowledge"),
    ("E202", "competency: drive, level: L2", "competency: ⟨E202⟩driv, level: L2"),
    ("E103.group", "group: power", "group: ⟨E103.group⟩powder"),
    ("E103.choices", "level: L2, weight: 1", "level: ⟨E103.choices⟩L1, weight: 1"),
    ("E103.integer", "weight: 3}", "weight: ⟨E103.integer⟩4}"),
    ("E103.number", "rho: 0.50", "rho: ⟨E103.number⟩0"),
    ("E103.above", "L3: 60", "L3: ⟨E103.above⟩30"),
    ("E103.missing", "sigma: 15", "x-sigma: 15"),
    ("E103.missing level", "L5: {name", "x-L5: {name"),
    ("E103.flag", "use_360_ratings: false", "use_360_ratings: ⟨E103.flag⟩0.5"),
    ("E201 expectation", "{role: seller, step: day-30, competency: talk-tracks",
        "{⟨E201⟩role: seller, step: day-30, competency: product-knowledge"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new"), FRAMEWORK_MISTAKES, ids=[m[0] for m in FRAMEWORK_MISTAKES]
)
def test_mistakes_in_a_framework_have_their_place(name: str, old: str, new: str) -> None:
    text = FRAMEWORK.read_text(encoding="utf-8")
    assert old in text
    text, expected = unmarked(text.replace(old, new, 1))
    found = lint(text)
    if not expected:  # missing: reported at the first key of what lacks it
        assert [line.split()[1] for line in found if "E103.missing" in line]
    if name == "E201":  # the slug that is gone is then missing in the expectations
        found = [line for line in found if "E201" in line]
    assert set(expected) <= set(found)


def test_the_shipped_framework_becomes_what_it_says() -> None:
    framework = load_path(FRAMEWORK).framework
    insight = framework.competency("insight")
    assert insight.kind == "behaviour"
    assert EvidenceKind.PEER in insight.evidence
    assert len(insight.indicators[Level.L3]) == 3
    assert framework.competency("drive").evidence == (EvidenceKind.OBSERVATION,)
    assert framework.expected(role="seller", step="day-30")["drive"].level == Level.L2
    formula = framework.formula
    assert (formula.prior.mean, formula.prior.sd) == (60, 25)
    assert formula.rated.kinds[EvidenceKind.DIRECT_REPORT].rho == 0.30
    assert formula.level_cuts == {Level.L2: 40, Level.L3: 60, Level.L4: 75, Level.L5: 90}
    assert formula.status.single_kind.assessors == 2
    assert formula.use_360_ratings is False
