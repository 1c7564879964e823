"""How the people of the demo answer: ability against difficulty, the same for the same seed.

Item response theory in small: the chance of a right answer is logistic in ability minus
difficulty. Every draw has a name (person, assessment, item), so that nothing depends on the order
in which the story is told, nor on the day it is loaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log
from random import Random
from typing import Any, Final

from app.domain.items import DEFAULT_LANG, Choice, Item, ShortAnswer, TrueFalse, text_in
from app.domain.papers import letter_of

SEED: Final = "lianbing-demo-1"
SLOPE: Final = 1.35
MIDDLE: Final = 0.3
# Share of right answers of a middling seller by the author's difficulty 1-5.
FACILITY: Final = {1: 0.92, 2: 0.85, 3: 0.76, 4: 0.62, 5: 0.45}
HARDEST, EASIEST = 0.30, 0.95
# Clear items that most new sellers get wrong at first.
TRICKY: Final = {"pk-005": 0.22, "tt-010": 0.32, "nd-009": 0.36}
# Items whose wording leaves even good sellers guessing: found by their low discrimination.
AMBIGUOUS: Final = frozenset({"pk-009", "tt-005", "crm-006", "nd-004"})
AMBIGUOUS_FACILITY: Final = 0.56
# The item of the demo's own quiz whose key is wrong: who knows the answer is marked down.
WRONG_KEY: Final = "mq-007"
WRONG_KEY_TRUTH: Final = "C"
BLANK: Final = 0.015


def dice(*labels: object) -> Random:
    """Random numbers that belong to these names alone."""
    return Random("/".join(map(str, (SEED, *labels))))  # noqa: S311  a story, not a secret


@dataclass(frozen=True, slots=True)
class Mind:
    """One person at one sitting: ability by competency slug, and names for the draws."""

    who: str
    sitting: str
    ability: Mapping[str, float]

    def on(self, item: Item) -> float:
        """The ability an item asks for: the mean over its competencies."""
        found = [self.ability[slug] for slug in item.competencies if slug in self.ability]
        return sum(found) / len(found) if found else MIDDLE

    def dice(self, item: Item) -> Random:
        """The draws of this person at this item in this sitting."""
        return dice(self.who, self.sitting, item.id)


def logistic(x: float) -> float:
    """0-1."""
    return 1 / (1 + exp(-x))


def difficulty(item: Item) -> float:
    """Where on the scale of ability half the people get it right."""
    spread = dice("item", item.id).gauss(0, 0.14 if item.difficulty > 3 else 0.08)
    if item.id in TRICKY:
        return MIDDLE - log(TRICKY[item.id] / (1 - TRICKY[item.id])) / SLOPE
    share = min(EASIEST, max(HARDEST, FACILITY[item.difficulty] + spread))
    return MIDDLE - log(share / (1 - share)) / SLOPE


def chance(mind: Mind, item: Item) -> float:
    """The chance that this person knows it."""
    if item.id in AMBIGUOUS:
        return AMBIGUOUS_FACILITY - 0.07 * (mind.on(item) - MIDDLE)
    return logistic(SLOPE * (mind.on(item) - difficulty(item)))


def respond(mind: Mind, item: Item, order: Sequence[str]) -> dict[str, Any] | None:
    """The response as the test page sends it; None leaves the item blank.

    `order` is the order of the options this person sees.
    """
    roll = mind.dice(item)
    if roll.random() < BLANK:
        return None
    knows = roll.random() < chance(mind, item)
    match item.body:
        case TrueFalse(key=key):
            return {"value": bool(key) is knows}
        case Choice(multiple=True) as body:
            chosen = set(body.key) if knows else _half_known(body, roll)
        case Choice() as body:
            chosen = {_picked(item, body, roll, knows=knows)}
        case ShortAnswer() as body:
            return {"text": _written(body, _met(mind, item, body))}
    letters = (letter_of(order, option) for option in chosen)
    return {"options": sorted(letter for letter in letters if letter is not None)}


def _picked(item: Item, body: Choice, roll: Random, *, knows: bool) -> str:
    """One option: what is known to be right, else a mistake that many make."""
    truth = WRONG_KEY_TRUTH if item.id == WRONG_KEY else next(iter(body.key))
    if knows:
        return truth
    wrong = sorted(option.id for option in body.options if option.id != truth)
    favour = dice("distractors", item.id)
    weights = [favour.uniform(0.4, 2.0) for _ in wrong]
    return roll.choices(wrong, weights)[0]


def _half_known(body: Choice, roll: Random) -> set[str]:
    """A right option missing (part of the points), or a wrong one ticked (none)."""
    key, wrong = sorted(body.key), sorted({o.id for o in body.options} - body.key)
    chosen = set(roll.sample(key, max(1, len(key) - roll.choice((1, 1, 2)))))
    if wrong and (len(chosen) == len(key) or roll.random() < 0.45):
        chosen.add(roll.choice(wrong))
    return chosen


# ---------------------------------------------------------------- written answers

_NOT_SURE: Final = (
    "我先把客户的问题记下来，回去核实后当天回复，不现场猜数字。",
    "这个我不太确定，会请经理一起答复，再约一个时间说清楚。",
    "先说明我们的方案能帮上忙，然后再找资料给客户看。",
)


def criteria_met(mind: Mind, item: Item) -> frozenset[str]:
    """Ids of the rubric criteria this person's answer meets."""
    if not isinstance(item.body, ShortAnswer):
        return frozenset()
    return _met(mind, item, item.body)


def _met(mind: Mind, item: Item, body: ShortAnswer) -> frozenset[str]:
    roll = dice(mind.who, mind.sitting, item.id, "rubric")
    share = 0.12 + 0.82 * logistic(1.3 * (mind.on(item) + 0.4))
    return frozenset(one.id for one in body.rubric if roll.random() < share)


def _written(body: ShortAnswer, met: frozenset[str]) -> str:
    """The part of the model answer that goes with the criteria met, within the limit."""
    model = text_in(body.model_answer, DEFAULT_LANG) if body.model_answer else ""
    sentences = [part + "。" for part in model.replace("\n", "").split("。") if part.strip()]
    total = len(body.rubric) or 1
    keep = ceil(len(sentences) * len(met) / total)
    text = "".join(sentences[:keep]) or _NOT_SURE[len(model) % len(_NOT_SURE)]
    return text[: body.max_chars] if body.max_chars else text


COMMENTS: Final = {
    0: "先把客户的话复述一遍，再答。",
    1: "方向对，少了一步：用客户的数字说明价值。",
    2: "结构完整，数字也对。",
}


def comment_for(met: int, total: int) -> str:
    """A marker's word to the learner."""
    if met == 0:
        return COMMENTS[0]
    return COMMENTS[2] if met == total else COMMENTS[1]
