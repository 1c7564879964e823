"""Section D and F of a person's page: the ladder, and what was seen in rated work.

Everything follows from the ledger in the pack, so that a snapshot of any age shows it too.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.framework import EvidenceKind
from app.domain.ladder import Footing, Rung, Step, first_failing, ladder
from app.reports.pack import LedgerLine, Line, Pack
from app.reports.words import Words, _, kind_name
from app.tracks.stuckwords import allowed

RATED: Final = frozenset(
    {EvidenceKind.ROLEPLAY, EvidenceKind.WORK, EvidenceKind.OBSERVATION, EvidenceKind.PEER}
)
# Where the work itself is shown, by the kind of source; a page opens only within its own rights.
SOURCES: Final = {
    "performance": ("ratings.performance", "performance_id"),
    "field_record": ("fieldwork.record", "record_id"),
}
MOST_ENDS: Final = 2
FEWEST_FOR_ENDS: Final = 4


@dataclass(frozen=True, slots=True)
class RungLine:
    """One rung in words; `call` as the marks of calls have it, empty: not assessed."""

    title: str
    call: str
    say: str
    is_first_failing: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one occasion said about one competency: `score` 0-100 against its pass mark."""

    competency: str
    name: str
    score: float
    pass_mark: float
    is_passed: bool


@dataclass(frozen=True, slots=True)
class Occasion:
    """One role-play, visit, piece of work: when, by how many, and what it said. `url` empty: the
    source has no page of its own."""

    label: str
    kind: str
    happened_on: date
    assessors: int
    by: str
    url: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """One competency over all rated work: from the lowest to the highest score, and the latest."""

    competency: str
    name: str
    times: int
    assessors: int
    low: float
    high: float
    latest: float
    latest_on: date
    mean: float


@dataclass(frozen=True, slots=True)
class Skills:
    """Both sections. `highest`, `lowest`: at most two each, none while few were seen. `brief` is
    the ladder without names, for print; `summary` section F in one line."""

    rungs: tuple[RungLine, ...]
    verdict: str
    occasions: tuple[Occasion, ...]
    shown: tuple[Shown, ...]
    highest: tuple[Shown, ...]
    lowest: tuple[Shown, ...]
    summary: str
    brief: tuple[str, ...]


def skills(pack: Pack, w: Words, *, with_links: bool = True) -> Skills:
    """What the ledger says about skills."""
    seen = [(line, piece) for line in pack.lines for piece in line.ledger if piece.kind in RATED]
    shown = tuple(_shown(line, w) for line in pack.lines if _rated(line))
    ends = _ends(shown)
    steps = ladder(pack.lines)
    failing = first_failing(steps)
    occasions = _occasions(seen, w, with_links=with_links)
    return Skills(
        rungs=tuple(_rung(step, failing, w) for step in steps),
        verdict=_verdict(steps, failing, w),
        occasions=occasions,
        shown=shown,
        highest=ends[0],
        lowest=ends[1],
        summary=_summary(occasions, ends),
        brief=_brief(steps),
    )


def _rated(line: Line) -> list[LedgerLine]:
    return [piece for piece in line.ledger if piece.kind in RATED]


def _shown(line: Line, w: Words) -> Shown:
    pieces = sorted(_rated(line), key=lambda one: (one.happened_on, one.source_id))
    scores = [one.score for one in pieces]
    return Shown(
        competency=line.competency,
        name=w.text(line.name),
        times=sum(one.rows for one in pieces),
        assessors=sum(one.assessors for one in pieces),
        low=min(scores),
        high=max(scores),
        latest=pieces[-1].score,
        latest_on=pieces[-1].happened_on,
        mean=round(sum(scores) / len(scores), 1),
    )


def _ends(shown: Sequence[Shown]) -> tuple[tuple[Shown, ...], tuple[Shown, ...]]:
    """The two highest and the two lowest; with fewer than four there are no ends to name."""
    if len(shown) < FEWEST_FOR_ENDS:
        return (), ()
    ordered = sorted(shown, key=lambda one: (-one.mean, one.competency))
    return tuple(ordered[:MOST_ENDS]), tuple(reversed(ordered[-MOST_ENDS:]))


def _occasions(
    seen: Sequence[tuple[Line, LedgerLine]], w: Words, *, with_links: bool
) -> tuple[Occasion, ...]:
    """Latest first."""
    grouped: dict[tuple[str, str, EvidenceKind], list[tuple[Line, LedgerLine]]] = defaultdict(list)
    for line, piece in seen:
        grouped[piece.source_type, piece.source_id, piece.kind].append((line, piece))
    made = [_occasion(found, w, with_links=with_links) for found in grouped.values()]
    return tuple(sorted(made, key=lambda one: (one.happened_on, one.label), reverse=True))


def _occasion(found: Sequence[tuple[Line, LedgerLine]], w: Words, *, with_links: bool) -> Occasion:
    piece = found[0][1]
    return Occasion(
        label=w.label(piece.label, piece.kind),
        kind=kind_name(piece.kind),
        happened_on=max(one.happened_on for _line, one in found),
        assessors=max(one.assessors for _line, one in found),
        by=w.assessors(piece),
        url=source_url(piece) if with_links else "",
        parts=tuple(
            Part(
                line.competency,
                w.text(line.name),
                one.score,
                one.pass_mark,
                one.score >= one.pass_mark,
            )
            for line, one in found
        ),
    )


def source_url(piece: LedgerLine) -> str:
    """The page of the work behind a piece of evidence; empty where there is none to open."""
    found = SOURCES.get(piece.source_type)
    if found is None or not piece.source_id.isdigit():
        return ""
    endpoint, name = found
    return allowed(endpoint, **{name: int(piece.source_id)})


def sources(pack: Pack) -> dict[str, str]:
    """The pages behind the evidence of the ledger: type and id of the source -> address."""
    found = {
        piece.source_type + piece.source_id: source_url(piece)
        for line in pack.lines
        for piece in line.ledger
    }
    return {key: url for key, url in found.items() if url}


# ---------------------------------------------------------------- in words


def rung_name(rung: Rung) -> str:
    """A rung of the ladder."""
    return {
        Rung.GOALS: _("目标"),
        Rung.PROCESS: _("流程"),
        Rung.KNOWLEDGE: _("知识"),
        Rung.SKILLS: _("技能"),
    }[rung]


_CALLS: Final = {
    Footing.PASSED: "pass",
    Footing.NOT_PASSED: "gap",
    Footing.OPEN: "open",
    Footing.NOT_ASSESSED: "",
}


def _rung(step: Step, failing: Step | None, w: Words) -> RungLine:
    return RungLine(rung_name(step.rung), _CALLS[step.footing], _say(step, w), step is failing)


def _say(step: Step, w: Words) -> str:
    names = _("、").join(w.name(slug) for slug in step.about)
    match step.footing:
        case Footing.PASSED:
            return _("期望的各项都达标")
        case Footing.NOT_PASSED:
            return _("差距在%(names)s", names=names)
        case Footing.OPEN:
            return _("还说不准：%(names)s", names=names)
        case Footing.NOT_ASSESSED:
            return {
                Rung.GOALS: _("未评估：目标与业绩数据还没有接入"),
                Rung.PROCESS: _("未评估：目标与业绩数据还没有接入"),
                Rung.KNOWLEDGE: _("未评估：还没有测验成绩"),
                Rung.SKILLS: _("未评估：还没有演练、观察或作品"),
            }[step.rung]


def _brief(steps: Sequence[Step]) -> tuple[str, ...]:
    """The rungs above goals and process in a few words each."""
    words = {
        Footing.PASSED: _("达标"),
        Footing.NOT_ASSESSED: _("未评估"),
    }
    return tuple(
        _(
            "%(rung)s：%(say)s",
            rung=rung_name(step.rung),
            say=words.get(step.footing) or _count(step),
        )
        for step in steps
        if step.rung in {Rung.KNOWLEDGE, Rung.SKILLS}
    )


def _count(step: Step) -> str:
    n = len(step.about)
    if step.footing is Footing.NOT_PASSED:
        return _("差距 %(n)s 项", n=n)
    return _("未定 %(n)s 项", n=n)


def _verdict(steps: Sequence[Step], failing: Step | None, w: Words) -> str:
    """Where to begin, in a sentence."""
    if failing is not None:
        return _("先看%(rung)s：%(say)s", rung=rung_name(failing.rung), say=_say(failing, w))
    if all(step.footing is Footing.NOT_ASSESSED for step in steps):
        return _("四级都还没有评估")
    return _("已评估的各级没有发现差距")


def _summary(occasions: Sequence[Occasion], ends: tuple[Sequence[Shown], Sequence[Shown]]) -> str:
    """Section F in one line, for print."""
    if not occasions:
        return _("未评估：还没有演练、观察或作品")
    said = _("%(n)s 次，最近 %(day)s", n=len(occasions), day=occasions[0].happened_on.isoformat())
    if not ends[0]:
        return said
    return said + _("；最高%(high)s，最低%(low)s", high=_scores(ends[0]), low=_scores(ends[1]))


def _scores(shown: Sequence[Shown]) -> str:
    return _("、").join(f"{one.name} {one.mean:g}" for one in shown)
