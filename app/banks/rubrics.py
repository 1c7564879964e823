"""A rubric as rows of words, for the formats that know no rubric, and back."""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from app.banks.messages import show_points
from app.domain.items import DEFAULT_LANG, Criterion, text_in

HEADER: Final = ("编号", "分值", "评分点", "关键词", "至少命中", "出现即不算")
HEADER_EN: Final = ("id", "points", "criterion", "keywords", "at least", "not")
_POINTS: Final = re.compile(r"\d{1,6}(\.\d{1,2})?", re.ASCII)
_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def header(lang: str) -> tuple[str, ...]:
    """The names of the columns."""
    return HEADER if lang == DEFAULT_LANG else HEADER_EN


def row(criterion: Criterion, lang: str, fallback: str = DEFAULT_LANG) -> tuple[str, ...]:
    """A criterion as one word or sentence per column."""
    return (
        criterion.id,
        show_points(criterion.points),
        text_in(criterion.point, lang, fallback),
        "; ".join("|".join(group) for group in criterion.keywords),
        "" if criterion.need is None else str(criterion.need),
        "; ".join(criterion.vetoes),
    )


def is_header(cells: Sequence[str]) -> bool:
    """True for the first row of a table that this module wrote."""
    return tuple(cells) in {HEADER, HEADER_EN}


def criterion(cells: Sequence[str]) -> Criterion | None:
    """The criterion of a row, None when it is none."""
    words = [cell.strip() for cell in cells] + [""] * (len(HEADER) - len(cells))
    id_, points, point, keywords, need, vetoes = words[: len(HEADER)]
    if not (_ID.fullmatch(id_) and _POINTS.fullmatch(points) and point and Fraction(points)):
        return None
    groups = (tuple(filter(None, map(str.strip, part.split("|")))) for part in keywords.split(";"))
    return Criterion(
        id=id_,
        points=Fraction(points),
        point={DEFAULT_LANG: point},
        keywords=tuple(group for group in groups if group),
        need=int(need) if need.isdecimal() and len(need) < 3 else None,
        vetoes=tuple(filter(None, map(str.strip, vetoes.split(";")))),
    )
