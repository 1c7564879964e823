"""How much of the next paper would be new to a person, and which items a paper may hold."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from flask_babel import gettext

from app.assessments import content
from app.assessments.queries import exposure, firewall, printed
from app.assessments.queries.rows import assessment_any
from app.assessments.services.starting import paper_for
from app.domain.items import Item, text_in
from app.domain.papers import Paper

_: Callable[..., str] = gettext

_SHORT: Final = 40


@dataclass(frozen=True, slots=True)
class Newness:
    """What people who are about to be given an assessment know of it already."""

    people: int
    met: int
    least: Fraction
    mean: Fraction


def shares(assessment_id: int, person_ids: Collection[int]) -> dict[int, Fraction]:
    """The share of items new to each person, of the paper she would get next.

    Of an own draw one draw stands for all: by how many it differs from another is chance.
    """
    assessment = assessment_any(assessment_id)
    seen = exposure.seen_by(person_ids)
    used = printed.used(assessment_id)
    forms = printed.forms(assessment_id)
    seats = printed.seats(assessment_id)
    snapshots = content.pinned_for(assessment_id)
    known: dict[frozenset[str], Paper] = {}
    found = {}
    for person_id, items in seen.items():
        if forms:
            at = (seats.get(person_id, 0) + used.get(person_id, 0)) % len(forms)
            paper = forms[at].paper
        else:
            paper = known.get(items) or paper_for(assessment, snapshots, seed="0", seen=items)
            known[items] = paper
        new = sum(entry.item_id not in items for entry in paper.entries)
        found[person_id] = Fraction(new, len(paper.entries) or 1)
    return found


def newness(assessment_id: int, person_ids: Collection[int]) -> Newness:
    """The same for a group, before it is assigned."""
    found = list(shares(assessment_id, person_ids).values())
    return Newness(
        people=len(found),
        met=sum(share < 1 for share in found),
        least=min(found, default=Fraction(1)),
        mean=sum(found, Fraction(0)) / len(found) if found else Fraction(1),
    )


def newness_text(found: Newness) -> str:
    """One sentence before the button is pressed."""
    if not found.met:
        return _("%(n)s 人都没有见过这些题。", n=found.people)
    return _(
        "%(n)s 人里有 %(met)s 人见过一部分题：没见过的平均占 %(mean)s，最少的占 %(least)s。",
        n=found.people,
        met=found.met,
        mean=share_text(found.mean),
        least=share_text(found.least),
    )


def share_text(share: Fraction | None) -> str:
    """A share as a whole per cent; all and nothing only when it is so."""
    if share is None:
        return "—"
    percent = round(share * 100)
    if 0 < share < 1:
        percent = min(99, max(1, percent))
    return f"{percent}%"


def reach(assessment_id: int) -> frozenset[str]:
    """Ids of all items a paper of this assessment may hold."""
    return firewall.reach(assessment_any(assessment_id))


def short(item: Item, lang: str) -> str:
    """The beginning of a stem."""
    text = " ".join(text_in(item.stem, lang).replace("**", "").split())
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
