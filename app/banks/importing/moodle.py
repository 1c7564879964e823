"""Moodle XML: the questions of a category file as items; what has no counterpart is named.

Texts are HTML, Markdown or plain; pictures stand in the file (`@@PLUGINFILE@@` with base64, or a
`data:` address). A multiple choice is scored by adding weights; the named rule is the one that
gives the same points for every set of ticks, or none is set and the trainer is told.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final
from urllib.parse import unquote

from lxml import etree

from app.banks import rubrics
from app.banks.importing import gathering as g
from app.banks.importing import xml
from app.banks.importing.archive import RefusedFileError
from app.banks.importing.richtext import Rich, from_html, from_plain, looks_like_html
from app.domain.imports import FoundBank, FoundItem, FoundSection, Place
from app.domain.items import Criterion, ItemType, Rule

_PLUGIN_FILE: Final = "@@PLUGINFILE@@/"
_DATA: Final = re.compile(r"data:image/(png|jpe?g|webp);base64,(.*)", re.DOTALL)
_PATH_NOISE: Final = re.compile(r"\$\w+\$|top|(Default for|默认) ?.*|.*的默认类别", re.IGNORECASE)
MAX_PICTURE: Final = 16 * 1024 * 1024
# Moodle fills these in by itself; they say nothing about the question.
_STOCK: Final = re.compile(
    r"(Your answer is (partially correct|correct|incorrect)|答案(正确|错误)"
    r"|您的答案(是)?(部分正确|正确|错误|不正确))[.。!！]?"
)
_PARTS: Final = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")


def read(data: bytes) -> FoundBank:
    """What a Moodle XML file holds. Never raises: what cannot be read is a note."""
    try:
        root = xml.parse(data)
    except RefusedFileError as error:
        return g.refused(error)
    if root.tag != "quiz":
        params = {"tag": str(root.tag)[:60], "want": "quiz"}
        return g.refused(RefusedFileError("E623", params))
    return _Reader(root).bank()


class _Reader:
    """Reads one file from top to bottom."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.found = g.Gathering()
        self.paths = [path for q in root if (path := _category(q))]
        self.between: tuple[str, ...] = ()

    def bank(self) -> FoundBank:
        for question in self.root:
            kind = question.get("type", "") if question.tag == "question" else ""
            if kind == "category":
                self.category(question)
            elif kind:
                self.question(question, kind)
        firsts = {path[0] for path in self.paths}
        is_common = len(firsts) == 1 and any(len(path) > 1 for path in self.paths)
        return self.found.bank(title=firsts.pop() if is_common else None)

    def category(self, question: etree._Element) -> None:
        path = _category(question)
        if not path:
            return
        place = self.found.place(xml.line_of(question))
        intro = _Text(question.find("info")).rich().text
        self.found.section(FoundSection(place, (), title=g.say(path[-1]), intro=g.maybe(intro)))
        self.between = tuple(_tag(part) for part in path[1:-1])

    def question(self, question: etree._Element, kind: str) -> None:
        place = self.found.place(xml.line_of(question))
        readers: Mapping[str, Callable[[_Question], FoundItem]] = {
            "multichoice": _Question.choice,
            "multichoiceset": _Question.choice,
            "truefalse": _Question.true_false,
            "essay": _Question.essay,
            "shortanswer": _Question.short_answer,
        }
        reader = readers.get(kind)
        if reader is None:
            title = _plain(question.find("name"))
            self.found.note("W620", place, type=kind, name=title or "?")
            return
        one = _Question(question, kind, self.found, place)
        item = reader(one)
        one.pictures.tell(place)
        tags = tuple(dict.fromkeys((*self.between, *item.tags)))
        self.found.add(replace(item, tags=tags, image=one.pictures.kept))


class _Question:
    """One question; its readers give an item and note what they leave out."""

    def __init__(self, node: etree._Element, kind: str, found: g.Gathering, place: Place) -> None:
        self.node = node
        self.kind = kind
        self.found = found
        self.place = place
        self.files = _files(node)
        self.pictures = g.Pictures(found, self.picture)
        self.points = g.points_of(node.findtext("defaultgrade"))
        self.common_note()

    def picture(self, source: str) -> tuple[str, bytes] | None:
        if found := _DATA.fullmatch(source):
            data = _decoded(found[2])
            return (f"picture.{found[1]}", data) if data else None
        name = unquote(source.removeprefix(_PLUGIN_FILE).partition("?")[0])
        data = self.files.get(name)
        return (name, data) if source.startswith(_PLUGIN_FILE) and data else None

    def text(self, path: str, *, inline: bool = False, keeps: bool = False) -> str:
        return self.text_of(self.node.find(path), inline=inline, keeps=keeps)

    def text_of(
        self, node: etree._Element | None, *, inline: bool = False, keeps: bool = False
    ) -> str:
        rich = _Text(node).rich(inline=inline)
        return self.pictures.read(rich, keeps=keeps)

    def common_note(self) -> None:
        said = [text for part in _PARTS if (text := self.text(part)) and not _STOCK.fullmatch(text)]
        hints = [text for hint in self.node.findall("hint") if (text := self.text_of(hint))]
        if said or hints:
            self.found.note("W625", self.place, about=True, text=(said + hints)[0])
        penalty = g.points_of(self.node.findtext("defaultgrade"))
        if penalty is None and (self.node.findtext("defaultgrade") or "").strip():
            value = self.node.findtext("defaultgrade") or ""
            self.found.note("W626", self.place, about=True, value=value.strip())

    def item(self, **more: object) -> FoundItem:
        name = _plain(self.node.find("name"))
        stem = self.text("questiontext", keeps=True)
        given = (self.node.findtext("idnumber") or "").strip()
        item = FoundItem(
            place=self.place,
            source=_source(self.node),
            stem=g.say(stem or name),
            points=self.points,
            why=g.maybe(self.text("generalfeedback")),
            tags=tuple(
                _tag(tag.text or "") for tag in self.node.findall("tags/tag/text") if tag.text
            ),
            id=given if g.ID.fullmatch(given) else g.name_as_id(name),
        )
        return replace(item, **more)  # type: ignore[arg-type]

    # ------------------------------------------------------------ types

    def choice(self) -> FoundItem:
        answers = self.node.findall("answer")
        letters = [g.letter(number) for number in range(len(answers))]
        weights = {
            of: g.fraction_of(answer.get("fraction"))
            for of, answer in zip(letters, answers, strict=True)
        }
        is_set = self.kind == "multichoiceset"
        is_single = not is_set and _plain_of(self.node, "single") not in {"false", "0"}
        texts, feedback = [], {}
        for of, answer in zip(letters, answers, strict=True):
            texts.append((of, g.say(self.text_of(answer, inline=True))))
            if said := self.text_of(answer.find("feedback")):
                feedback[of] = g.say(said)
        item = self.item(
            type=ItemType.SINGLE if is_single else ItemType.MULTI,
            options=tuple(texts),
            answer=self.single_key(weights)
            if is_single
            else tuple(of for of in letters if weights[of] > 0),
            rule=Rule.ALL_OR_NOTHING if is_set else None if is_single else self.rule(weights),
            shuffle=_plain_of(self.node, "shuffleanswers") not in {"false", "0"},
            feedback=feedback,
        )
        return g.as_true_false(item) or item

    def single_key(self, weights: Mapping[str, Fraction]) -> tuple[str, ...]:
        """What earns all points. Part of the points for another option is told."""
        key = tuple(of for of, weight in weights.items() if weight >= 1)
        rest = tuple(of for of, weight in weights.items() if weight and of not in key)
        if any(weights[of] > 0 for of in rest):
            self.found.note("W623.single", self.place, about=True, letters=rest)
        return key

    def rule(self, weights: Mapping[str, Fraction]) -> Rule | None:
        key = frozenset(of for of, weight in weights.items() if weight > 0)
        rule = g.rule_of(g.weighted(weights), tuple(weights), key)
        if rule is None and key:
            said = tuple(f"{of} {float(weight * 100):.4g}%" for of, weight in weights.items())
            self.found.note("W623", self.place, about=True, weights=said)
        return rule

    def true_false(self) -> FoundItem:
        parts, key = [self.text("generalfeedback")], []
        for answer in self.node.findall("answer"):
            value = _plain(answer).lower()
            if g.fraction_of(answer.get("fraction")) >= 1 and value in {"true", "false"}:
                key.append(value)
            if said := self.text_of(answer.find("feedback")):
                parts.append(f"{'对' if value == 'true' else '错'}：{said}")
        why = "\n\n".join(filter(None, parts))
        return self.item(type=ItemType.TRUE_FALSE, answer=tuple(key), why=g.maybe(why))

    def essay(self) -> FoundItem:
        node = self.node.find("graderinfo")
        rubric, words = split_rubric(_Text(node).raw, self.pictures.read)
        return self.item(type=ItemType.SHORT, model_answer=g.maybe(words), rubric=rubric)

    def short_answer(self) -> FoundItem:
        full: list[str] = []
        rest: list[str] = []
        for answer in self.node.findall("answer"):
            words = _plain(answer)
            (full if g.fraction_of(answer.get("fraction")) >= 1 else rest).append(words)
        criterion = g.keyword_criterion(full, self.points)
        self.found.note("W624", self.place, about=True, answers=tuple(full + rest))
        return self.item(
            type=ItemType.SHORT,
            model_answer=g.maybe(from_plain(" / ".join(word.strip(" *") for word in full))),
            rubric=(criterion,) if criterion else (),
        )


def split_rubric(words: str, read_rich: Callable[[Rich], str]) -> tuple[tuple[Criterion, ...], str]:
    """The criteria of a table that this product wrote into `words` (HTML), and the other text."""
    rich = from_html(words) if looks_like_html(words) else Rich(from_plain(words))
    blocks, criteria = [], []
    for block in read_rich(rich).split("\n\n"):
        rows = [_cells(line) for line in block.split("\n")] if block.startswith("|") else []
        if rows and rubrics.is_header(rows[0]):
            criteria += [one for row in rows[2:] if (one := rubrics.criterion(row))]
        else:
            blocks.append(block)
    return tuple(criteria), "\n\n".join(blocks)


def _cells(line: str) -> list[str]:
    cells = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [re.sub(r"\\([|*`\\])", r"\1", cell.strip()) for cell in cells]


class _Text:
    """A text of Moodle with its format."""

    def __init__(self, node: etree._Element | None) -> None:
        self.format = (node.get("format") or "") if node is not None else ""
        self.raw = (node.findtext("text") or "") if node is not None else ""

    def rich(self, *, inline: bool = False) -> Rich:
        if self.format == "html" or (self.format != "plain_text" and looks_like_html(self.raw)):
            return from_html(self.raw, inline=inline)
        if self.format == "markdown":
            return Rich(self.raw.strip())
        return Rich(from_plain(self.raw))


def _files(node: etree._Element) -> dict[str, bytes]:
    return {
        file.get("name", ""): data
        for file in node.iter("file")
        if file.get("encoding") == "base64" and (data := _decoded(file.text or ""))
    }


def _decoded(text: str) -> bytes | None:
    if len(text) > MAX_PICTURE * 4 // 3:
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _plain(node: etree._Element | None) -> str:
    """A text without its markup, in one line."""
    if node is None:
        return ""
    words = node.findtext("text") or ""
    words = from_html(words, inline=True).text if looks_like_html(words) else words
    return " ".join(words.split())


def _plain_of(node: etree._Element, path: str) -> str:
    return (node.findtext(path) or "").strip().lower()


def _tag(text: str) -> str:
    return " ".join(text.split())[:40]


def _category(question: etree._Element) -> tuple[str, ...]:
    if question.tag != "question" or question.get("type") != "category":
        return ()
    # Moodle writes a slash within a name twice.
    path = (question.findtext("category/text") or "").replace("//", "\0")
    return tuple(path_parts(path))


def path_parts(path: str) -> Iterator[str]:
    """The names of a category path without the words that Moodle itself puts there."""
    for part in path.split("/"):
        words = " ".join(part.replace("\0", "/").split())
        if words and not _PATH_NOISE.fullmatch(words):
            yield words


def _source(node: etree._Element) -> str:
    lines = [_plain(node.find("questiontext")) or _plain(node.find("name"))]
    for number, answer in enumerate(node.findall("answer")):
        lines.append(f"{g.letter(number)}. {_plain(answer)} ({answer.get('fraction', '')}%)")
    if grader := _plain(node.find("graderinfo")):
        lines.append(grader)
    return "\n".join(lines)[: xml.MAX_SOURCE]
