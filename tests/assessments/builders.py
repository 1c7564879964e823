"""A published bank, an assessment over it, and a learner who sits it."""

from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.assessments import services
from app.assessments.frozen import thaw
from app.assessments.models import AttemptPaper
from app.assessments.services import Definition, Source
from app.banks import queries as banks
from app.banks import services as bank_services
from app.domain.items import PassMark
from app.domain.papers import letters
from app.kernel.db import session

BANK = (Path(__file__).parent / "bank.yaml").read_text(encoding="utf-8")
RIGHT = {
    "o-1": {"A"},
    "o-2": {"B"},
    "o-3": {"A", "B", "C"},
    "o-4": False,
    "o-5": "先弄清谁拍板、什么流程，不然有压价风险。",
}


def objective(text: str = BANK) -> str:
    """The bank without its written item."""
    return text[: text.index("  - title: 简答")]


def bank(now: datetime, text: str = BANK) -> Source:
    """Load and publish; the pinned version."""
    bank_services.import_bank(text.encode(), now=now)
    found = banks.latest_bank("objections")
    assert found is not None
    bank_services.publish(bank_version_id=found.id, actor_id=None, now=now)
    return Source(found.id, found.bank.id)


def assessment(owner_id: int | None, now: datetime, *, text: str = BANK, **more: Any) -> int:
    """An assessment over the bank's own sections."""
    settings: dict[str, Any] = {
        "title": "异议处理 单元测验",
        "limit_seconds": 600,
        "pass_mark": PassMark(share=Fraction(3, 5)),
        **more,
    }
    sources = settings.pop("sources", None) or (bank(now, text),)
    return services.define(
        Definition(sources=tuple(sources), **settings),
        owner_id=owner_id,
        actor_id=owner_id,
        now=now,
    )


def assigned(assessment_id: int, person_id: int, now: datetime, **more: Any) -> int:
    """The id of an assignment."""
    from app.assessments.models import Assignment

    services.assign(
        assessment_id=assessment_id, person_ids=[person_id], actor_id=None, now=now, **more
    )
    row = (
        session()
        .query(Assignment)
        .filter_by(assessment_id=assessment_id, person_id=person_id, is_preview=False)
        .one()
    )
    return row.id


def frozen(attempt_id: int) -> Any:
    """The frozen paper of an attempt."""
    paper = session().get(AttemptPaper, attempt_id)
    assert paper is not None
    return thaw(paper.body)


def response(attempt_id: int, item_id: str, answer: Any) -> tuple[int, dict[str, Any]]:
    """Position and wire form of an answer given by the author's option ids."""
    for slot in frozen(attempt_id).slots:
        if slot.entry.item_id == item_id:
            if isinstance(answer, bool):
                return slot.position, {"value": answer}
            if isinstance(answer, str):
                return slot.position, {"text": answer}
            shown = {option: letter for letter, option in letters(slot.entry.options).items()}
            return slot.position, {"options": sorted(shown[option] for option in answer)}
    raise AssertionError(f"{item_id} is not on the paper")


def saves(attempt_id: int, answers: dict[str, Any], *, revision: int = 1) -> list[dict[str, Any]]:
    """A batch for `save`."""
    batch = []
    for item_id, answer in answers.items():
        position, wire = response(attempt_id, item_id, answer)
        batch.append({"item": position, "revision": revision, "response": wire, "flagged": False})
    return batch
