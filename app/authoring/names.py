"""Competencies as trainers call them, and the slugs that the file keeps."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.framework import Competency, CompetencyStatus, Framework
from app.domain.items import text_in

MOST_NEAR: Final = 5
_SEPARATOR: Final = re.compile(r"[,，、;；\n]")


@dataclass(frozen=True, slots=True)
class Names:
    """`slugs`: what may be written -> slug; `labels`: slug -> its name for the reader."""

    slugs: Mapping[str, str]
    labels: Mapping[str, str]
    active: tuple[str, ...]

    def slug(self, said: str) -> str:
        """The slug of a name in either language, of a slug itself; else what was said."""
        word = " ".join(said.split())
        return word if word in self.labels else self.slugs.get(word.casefold(), word)

    def shown(self, slugs: Sequence[str]) -> list[str]:
        """Names of slugs. Where a name would not lead back to its slug, the slug itself."""
        return [self._shown(slug) for slug in slugs]

    def _shown(self, slug: str) -> str:
        label = self.labels.get(slug, slug)
        return label if not _SEPARATOR.search(label) and self.slug(label) == slug else slug

    def near(self, said: str) -> list[str]:
        """Names that come near, the nearest first; without any, the first of the framework."""
        word = said.casefold()
        known = [name for name, slug in self.slugs.items() if slug in self.active]
        close = difflib.get_close_matches(word[:64], known, n=MOST_NEAR, cutoff=0.4)
        close += [name for name in known if set(word) & set(name) and not name.isascii()]
        slugs = list(dict.fromkeys(self.slugs[name] for name in close)) or list(self.active)
        return self.shown(slugs[:MOST_NEAR])


def names_of(found: Framework | None, lang: str) -> Names:
    """The names of a framework's competencies. A name that two of them have means neither."""
    all_of = found.competencies if found else ()
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for one in all_of:
        for word in _words(one):
            meant[word.casefold()].add(one.slug)
    return Names(
        slugs={word: next(iter(slugs)) for word, slugs in meant.items() if len(slugs) == 1},
        labels={one.slug: text_in(one.name, lang) for one in all_of},
        active=tuple(one.slug for one in all_of if one.status is CompetencyStatus.ACTIVE),
    )


def _words(one: Competency) -> Iterator[str]:
    texts: Iterable[Mapping[str, str] | None] = (one.name, one.short)
    yield one.slug
    for text in texts:
        for words in (text or {}).values():
            yield " ".join(words.split())
