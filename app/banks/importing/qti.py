"""QTI 2.1, 2.2 and 3.0: an item, or a package with a manifest, tests and items.

Items come in the order of the test, else of the manifest; sections, weights and draws of the test
are kept. How a choice is scored is found by running its response processing.
"""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final
from urllib.parse import unquote

from lxml import etree

from app.banks.importing import gathering as g
from app.banks.importing import xml
from app.banks.importing.archive import Archive, RefusedFileError
from app.banks.importing.moodle import split_rubric
from app.banks.importing.qti_names import attribute, child, children, descendants, name, text_of
from app.banks.importing.qti_scoring import (
    Declaration,
    Processing,
    UnknownRuleError,
    Value,
    read_declaration,
)
from app.banks.importing.richtext import from_elements
from app.domain.imports import FoundBank, FoundItem, FoundSection, Place
from app.domain.items import Criterion, ItemType, Rule

MANIFEST: Final = "imsmanifest.xml"
MAX_DEPTH: Final = 12
_MARKERS: Final = {"scorer", "tutor", "author", "proctor", "testconstructor"}
_FEEDBACK: Final = {"feedbackinline", "feedbackblock", "modalfeedback"}
GAP: Final = "______"


def read(data: bytes) -> FoundBank:
    """What a QTI file or package holds. Never raises: what cannot be read is a note."""
    try:
        if data.startswith(b"PK"):
            return _Package(Archive(data)).bank()
        return _single(xml.parse(data))
    except RefusedFileError as error:
        return g.refused(error)


def _single(root: etree._Element) -> FoundBank:
    if name(root) == "questestinterop":
        raise RefusedFileError("E623.old")
    if name(root) != "assessmentitem":
        tag = etree.QName(root).localname[:60]
        raise RefusedFileError("E623", {"tag": tag, "want": "assessmentItem"})
    found = g.Gathering()
    _read_item(root, found, {}, "", Fraction(1))
    return found.bank()


# ---------------------------------------------------------------- packages


class _Package:
    """A zip with a manifest; without one, its XML files in the order of their names."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.found = g.Gathering()
        manifests = [n for n in archive.names if posixpath.basename(n) == MANIFEST]
        self.manifest = min(manifests, key=len, default=None)
        self.done: set[str] = set()
        self.title: str | None = None
        self.minutes: int | None = None
        self.roots: dict[str, etree._Element | None] = {}

    def bank(self) -> FoundBank:
        files = self.files()
        tests = [file for file in files if self.is_a(file, "assessmenttest")]
        items = [file for file in files if self.is_a(file, "assessmentitem")]
        for test in tests:
            self.test(test)
        left = [file for file in items if file not in self.done]
        if left and self.done:
            self.found.section(FoundSection(self.found.place(1), (), title=g.say("其他题目")))
        for file in left:
            self.item(file, Fraction(1))
        if not items and not self.found.notes:
            if any(self.is_a(file, "questestinterop") for file in files):
                raise RefusedFileError("E623.old")
            raise RefusedFileError("E623.empty")
        bank = self.found.bank(title=self.title)
        return replace(bank, time_limit_minutes=self.minutes)

    def files(self) -> list[str]:
        """The XML files, as the manifest has them, then all that it does not name."""
        named: list[str] = []
        if self.manifest is not None:
            root = self.root(self.manifest)
            folder = posixpath.dirname(self.manifest)
            if root is not None:
                for resource in descendants(root, "resource"):
                    entry = child(resource, "file")
                    href = attribute(resource, "href") or (
                        attribute(entry, "href") if entry is not None else ""
                    )
                    named.append(_joined(folder, href))
        rest = sorted(n for n in self.archive.names if n.lower().endswith(".xml"))
        ordered = dict.fromkeys([*named, *rest])
        return [n for n in ordered if n in self.archive and n != self.manifest]

    def root(self, file: str) -> etree._Element | None:
        """The parsed file; one that cannot be read is told once and skipped."""
        if file not in self.roots:
            self.roots[file] = None
            if file.lower().endswith(".xml"):
                try:
                    self.roots[file] = xml.parse(self.archive.read(file), part=file)
                except RefusedFileError as error:
                    place = Place(error.line, 1, file)
                    self.found.tell(error.key, place, error.params)
        return self.roots[file]

    def is_a(self, file: str, kind: str) -> bool:
        root = self.root(file)
        return root is not None and name(root) == kind

    def test(self, file: str) -> None:
        root = self.root(file)
        if root is None:
            return
        self.title = self.title or attribute(root, "title") or None
        limits = next(descendants(root, "timelimits"), None)
        seconds = g.number_of(attribute(limits, "maxTime")) if limits is not None else None
        if seconds and self.minutes is None:
            self.minutes = max(1, round(seconds / 60))
        folder = posixpath.dirname(file)
        for part in children(root, "testpart"):
            for section in children(part, "assessmentsection"):
                self.section(section, file, folder, (), 0)

    def section(
        self, node: etree._Element, file: str, folder: str, above: tuple[str, ...], depth: int
    ) -> None:
        title = attribute(node, "title")
        titles = (*above, title) if title else above
        place = Place(xml.line_of(node), 1, file)
        head = FoundSection(
            place,
            (),
            title=g.say(" / ".join(titles)) if titles else None,
            intro=g.maybe(_blocks(node)),
            draw=_draw(node),
        )
        self.found.section(head)
        for one in node:
            if name(one) == "assessmentitemref":
                target = _joined(folder, attribute(one, "href"))
                weight = child(one, "weight")
                value = g.number_of(attribute(weight, "value")) if weight is not None else None
                self.item(target, value or Fraction(1), Place(xml.line_of(one), 1, file))
            elif name(one) == "assessmentsection" and depth < MAX_DEPTH:
                self.section(one, file, folder, titles, depth + 1)
                self.found.section(replace(head, draw=None, intro=None))
            elif name(one) == "assessmentsectionref":
                self.section_file(one, folder, titles, depth)

    def section_file(
        self, node: etree._Element, folder: str, titles: tuple[str, ...], depth: int
    ) -> None:
        target = _joined(folder, attribute(node, "href"))
        # A file that names itself, twice, would be read for ever: each one is read once.
        if target in self.done:
            return
        root = self.root(target) if target in self.archive else None
        if root is not None and name(root) == "assessmentsection" and depth < MAX_DEPTH:
            self.done.add(target)
            self.section(root, target, posixpath.dirname(target), titles, depth + 1)

    def item(self, file: str, weight: Fraction, place: Place | None = None) -> None:
        if file not in self.archive:
            self.found.note("E625", place or self.found.place(1), file=file)
            return
        root = self.root(file)
        if root is None or name(root) != "assessmentitem":
            return
        if file in self.done:
            return
        self.done.add(file)
        folder = posixpath.dirname(file)
        images = _Images(self.archive, folder)
        _read_item(root, self.found, images, file, weight)


class _Images(Mapping[str, bytes]):
    """Pictures of the package by their address in an item."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self.archive = archive
        self.folder = folder

    def __getitem__(self, source: str) -> bytes:
        return self.archive.read(_joined(self.folder, source))

    def __iter__(self) -> Iterator[str]:
        return iter(self.archive.names)

    def __len__(self) -> int:
        return len(self.archive.names)


def _joined(folder: str, href: str) -> str:
    path = unquote(href.partition("#")[0].partition("?")[0])
    return posixpath.normpath(posixpath.join(folder, path)) if path else ""


def _draw(section: etree._Element) -> int | None:
    selection = child(section, "selection")
    words = attribute(selection, "select") if selection is not None else ""
    return int(words) if words.isdecimal() and 0 < len(words) < 6 and int(words) else None


def _blocks(section: etree._Element) -> str:
    texts = [from_elements(block).text for block in children(section, "rubricblock")]
    return "\n\n".join(filter(None, texts))


# ---------------------------------------------------------------- items


def _read_item(
    root: etree._Element,
    found: g.Gathering,
    images: Mapping[str, bytes],
    file: str,
    weight: Fraction,
) -> None:
    place = Place(xml.line_of(root), 1, file)
    one = _Item(root, found, images, place, weight)
    item = one.item()
    if item is None:
        return
    one.pictures.tell(place)
    found.add(replace(item, image=one.pictures.kept))


@dataclass(frozen=True, slots=True)
class _Choices:
    """The options of a choice: letters, texts and the letter of each identifier."""

    letters: Mapping[str, str]
    nodes: Sequence[etree._Element]


class _Item:
    """One assessmentItem."""

    def __init__(
        self,
        root: etree._Element,
        found: g.Gathering,
        images: Mapping[str, bytes],
        place: Place,
        weight: Fraction,
    ) -> None:
        self.root = root
        self.found = found
        self.images = images
        self.place = place
        self.weight = weight
        self.pictures = g.Pictures(found, self.picture)
        body = child(root, "itembody")
        self.body = body if body is not None else root
        self.interactions = [n for n in self.body.iter() if name(n).endswith("interaction")]
        declared = map(read_declaration, children(root, "responsedeclaration"))
        self.declared = {one.identifier: one for one in declared}

    def picture(self, source: str) -> tuple[str, bytes] | None:
        try:
            return source, self.images[source]
        except (KeyError, RefusedFileError):
            return None

    def item(self) -> FoundItem | None:
        kinds = [name(n) for n in self.interactions]
        if kinds == ["choiceinteraction"]:
            return self.choice(self.interactions[0])
        if kinds == ["extendedtextinteraction"]:
            return self.short()
        if kinds == ["textentryinteraction"]:
            return self.gap(self.interactions[0])
        shown = [etree.QName(n).localname for n in self.interactions]
        kind = " + ".join(dict.fromkeys(shown)) or "assessmentItem"
        title = attribute(self.root, "title") or attribute(self.root, "identifier")
        self.found.note("W620", self.place, type=kind, name=title or "?")
        return None

    # ------------------------------------------------------------ texts

    def rich(self, node: etree._Element, *, inline: bool = False, keeps: bool = False) -> str:
        def is_apart(one: etree._Element) -> bool:
            kind = name(one)
            return kind.endswith("interaction") or kind == "rubricblock" or kind in _FEEDBACK

        return self.pictures.read(from_elements(node, inline=inline, skip=is_apart), keeps=keeps)

    def stem(self) -> str:
        parts = [self.rich(b) for b in descendants(self.body, "rubricblock") if not _is_marker(b)]
        parts.append(self.rich(self.body, keeps=True))
        for interaction in self.interactions:
            prompt = child(interaction, "prompt")
            if prompt is not None:
                parts.append(self.rich(prompt, keeps=True))
        return "\n\n".join(filter(None, parts)) or attribute(self.root, "title")

    def base(self) -> FoundItem:
        identifier = attribute(self.root, "identifier")
        return FoundItem(
            place=self.place,
            source=xml.source_of(self.root),
            stem=g.say(self.stem()),
            points=self.points(),
            id=identifier if g.ID.fullmatch(identifier) else None,
        )

    def comments(self, names: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The explanation, and what is said to each option."""
        general: list[str] = []
        by_option: dict[str, list[str]] = {}
        for node in self.root.iter():
            if name(node) not in _FEEDBACK:
                continue
            words = self.rich(node)
            of = names.get(attribute(node, "identifier"))
            owner = node.getparent()
            if of is None and owner is not None and name(owner) == "simplechoice":
                of = names.get(attribute(owner, "identifier"))
            if words:
                (general if of is None else by_option.setdefault(of, [])).append(words)
        joined = {of: "\n".join(words) for of, words in by_option.items()}
        return "\n\n".join(dict.fromkeys(general)), joined

    # ------------------------------------------------------------ points

    def outcome(self, wanted: str) -> etree._Element | None:
        return next(
            (
                one
                for one in children(self.root, "outcomedeclaration")
                if attribute(one, "identifier") == wanted
            ),
            None,
        )

    def points(self) -> Fraction | None:
        """The most that the item gives, by the test's weight; None when it does not say."""
        value = None
        maximum, score = self.outcome("MAXSCORE"), self.outcome("SCORE")
        if maximum is not None:
            value = g.number_of(next((text_of(v) for v in descendants(maximum, "value")), ""))
        if value is None and score is not None:
            value = g.number_of(attribute(score, "normalMaximum"))
        if value is None:
            mappings = [one.mapping for one in self.declared.values() if one.mapping]
            value = mappings[0].upper if mappings else None
        if value is None and self.weight != 1:
            value = Fraction(1)
        return g.points_of(_decimal(value * self.weight)) if value else None

    # ------------------------------------------------------------ types

    def choice(self, node: etree._Element) -> FoundItem:
        options = [n for n in node if name(n) == "simplechoice"]
        identifiers = [attribute(n, "identifier") for n in options]
        names = {one: g.letter(number) for number, one in enumerate(identifiers)}
        declared = self.declared.get(attribute(node, "responseIdentifier"))
        is_single = declared.is_single if declared else attribute(node, "maxChoices") == "1"
        key = _key(declared, is_single)
        why, feedback = self.comments(names)
        texts = tuple(
            (names[one], g.say(self.rich(n, inline=True)))
            for one, n in zip(identifiers, options, strict=True)
        )
        item = replace(
            self.base(),
            type=ItemType.SINGLE if is_single else ItemType.MULTI,
            options=texts,
            answer=tuple(names.get(one, one) for one in identifiers if one in key),
            rule=None if is_single else self.rule(declared, identifiers, key),
            shuffle=attribute(node, "shuffle") == "true",
            why=g.maybe(why),
            feedback={of: g.say(words) for of, words in feedback.items()},
        )
        if declared and is_single and declared.mapping:
            most = max(declared.mapping.entries.values(), default=Fraction(0))
            partial = [
                o for o, v in declared.mapping.entries.items() if 0 < v < most and o in names
            ]
            if partial:
                letters = tuple(names[one] for one in partial)
                self.found.note("W623.single", self.place, about=True, letters=letters)
        return g.as_true_false(item) or item

    def rule(
        self, declared: Declaration | None, identifiers: Sequence[str], key: frozenset[str]
    ) -> Rule | None:
        if declared is None or not key:
            return None
        processing = child(self.root, "responseprocessing")
        runner = Processing(
            declared,
            {
                attribute(n, "identifier"): _default(n)
                for n in children(self.root, "outcomedeclaration")
            },
            tuple(processing) if processing is not None else (),
            attribute(processing, "template") if processing is not None else "",
        )
        try:
            most = runner.score(key)
            if most > 0:
                found = g.rule_of(lambda chosen: runner.score(chosen) / most, identifiers, key)
                if found is not None:
                    return found
        except UnknownRuleError:
            pass
        self.found.note("W623.processing", self.place, about=True)
        return None

    def marking(self) -> FoundItem:
        """The base with what stands there for the marker."""
        words: list[str] = []
        criteria: list[Criterion] = []
        for block in descendants(self.body, "rubricblock"):
            if _is_marker(block):
                rubric, rest = split_rubric(_html(block), self.pictures.read)
                words.append(rest)
                criteria += rubric
        why, _ = self.comments({})
        return replace(
            self.base(),
            type=ItemType.SHORT,
            model_answer=g.maybe("\n\n".join(filter(None, words))),
            rubric=tuple(criteria),
            why=g.maybe(why),
        )

    def short(self) -> FoundItem:
        item = self.marking()
        declared = next(iter(self.declared.values()), None)
        if item.model_answer is None and declared and declared.correct:
            item = replace(item, model_answer=g.say("\n".join(declared.correct)))
        return item

    def gap(self, node: etree._Element) -> FoundItem:
        declared = self.declared.get(attribute(node, "responseIdentifier"))
        answers = list(declared.correct) if declared else []
        if declared and declared.mapping:
            answers += [
                o for o, v in declared.mapping.entries.items() if v > 0 and o not in answers
            ]
        node.tail = f" {GAP} {node.tail or ''}"
        item = self.marking()
        self.found.note("W624", self.place, about=True, answers=tuple(answers))
        criterion = g.keyword_criterion(answers, item.points)
        return replace(
            item,
            model_answer=item.model_answer or g.maybe(" / ".join(answers)),
            rubric=item.rubric or ((criterion,) if criterion else ()),
        )


def _decimal(value: Fraction) -> str:
    return f"{round(value * 100) / 100:.2f}"


def _default(node: etree._Element) -> Value:
    words = next((text_of(v).strip() for v in descendants(node, "value")), "")
    number = g.number_of(words)
    if attribute(node, "baseType") in {"float", "integer"}:
        return number if number is not None else Fraction(0)
    return words or None


def _key(declared: Declaration | None, is_single: bool) -> frozenset[str]:
    """The right options: as stated, else those that earn points."""
    if declared is None:
        return frozenset()
    if declared.correct or declared.mapping is None:
        return frozenset(declared.correct)
    entries = {one: value for one, value in declared.mapping.entries.items() if value > 0}
    if is_single:
        most = max(entries.values(), default=None)
        return frozenset(one for one, value in entries.items() if value == most)
    return frozenset(entries)


def _is_marker(block: etree._Element) -> bool:
    views = attribute(block, "view").lower().split()
    return bool(set(views) & _MARKERS) and "candidate" not in views


def _html(block: etree._Element) -> str:
    """The block as HTML without namespaces, for what reads rubrics."""
    return "".join(
        etree.tostring(one, encoding="unicode", with_tail=True) for one in _bare(block)
    ) or (block.text or "")


def _bare(block: etree._Element) -> etree._Element:
    copy = etree.fromstring(etree.tostring(block, with_tail=False))
    for node in copy.iter():
        if isinstance(node.tag, str):
            node.tag = etree.QName(node).localname
    etree.cleanup_namespaces(copy)
    return copy
