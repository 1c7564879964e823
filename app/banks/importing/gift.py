"""GIFT, the text format of Moodle: questions parted by blank lines, answers in braces.

Comments carry what GIFT has no place for: `[id:…]` and `[tag:…]` as Moodle writes them, and the
lines of `EXTRAS` as our own export writes them; other programs leave comments out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from app.banks import rubrics
from app.banks.importing import gathering as g
from app.banks.importing.moodle import path_parts
from app.banks.importing.richtext import Rich, from_html, from_plain, looks_like_html
from app.domain.imports import FoundBank, FoundItem, FoundSection, Place
from app.domain.items import ItemType, Rule

EXTRAS: Final = ("分值", "难度", "参考答案", "评分点", "选项顺序")
FIXED_ORDER: Final = "固定"
_CATEGORY: Final = re.compile(r"^\s*\$CATEGORY:\s*(.*)$", re.IGNORECASE)
_EXTRA: Final = re.compile(rf"^\s*//\s*({'|'.join(EXTRAS)})[：:]\s?(.*)$")
_BRACKETS: Final = re.compile(r"\[(id|tag):((?:\\.|[^\]\\])*)\]")
_FORMAT: Final = re.compile(r"^\s*\[(html|moodle|plain|markdown)\]\s?", re.IGNORECASE)
_WEIGHT: Final = re.compile(r"^\s*%(-?\d{1,3}(?:\.\d{0,15})?)%")
_NAME: Final = re.compile(r"^\s*::((?:\\.|[^\\])*?)::")
_JUDGED: Final = re.compile(r"^(TRUE|T|FALSE|F)$", re.IGNORECASE)
# A sign that an author escaped, so that no rule of GIFT sees it.
_HIDDEN: Final = {sign: chr(0xE000 + number) for number, sign in enumerate("\\~=#{}:n")}
_SHOWN: Final = {hidden: "\n" if sign == "n" else sign for sign, hidden in _HIDDEN.items()}
GAP: Final = "______"


def read(data: bytes) -> FoundBank:
    """What a GIFT file holds; what cannot be read is a note.

    Raises ImportUnreadableError for bytes that are no text.
    """
    text, notes = g.lines_of(data)
    found = g.Gathering()
    found.notes += notes
    return _Reader(found).read(text)


@dataclass(slots=True)
class _Block:
    """The lines of one question: where it begins, its comments, its text."""

    line: int = 0
    comments: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def depth(self) -> int:
        return sum(_depth(line) for line in self.lines)


def _depth(line: str) -> int:
    line = re.sub(r"\\.", "", line)
    return line.count("{") - line.count("}")


class _Reader:
    """Reads one file from top to bottom."""

    def __init__(self, found: g.Gathering) -> None:
        self.found = found
        self.between: tuple[str, ...] = ()
        self.tops: set[str] = set()
        self.is_deep = False

    def read(self, text: str) -> FoundBank:
        for block in self.blocks(text):
            self.question(block)
        is_common = self.is_deep and len(self.tops) == 1
        return self.found.bank(title=self.tops.pop() if is_common else None)

    def blocks(self, text: str) -> Iterator[_Block]:
        block = _Block()
        for number, line in enumerate(text.split("\n"), 1):
            if not block.lines and (category := _CATEGORY.match(line)):
                self.category(category[1], number)
            elif line.lstrip().startswith("//"):
                block.comments.append(line)
            elif line.strip():
                block.line = block.line or number
                block.lines.append(line)
            elif block.lines and block.depth <= 0:
                yield block
                block = _Block()
            elif block.lines:
                # Moodle would end here; generators leave blank lines between answers.
                block.lines.append("")
        if block.lines:
            yield block

    def category(self, path: str, line: int) -> None:
        # GIFT escapes the colon of a name; Moodle doubles a slash within a name.
        parts = tuple(path_parts(_shown(_hidden(path)).replace("//", "\0")))
        if not parts:
            return
        self.tops.add(parts[0])
        self.is_deep = self.is_deep or len(parts) > 1
        place = self.found.place(line)
        self.found.section(FoundSection(place, (), title=g.say(parts[-1])))
        self.between = tuple(part[:40] for part in parts[1:-1])

    def question(self, block: _Block) -> None:
        place = self.found.place(block.line)
        if block.depth != 0:
            key = "E624" if block.depth > 0 else "E624.closed"
            self.found.note(key, place)
            return
        one = _Question(block, self.found, place)
        item = one.item()
        if item is None:
            return
        one.pictures.tell(place)
        tags = tuple(dict.fromkeys((*self.between, *item.tags)))
        self.found.add(replace(item, tags=tags, image=one.pictures.kept))


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer of a question: its sign, weight, text and feedback, signs still hidden."""

    sign: str
    weight: Fraction | None
    text: str
    feedback: str


class _Question:
    """One question: the name, the stem, the answers in braces."""

    def __init__(self, block: _Block, found: g.Gathering, place: Place) -> None:
        self.block = block
        self.found = found
        self.place = place
        self.pictures = g.Pictures(found, _no_picture)
        text = _hidden("\n".join(block.lines))
        name = _NAME.match(text)
        self.name = _shown(name[1]).strip() if name else ""
        text = text[name.end() :] if name else text
        mark = _FORMAT.match(text)
        self.format = mark[1].lower() if mark else ""
        text = text[mark.end() :] if mark else text
        self.before, brace, rest = text.partition("{")
        inside, _, self.after = rest.rpartition("}")
        self.inside = inside.strip() if brace else None
        self.said = [m for line in block.comments if (m := _EXTRA.match(line))]

    # ------------------------------------------------------------ texts

    def text(self, hidden: str, *, inline: bool = False, keeps: bool = False) -> str:
        mark = _FORMAT.match(hidden)
        format_ = mark[1].lower() if mark else self.format
        words = _shown(hidden[mark.end() :] if mark else hidden).strip()
        if format_ == "html" or (format_ in {"", "moodle"} and looks_like_html(words)):
            rich = from_html(words, inline=inline)
        elif format_ == "markdown":
            rich = Rich(words)
        else:
            rich = Rich(from_plain(words))
        return self.pictures.read(rich, keeps=keeps)

    def remark(self, label: str) -> list[str]:
        return [_line(words) for words in self.remarks(label)]

    def remarks(self, label: str) -> list[str]:
        return [found[2] for found in self.said if found[1] == label]

    def brackets(self, kind: str) -> list[str]:
        found = (m for line in self.block.comments for m in _BRACKETS.finditer(line))
        return [re.sub(r"\\(.)", r"\1", m[2]).strip() for m in found if m[1] == kind]

    # ------------------------------------------------------------ items

    def item(self) -> FoundItem | None:
        if self.inside is None:
            self.unknown("description")
            return None
        body, general = _general(self.inside)
        kind = _kind(body)
        if kind is None:
            self.unknown(_foreign(body))
            return None
        stem = self.before.strip()
        if self.after.strip():
            stem = f"{stem} {GAP} {self.after.strip()}"
        ids = [*self.brackets("id"), g.name_as_id(self.name) or ""]
        difficulty = [
            int(word) for word in self.remark("难度") if word in {"1", "2", "3", "4", "5"}
        ]
        item = FoundItem(
            place=self.place,
            source="\n".join(self.block.lines).strip(),
            stem=g.say(self.text(stem, keeps=True) or self.name),
            points=next(iter(map(g.points_of, self.remark("分值"))), None),
            why=g.maybe(self.text(general)),
            tags=tuple(tag[:40] for tag in self.brackets("tag")),
            difficulty=difficulty[0] if difficulty else None,
            id=next((one for one in ids if g.ID.fullmatch(one)), None),
        )
        readers = {
            ItemType.SINGLE: self.choice,
            ItemType.TRUE_FALSE: self.true_false,
            ItemType.SHORT: self.short,
        }
        return readers[kind](item, body)

    def unknown(self, kind: str) -> None:
        name = self.name or " ".join(_shown(self.before).split())
        self.found.note("W620", self.place, type=kind, name=name)

    def true_false(self, item: FoundItem, body: str) -> FoundItem:
        word, *said = body.split("#")
        is_true = word.strip().upper().startswith("T")
        parts = [next(iter(item.why.values()))] if item.why else []
        # The first comment is for the wrong answer, the second for the right one.
        for comment, judged in zip(said, (not is_true, is_true), strict=False):
            if words := self.text(comment):
                parts.append(f"{'对' if judged else '错'}：{words}")
        answer = "true" if is_true else "false"
        why = g.maybe("\n\n".join(parts))
        return replace(item, type=ItemType.TRUE_FALSE, answer=(answer,), why=why)

    def short(self, item: FoundItem, body: str) -> FoundItem:
        answers = list(_answers(body))
        if not answers:
            model = "\n".join(self.remark("参考答案"))
            rows = [list(map(_line, line.split("\t"))) for line in self.remarks("评分点")]
            rubric = tuple(one for row in rows if (one := rubrics.criterion(row)))
            return replace(item, type=ItemType.SHORT, model_answer=g.maybe(model), rubric=rubric)
        full = [a for a in answers if a.weight is None or a.weight >= 1]
        words = [_shown(answer.text).strip() for answer in full]
        criterion = g.keyword_criterion(words, item.points)
        self.found.note(
            "W624", self.place, about=True, answers=tuple(_shown(a.text).strip() for a in answers)
        )
        return replace(
            item,
            type=ItemType.SHORT,
            model_answer=g.maybe(from_plain(" / ".join(word.strip(" *") for word in words))),
            rubric=(criterion,) if criterion else (),
        )

    def choice(self, item: FoundItem, body: str) -> FoundItem:
        answers = list(_answers(body))
        letters = [g.letter(number) for number in range(len(answers))]
        is_single = any(answer.sign == "=" for answer in answers)
        weights = {
            of: answer.weight if answer.weight is not None else Fraction(answer.sign == "=")
            for of, answer in zip(letters, answers, strict=True)
        }
        feedback = {
            of: g.say(words)
            for of, answer in zip(letters, answers, strict=True)
            if (words := self.text(answer.feedback))
        }
        # Moodle's own reading: one `=` makes it a single choice, weights alone a multiple one.
        found = replace(
            item,
            type=ItemType.SINGLE if is_single else ItemType.MULTI,
            options=tuple(
                (of, g.say(self.text(answer.text, inline=True)))
                for of, answer in zip(letters, answers, strict=True)
            ),
            answer=tuple(
                of for of in letters if weights[of] >= (1 if is_single else Fraction(1, 10**6))
            ),
            rule=None if is_single else self.rule(weights),
            shuffle=False if FIXED_ORDER in self.remark("选项顺序") else None,
            feedback=feedback,
        )
        rest = tuple(of for of in letters if weights[of] > 0 and of not in found.answer)
        if rest:
            self.found.note("W623.single", self.place, about=True, letters=rest)
        return g.as_true_false(found) or found

    def rule(self, weights: dict[str, Fraction]) -> Rule | None:
        key = frozenset(of for of, weight in weights.items() if weight > 0)
        rule = g.rule_of(g.weighted(weights), tuple(weights), key)
        if rule is None and key:
            said = tuple(f"{of} {float(weight * 100):.4g}%" for of, weight in weights.items())
            self.found.note("W623", self.place, about=True, weights=said)
        return rule


def _no_picture(_source: str) -> None:
    """A GIFT file carries no pictures."""


def _hidden(text: str) -> str:
    return re.sub(r"\\([\\~=#{}:n])", lambda found: _HIDDEN[found[1]], text)


def _shown(text: str) -> str:
    return re.sub("[\ue000-\ue007]", lambda found: _SHOWN[found[0]], text)


def _line(text: str) -> str:
    """A comment's text: `\\n` is a line break, `\\\\` a backslash."""
    return re.sub(r"\\([\\nt])", lambda m: {"n": "\n", "t": "\t"}.get(m[1], "\\"), text).rstrip(
        "\r"
    )


def _general(body: str) -> tuple[str, str]:
    """The answers, and the general feedback behind `####`."""
    answers, _, general = body.partition("####")
    return answers.strip(), general.strip()


def _kind(body: str) -> ItemType | None:
    """Which of ours it is: single stands for both choices; None for all other types."""
    if not body:
        return ItemType.SHORT
    if body.startswith("#"):
        return None
    if _JUDGED.match(body.partition("#")[0].strip()):
        return ItemType.TRUE_FALSE
    answers = list(_answers(body))
    if not answers:
        return None
    if any(answer.sign == "~" for answer in answers):
        return ItemType.SINGLE
    return None if _is_matching(answers) else ItemType.SHORT


def _is_matching(answers: list[_Answer]) -> bool:
    return len(answers) > 1 and all("->" in answer.text for answer in answers)


def _foreign(body: str) -> str:
    if body.startswith("#"):
        return "numerical"
    return "matching" if _is_matching(list(_answers(body))) else "unknown"


def _answers(body: str) -> Iterator[_Answer]:
    for part in re.finditer(r"([=~])([^=~]*)", body):
        text, _, feedback = part[2].partition("#")
        weight = _WEIGHT.match(text)
        yield _Answer(
            sign=part[1],
            weight=g.fraction_of(weight[1]) if weight else None,
            text=(text[weight.end() :] if weight else text).strip(),
            feedback=feedback.strip(),
        )
