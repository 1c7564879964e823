"""The form of an item: what its fields show, and what they ask to change in the text.

A field that says what the text says already changes nothing, so that saving a form leaves all but
the changed fields as their author wrote them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from app.authoring.names import Names
from app.banks.outline import ItemLine, texts
from app.banks.patch import Raw
from app.domain.banks import LETTERS, parse_letters, parse_true_false
from app.domain.items import DEFAULT_LANG, ItemStatus, ItemType

MAX_TEXT: Final = 20_000
MAX_ROWS: Final = len(LETTERS)
MAX_CRITERIA: Final = 20
_SPLIT: Final = re.compile(r"[,，、;；\n]+")
_LETTER: Final = re.compile(r"\{([A-J])\}")
CHOICES: Final = frozenset({ItemType.SINGLE.value, ItemType.MULTI.value})
# Fields that mean nothing for a type and would be an error there.
_ONLY: Final[Mapping[str, frozenset[str]]] = {
    "options": CHOICES,
    "feedback": CHOICES,
    "scoring": frozenset({"multi"}),
    "rubric": frozenset({"short"}),
    "rubric_cap": frozenset({"short"}),
    "grading": frozenset({"short"}),
    "max_chars": frozenset({"short"}),
}


class Sent(Protocol):
    """What a form sent: `request.form`, or a mapping of lists."""

    def get(self, key: str, default: Any = None) -> Any:
        """The first value of a field."""

    def getlist(self, key: str) -> list[str]:
        """All values of a field."""


class Listed:
    """A JSON object of texts and lists of texts as a sent form."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def getlist(self, key: str) -> list[str]:
        """All values of a field; what is no text is left out."""
        value = self.values.get(key, [])
        many = value if isinstance(value, list) else [value]
        return [one for one in many if isinstance(one, str)]

    def get(self, key: str, default: Any = None) -> Any:
        """The first value of a field."""
        return next(iter(self.getlist(key)), default)


class Named:
    """A sent form whose competencies were written by their names."""

    def __init__(self, sent: Sent, names: Names) -> None:
        self.sent, self.names = sent, names

    def get(self, key: str, default: Any = None) -> Any:
        """The first value of a field."""
        value = self.sent.get(key, default)
        if key != "competencies" or not isinstance(value, str):
            return value
        return ",".join(self.names.slug(word) for word in _SPLIT.split(value))

    def getlist(self, key: str) -> list[str]:
        """All values of a field."""
        return self.sent.getlist(key)


# ---------------------------------------------------------------- what the form shows


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option: its letter is the row's name, `texts` and `feedback` by language."""

    row: str
    texts: Mapping[str, str]
    feedback: Mapping[str, str]
    is_key: bool


@dataclass(frozen=True, slots=True)
class CriterionField:
    """One rubric point."""

    row: str
    id: str
    points: str
    texts: Mapping[str, str]
    keywords: str
    need: str
    vetoes: str


@dataclass(frozen=True, slots=True)
class ItemFields:
    """All fields of an item as the form shows them."""

    id: str
    type: str
    stem: Mapping[str, str]
    options: tuple[OptionField, ...]
    judged: str
    model: Mapping[str, str]
    rubric: tuple[CriterionField, ...]
    points: str
    difficulty: str
    scoring: str
    shuffle: str
    competencies: str
    tags: str
    source: str
    why: Mapping[str, str]
    status: str
    image: str
    alt: Mapping[str, str]
    max_chars: str


def item_fields(item: ItemLine, lang: str) -> ItemFields:
    """The form of an item of the text."""
    values = item.values
    answers = _answers(values)
    feedback = _map(values.get("feedback"))
    options = _map(values.get("options"))
    keys = set(parse_letters(answers)) if item.type in CHOICES else set()
    judged = parse_true_false(answers[0]) if item.type == "true_false" and answers else None
    return ItemFields(
        id=item.id,
        type=item.type or "single",
        stem=texts(values.get("stem"), lang),
        options=tuple(
            OptionField(
                letter, texts(text, lang), texts(feedback.get(letter), lang), letter in keys
            )
            for letter, text in options.items()
        ),
        judged="" if judged is None else ("true" if judged else "false"),
        model=texts(values.get("answer"), lang) if item.type == "short" else {},
        rubric=tuple(_criteria(values.get("rubric"), lang)),
        points=_one(values.get("points")),
        difficulty=_one(values.get("difficulty")),
        scoring=_one(values.get("scoring")),
        shuffle=_one(values.get("shuffle")),
        competencies=_joined(values.get("competencies")),
        tags=_joined(values.get("tags")),
        source=_one(values.get("source")),
        why=texts(values.get("why"), lang),
        status=item.status,
        image=_one(values.get("image")),
        alt=texts(values.get("x-alt"), lang),
        max_chars=_one(values.get("max_chars")),
    )


def languages(lang: str, items: Sequence[ItemLine]) -> tuple[str, ...]:
    """The bank's language, the other of the two, and whatever else its stems are written in."""
    other = "en" if lang.startswith("zh") else DEFAULT_LANG
    found = dict.fromkeys([lang, other])
    for item in items:
        found.update(dict.fromkeys(texts(item.values.get("stem"), lang)))
    return tuple(found)[:4]


def is_bilingual(lang: str, items: Sequence[ItemLine]) -> bool:
    """Whether at least half of the stems are written in a language beside the bank's own."""
    second = [item for item in items if set(texts(item.values.get("stem"), lang)) - {lang}]
    return 0 < len(items) <= 2 * len(second)


def _one(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _joined(value: Any) -> str:
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    return ", ".join(one for one in many if isinstance(one, str))


def competency_words(item: ItemLine) -> tuple[str, ...]:
    """The competencies of an item as the text has them."""
    many = item.values.get("competencies")
    return tuple(one for one in many if isinstance(one, str)) if isinstance(many, list) else ()


def _answers(values: Mapping[str, Any]) -> tuple[str, ...]:
    answer = values.get("answer")
    if isinstance(answer, str):
        return (answer,) if answer.strip() else ()
    return tuple(one for one in answer or () if isinstance(one, str))


def _criteria(value: Any, lang: str) -> Iterator[CriterionField]:
    many = value if isinstance(value, Sequence) and not isinstance(value, str) else []
    for n, one in enumerate(many):
        if isinstance(one, Mapping):
            yield CriterionField(
                row=str(n),
                id=_one(one.get("id")),
                points=_one(one.get("points")),
                texts=texts(one.get("point"), lang),
                keywords=_joined(one.get("keywords")),
                need=_one(one.get("need")),
                vetoes=_joined(one.get("not")),
            )


# ---------------------------------------------------------------- what the form asks for


def changes(sent: Sent, item: ItemLine, section: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """Fields to set or, where None, to take away. `section` holds the fields of its section."""
    form = _Form(sent, item, section, lang)
    wanted = form.wanted()
    return {
        name: value for name, value in wanted.items() if not _equal(value, item.values.get(name))
    }


def _equal(value: Any, old: Any) -> bool:
    return bool(value == old) or (value is None and old is None)


def _said(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()[:MAX_TEXT]


class _Form:
    def __init__(self, sent: Sent, item: ItemLine, section: Mapping[str, Any], lang: str) -> None:
        self.sent = sent
        self.item = item
        self.old = item.values
        self.section = section
        self.lang = lang
        self.type = str(sent.get("type") or item.type)

    def wanted(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": self._type(),
            "stem": self._text("stem", self.old.get("stem")) or self.old.get("stem"),
            "image": self._line("image"),
            "x-alt": self._text("alt", self.old.get("x-alt")),
            "points": self._figure("points"),
            "scoring": self._figure("scoring"),
            "shuffle": self._figure("shuffle"),
            "difficulty": self._figure("difficulty"),
            "max_chars": self._figure("max_chars"),
            "source": self._line("source"),
            "competencies": self._list("competencies"),
            "tags": self._list("tags"),
            "status": self._status(),
            "why": self._text("why", self.old.get("why")),
        }
        found |= self._body()
        for name, types in _ONLY.items():
            if self.type not in types:
                found[name] = None
        return found

    def _type(self) -> str | None:
        if "type" in self.old or self.section.get("type") != self.type:
            return self._kept("type", Raw(self.type))
        return None

    def _kept(self, name: str, value: str) -> str:
        """The old value where the new one says the same."""
        old = self.old.get(name)
        return old if isinstance(old, str) and old.strip() == value else value

    def _figure(self, name: str) -> str | None:
        value = _said(str(self.sent.get(name) or ""))
        if not value:
            return None
        is_plain = re.fullmatch(r"[\w.%]{1,20}", value) is not None
        return self._kept(name, Raw(value) if is_plain else value)

    def _line(self, name: str) -> str | None:
        value = " ".join(_said(str(self.sent.get(name) or "")).split())
        return self._kept(name, value) if value else None

    def _status(self) -> str | None:
        value = str(self.sent.get("status") or ItemStatus.ACTIVE.value)
        if value == ItemStatus.ACTIVE.value and "status" not in self.old:
            return None
        return self._kept("status", Raw(value))

    def _list(self, name: str) -> Any:
        parts = _SPLIT.split(str(self.sent.get(name) or ""))
        words = list(dict.fromkeys(word for part in parts if (word := " ".join(part.split()))))
        old = self.old.get(name)
        if isinstance(old, list) and [_one(one) for one in old] == words:
            return old
        return words or None

    def _text(self, name: str, old: Any) -> Any:
        """A text by language: as it was when it says the same, else a string or a map."""
        before = texts(old, self.lang)
        shown = {
            tag: _said(str(self.sent.get(f"{name}.{tag}")))
            for tag in self._tags(before)
            if self.sent.get(f"{name}.{tag}") is not None
        }
        said = {**{t: w for t, w in before.items() if t not in shown}, **shown}
        said = {
            tag: before[tag] if _said(before.get(tag, "")) == words else words
            for tag, words in said.items()
            if words
        }
        if not said:
            return None
        if said == before:
            return old
        if set(said) == {self.lang} and not isinstance(old, Mapping):
            return said[self.lang]
        return said

    def _tags(self, before: Mapping[str, str]) -> list[str]:
        return list(dict.fromkeys([*before, self.lang, "zh-CN", "en"]))

    # ------------------------------------------------------------ bodies

    def _body(self) -> dict[str, Any]:
        if self.type in CHOICES:
            return self._choice()
        if self.type == "true_false":
            return {"answer": self._judged()}
        return {
            "answer": self._text("model", self._old_if("short", "answer")),
            "rubric": self._rubric(),
        }

    def _old_if(self, kind: str, name: str) -> Any:
        return self.old.get(name) if self.item.type == kind else None

    def _judged(self) -> Any:
        value = str(self.sent.get("judged") or "")
        if value not in {"true", "false"}:
            return None
        old = _answers(self.old)
        if self.item.type == "true_false" and old and parse_true_false(old[0]) == (value == "true"):
            return self.old.get("answer")
        words = ("对", "错") if self.lang.startswith("zh") else ("true", "false")
        return Raw(words[0] if value == "true" else words[1])

    def _choice(self) -> dict[str, Any]:
        old_options = _map(self.old.get("options"))
        old_feedback = _map(self.old.get("feedback"))
        rows = self._rows(old_options)
        renamed = {row: LETTERS[n] for n, (row, _text) in enumerate(rows) if row in old_options}
        options = {LETTERS[n]: text for n, (_row, text) in enumerate(rows)}
        feedback = {}
        for n, (row, _text) in enumerate(rows):
            said = self._text(f"feedback.{row}", old_feedback.get(row))
            if said is not None:
                feedback[LETTERS[n]] = _relettered(said, old_feedback.get(row), renamed)
        found: dict[str, Any] = {
            "options": options or None,
            "feedback": feedback or None,
            "answer": self._key([row for row, _text in rows]),
        }
        why = self._text("why", self.old.get("why"))
        if why is not None:
            found["why"] = _relettered(why, self.old.get("why"), renamed)
        return found

    def _rows(self, old: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """The rows in the order of the page that hold a text."""
        rows = []
        for row in dict.fromkeys(self.sent.getlist("row")):
            text = self._text(f"option.{row}", old.get(row))
            if text is not None:
                rows.append((row, text))
        return rows[:MAX_ROWS]

    def _key(self, rows: Sequence[str]) -> Any:
        chosen = set(self.sent.getlist("key"))
        letters = [LETTERS[n] for n, row in enumerate(rows) if row in chosen]
        if not letters:
            return None
        if self.item.type in CHOICES and list(parse_letters(_answers(self.old))) == letters:
            return self.old.get("answer")
        if self.type == "single" and len(letters) == 1:
            return Raw(letters[0])
        return letters

    def _rubric(self) -> Any:
        old = self._old_if("short", "rubric")
        before = old if isinstance(old, list) else []
        criteria: list[dict[str, Any]] = []
        rows = list(dict.fromkeys(self.sent.getlist("crow")))[:MAX_CRITERIA]
        for row in rows:
            place = int(row) if row.isascii() and row.isdigit() and int(row) < len(before) else None
            kept = _map(before[place]) if place is not None else {}
            if criterion := self._criterion(f"c.{row}", kept, len(criteria)):
                criteria.append(criterion)
        return criteria or None

    def _criterion(self, name: str, old: Mapping[str, Any], place: int) -> dict[str, Any]:
        point = self._text(f"{name}.point", old.get("point"))
        if point is None:
            return {}
        inner = _Form(_Prefixed(self.sent, name), self._as_item(old), self.section, self.lang)
        identity = inner._line("id") or f"c{place + 1}"
        found = {
            **old,
            "id": identity,
            "points": inner._figure("points") or Raw("1"),
            "point": point,
            "keywords": inner._list("keywords"),
            "need": inner._figure("need"),
            "not": inner._list("not"),
        }
        return {key: value for key, value in found.items() if value is not None}

    def _as_item(self, values: Mapping[str, Any]) -> ItemLine:
        return ItemLine(0, 0, 0, 0, 0, "", "short", "", "", "", values)


class _Prefixed:
    """The fields of a sent form below a name."""

    def __init__(self, sent: Sent, name: str) -> None:
        self.sent, self.name = sent, name

    def get(self, key: str, default: Any = None) -> Any:
        return self.sent.get(f"{self.name}.{key}", default)

    def getlist(self, key: str) -> list[str]:
        return self.sent.getlist(f"{self.name}.{key}")


def _relettered(text: Any, old: Any, renamed: Mapping[str, str]) -> Any:
    """`{B}` follows its option to its new place, in a text that nobody touched."""
    if text != old or all(before == after for before, after in renamed.items()):
        return text

    def name(found: re.Match[str]) -> str:
        return "{" + renamed.get(found[1], found[1]) + "}"

    if isinstance(text, str):
        return _LETTER.sub(name, text)
    return {tag: _LETTER.sub(name, words) for tag, words in text.items()}


class PartForm(_Form):
    """The form of a section or of the bank itself."""

    def __init__(self, sent: Sent, part: ItemLine, lang: str) -> None:
        super().__init__(sent, part, {}, lang)

    def part(self, texts: Sequence[str], figures: Sequence[str]) -> dict[str, Any]:
        """Texts and figures of the part, None where a field was emptied."""
        found = {name: self._text(name, self.old.get(name)) for name in texts}
        return found | {name: self._figure(name) for name in figures}
