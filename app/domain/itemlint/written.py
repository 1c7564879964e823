"""Rules of short answers: can two markers agree on what is asked for?"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from app.domain.banks import Finding, ItemDraft, Path, PlainText
from app.domain.itemlint import words
from app.domain.items import Criterion

_FIGURE: Final = re.compile(r"\d")


def look_at_written(item: ItemDraft) -> Iterator[Finding]:
    """What the rules say about rubric and model answer."""
    if "rubric" in item.broken:
        return
    if not item.rubric:
        yield Finding("W570", item.path, at_key=True)
    for number, criterion in enumerate(item.rubric):
        place: Path = (*item.path, "rubric", number, "point")
        for lang, text in criterion.point.items():
            if not _is_observable(text, lang):
                is_map = not isinstance(criterion.point, PlainText)
                yield Finding("W571", (*place, lang) if is_map else place, {"id": criterion.id})
    if item.model_answer and item.rubric:
        yield from _fit(item)


def _is_observable(text: str, lang: str) -> bool:
    tongue = words.tongue(lang)
    if tongue is None:
        return True
    can_see, vague = (
        (words.OBSERVABLE, words.VAGUE) if tongue == "zh" else (words.OBSERVABLE_EN, words.VAGUE_EN)
    )
    own = words.own_words(text)
    # A figure can be seen as well as an action.
    return bool(_FIGURE.search(own) or can_see.search(vague.sub("◇", own)))


def _fit(item: ItemDraft) -> Iterator[Finding]:
    answer = _folded(" ".join((item.model_answer or {}).values()))
    for number, criterion in enumerate(item.rubric):
        if missing := _misses(criterion, answer):
            place: Path = (*item.path, "rubric", number, "id")
            yield Finding("W572", place, {"id": criterion.id, "missing": missing})
        elif veto := next((word for word in criterion.vetoes if _folded(word) in answer), None):
            place = (*item.path, "rubric", number, "id")
            yield Finding("W572.veto", place, {"id": criterion.id, "word": veto})


def _misses(criterion: Criterion, answer: str) -> tuple[str, ...]:
    """The keyword groups without which the model answer would not meet the criterion."""
    groups = criterion.keywords
    lacking = tuple(
        "|".join(group[:3]) for group in groups if not any(_folded(w) in answer for w in group)
    )
    need = len(groups) if criterion.need is None else criterion.need
    return lacking if len(groups) - len(lacking) < need else ()


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
