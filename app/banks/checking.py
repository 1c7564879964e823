"""Checks a working copy: the loader's findings, and what only the database knows."""

from collections.abc import Collection
from dataclasses import dataclass

from app.banks.loader import Loaded, load_text, parse
from app.banks.messages import Problem, most_telling, problem
from app.banks.outline import Outline, outline
from app.domain.framework import Framework


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a working copy is checked against.

    `slug` None: a new bank. `published` are the ids of items that a published version holds,
    `number` that version.
    """

    slug: str | None = None
    pictures: frozenset[str] = frozenset()
    published: frozenset[str] = frozenset()
    number: int = 0
    framework: Framework | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A text with its findings, sorted by place. `loaded.bank` may stand although it has errors
    that only the database knows: ask `errors`."""

    loaded: Loaded
    outline: Outline
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> int:
        """How many findings stop a submit."""
        return sum(found.level == "error" for found in self.problems)

    @property
    def warnings(self) -> int:
        """How many findings do not."""
        return len(self.problems) - self.errors


def check_text(text: str, around: Surroundings) -> Checked:
    """Everything there is to say about a text."""
    loaded = load_text(text, framework=around.framework)
    found = outline(text)
    more: list[Problem] = []
    if found.is_readable:
        more = [*_id(text, found, around), *_pictures(text, around), *_gone(found, around)]
    return Checked(loaded, found, most_telling([*loaded.problems, *more]))


def _id(text: str, found: Outline, around: Surroundings) -> list[Problem]:
    if around.slug is None or not found.id or found.id == around.slug:
        return []
    line, col = parse(text.encode()).id_at
    return [problem("E103.bank_id", line, col, value=found.id, slug=around.slug)]


def _pictures(text: str, around: Surroundings) -> list[Problem]:
    files = parse(text.encode()).files
    return [
        problem("E240.upload", line, col, value=value)
        for value, line, col in files
        if value not in around.pictures
    ]


def _gone(found: Outline, around: Surroundings) -> list[Problem]:
    lacking: Collection[str] = sorted(around.published - {item.id for item in found.items})
    line = found.sections[0].line if found.sections else 1
    return [problem("W406", line, 1, id=name, number=around.number) for name in lacking]
