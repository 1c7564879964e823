"""A QTI 2.1 package: manifest, one test, one file per item, pictures.

Every rule of ours is written as response processing, so a system that runs it gives our points.
Identifiers of files begin with a letter, as XML wants it; an item keeps its own id inside.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from lxml import etree
from lxml import html as lxml_html

from app.banks.exporting import weights
from app.banks.exporting.content import Words, keeps_order, picture_name, served
from app.banks.exporting.moodle import marker_html
from app.banks.messages import show_points
from app.domain.items import Bank, Choice, Item, Rule, Section, ShortAnswer, TrueFalse

QTI: Final = "http://www.imsglobal.org/xsd/imsqti_v2p1"
PACKAGE: Final = "http://www.imsglobal.org/xsd/imscp_v1p1"
_SCHEMA: Final = "http://www.w3.org/2001/XMLSchema-instance"
_LOCATIONS: Final = {
    QTI: "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd",
    PACKAGE: "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd",
}
# The date of every member, so that equal banks make equal files.
_DATE: Final = (2020, 1, 1, 0, 0, 0)
_TRUTHS: Final = {"zh-CN": ("对", "错")}
_TRUTHS_EN: Final = ("True", "False")

Node = etree._Element


def write(bank: Bank, *, lang: str, images: Mapping[str, bytes]) -> bytes:
    """The bank as a zip in one language. `images` are the pictures by `Item.image`."""
    bank = served(bank)
    writer = _Writer(Words(bank, lang), images)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        _put(package, "imsmanifest.xml", _bytes(writer.manifest(bank)))
        _put(package, "test.xml", _bytes(writer.test(bank)))
        for item in bank.items:
            _put(package, _file(item), _bytes(writer.item(item)))
        for name, data in sorted(writer.pictures(bank).items()):
            _put(package, name, data)
    return out.getvalue()


def _put(package: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED
    package.writestr(info, data)


def _bytes(root: Node) -> bytes:
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def _file(item: Item) -> str:
    return f"items/{item.id}.xml"


def _identifier(item: Item) -> str:
    return f"i-{item.id}"


def _root(space: str, tag: str, **attributes: str) -> Node:
    spaces: Any = {None: space, "xsi": _SCHEMA}
    root = etree.Element(f"{{{space}}}{tag}", attributes, nsmap=spaces)
    root.set(f"{{{_SCHEMA}}}schemaLocation", f"{space} {_LOCATIONS[space]}")
    return root


def _add(parent: Node, tag: str, text: str | None = None, **attributes: str) -> Node:
    space = etree.QName(parent).namespace
    node = etree.SubElement(parent, f"{{{space}}}{tag}", attributes)
    node.text = text
    return node


class _Writer:
    def __init__(self, words: Words, images: Mapping[str, bytes]) -> None:
        self.words = words
        self.images = images

    def pictures(self, bank: Bank) -> dict[str, bytes]:
        """Name in the package and bytes of the pictures that are there."""
        return {
            name: self.images[item.image or ""]
            for item in bank.items
            if (name := self.picture(item)) is not None
        }

    def picture(self, item: Item) -> str | None:
        has_one = item.image is not None and item.image in self.images
        return f"images/{item.id}-{picture_name(item)}" if has_one else None

    # ------------------------------------------------------------ manifest and test

    def manifest(self, bank: Bank) -> Node:
        root = _root(PACKAGE, "manifest", identifier=f"m-{bank.id}")
        metadata = _add(root, "metadata")
        _add(metadata, "schema", "QTIv2.1 Package")
        _add(metadata, "schemaversion", "1.0.0")
        _add(root, "organizations")
        resources = _add(root, "resources")
        test = _add(
            resources, "resource", identifier="test", type="imsqti_test_xmlv2p1", href="test.xml"
        )
        _add(test, "file", href="test.xml")
        for item in bank.items:
            _add(test, "dependency", identifierref=_identifier(item))
        for item in bank.items:
            resource = _add(
                resources,
                "resource",
                identifier=_identifier(item),
                type="imsqti_item_xmlv2p1",
                href=_file(item),
            )
            _add(resource, "file", href=_file(item))
            if picture := self.picture(item):
                _add(resource, "file", href=picture)
        return root

    def test(self, bank: Bank) -> Node:
        title = self.words.plain(bank.title)
        root = _root(QTI, "assessmentTest", identifier=f"t-{bank.id}", title=title)
        outcome = _add(
            root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float"
        )
        _add(_add(outcome, "defaultValue"), "value", "0")
        if bank.time_limit_minutes:
            _add(root, "timeLimits", maxTime=str(bank.time_limit_minutes * 60))
        part = _add(
            root,
            "testPart",
            identifier="part",
            navigationMode="nonlinear",
            submissionMode="simultaneous",
        )
        for number, section in enumerate(bank.sections, 1):
            self.section(part, section, number)
        processing = _add(root, "outcomeProcessing")
        total = _add(_add(processing, "setOutcomeValue", identifier="SCORE"), "sum")
        _add(total, "testVariables", variableIdentifier="SCORE")
        return root

    def section(self, part: Node, section: Section, number: int) -> None:
        node = _add(
            part,
            "assessmentSection",
            identifier=f"section-{number}",
            title=self.words.plain(section.title),
            visible="true",
        )
        if section.draw is not None:
            _add(node, "selection", select=str(section.draw))
        if section.shuffle_items:
            _add(node, "ordering", shuffle="true")
        if section.intro:
            self.html(_add(node, "rubricBlock", view="candidate"), self.words.html(section.intro))
        for item in section.items:
            _add(node, "assessmentItemRef", identifier=_identifier(item), href=_file(item))

    # ------------------------------------------------------------ items

    def html(self, parent: Node, html: str) -> None:
        """Add HTML of ours to a QTI element."""
        if not html:
            return
        _adopt(parent, lxml_html.fragment_fromstring(html, create_parent="div"))

    def item(self, item: Item) -> Node:
        title = self.words.plain(item.stem)[:120] or item.id
        root = _root(
            QTI,
            "assessmentItem",
            identifier=item.id,
            title=title,
            adaptive="false",
            timeDependent="false",
        )
        root.set("{http://www.w3.org/XML/1998/namespace}lang", self.words.lang)
        match item.body:
            case Choice() as choice:
                self.choice(root, item, choice)
            case TrueFalse(key=key):
                self.true_false(root, item, key=key)
            case ShortAnswer() as short:
                self.short(root, item, short)
        self.comments(root, item)
        return root

    def choice(self, root: Node, item: Item, choice: Choice) -> None:
        shares = {option.id: weights.weight(choice, option.id) for option in choice.options}
        if not choice.multiple:
            shares = {of: max(share, Fraction(0)) for of, share in shares.items()}
        self.declare(root, item, tuple(sorted(choice.key)), shares, is_single=not choice.multiple)
        body = self.body(root, item)
        interaction = self.interaction(
            body, shuffle=not keeps_order(item), multiple=choice.multiple
        )
        for option in choice.options:
            node = _add(interaction, "simpleChoice", identifier=option.id)
            self.html(node, self.words.html(option.text, inline=True))
        _process(root, item, choice)

    def true_false(self, root: Node, item: Item, *, key: bool | None) -> None:
        right = "true" if key else "false"
        self.declare(root, item, (right,), {right: Fraction(1)}, is_single=True)
        interaction = self.interaction(self.body(root, item), shuffle=False, multiple=False)
        words = _TRUTHS.get(self.words.lang, _TRUTHS_EN)
        for identifier, word in zip(("true", "false"), words, strict=True):
            _add(interaction, "simpleChoice", word, identifier=identifier)
        _process(root, item, None)

    def short(self, root: Node, item: Item, short: ShortAnswer) -> None:
        _add(
            root,
            "responseDeclaration",
            identifier="RESPONSE",
            cardinality="single",
            baseType="string",
        )
        self.outcomes(root, item, "single")
        body = self.body(root, item, self.words_for_marker(short))
        length = {"expectedLength": str(short.max_chars)} if short.max_chars else {}
        _add(body, "extendedTextInteraction", responseIdentifier="RESPONSE", **length)
        _process(root, item, None, is_marked=True)

    def words_for_marker(self, short: ShortAnswer) -> str:
        return marker_html(short, self.words)

    def interaction(self, body: Node, *, shuffle: bool, multiple: bool) -> Node:
        return _add(
            body,
            "choiceInteraction",
            responseIdentifier="RESPONSE",
            shuffle="true" if shuffle else "false",
            maxChoices="0" if multiple else "1",
        )

    def declare(
        self,
        root: Node,
        item: Item,
        key: Sequence[str],
        shares: Mapping[str, Fraction],
        *,
        is_single: bool,
    ) -> None:
        cardinality = "single" if is_single else "multiple"
        declaration = _add(
            root,
            "responseDeclaration",
            identifier="RESPONSE",
            cardinality=cardinality,
            baseType="identifier",
        )
        correct = _add(declaration, "correctResponse")
        for one in key:
            _add(correct, "value", one)
        bounds = {"lowerBound": "0", "upperBound": show_points(item.points)}
        if isinstance(item.body, Choice) and item.body.rule is Rule.EACH_OPTION:
            bounds = {}  # what wrong ticks take is not all that this rule adds up
        mapping = _add(declaration, "mapping", **bounds, defaultValue="0")
        for one, share in shares.items():
            _add(mapping, "mapEntry", mapKey=one, mappedValue=_number(share * item.points))
        self.outcomes(root, item, cardinality)

    def outcomes(self, root: Node, item: Item, cardinality: str) -> None:
        points = show_points(item.points)
        score = _add(
            root,
            "outcomeDeclaration",
            identifier="SCORE",
            cardinality="single",
            baseType="float",
            normalMaximum=points,
        )
        _add(_add(score, "defaultValue"), "value", "0")
        maximum = _add(
            root,
            "outcomeDeclaration",
            identifier="MAXSCORE",
            cardinality="single",
            baseType="float",
        )
        _add(_add(maximum, "defaultValue"), "value", points)
        if _has_comments(item):
            _add(
                root,
                "outcomeDeclaration",
                identifier="FEEDBACK",
                cardinality=cardinality,
                baseType="identifier",
            )
        if item.why:
            _add(
                root,
                "outcomeDeclaration",
                identifier="SOLUTION",
                cardinality="single",
                baseType="identifier",
            )

    def body(self, root: Node, item: Item, marker: str = "") -> Node:
        body = _add(root, "itemBody")
        if marker:
            self.html(_add(body, "rubricBlock", view="scorer"), marker)
        self.html(body, self.words.html(item.stem))
        if picture := self.picture(item):
            _add(_add(body, "p"), "img", src=f"../{picture}", alt=self.words.plain(item.image_alt))
        return body

    def comments(self, root: Node, item: Item) -> None:
        if isinstance(item.body, Choice):
            for option in item.body.options:
                if option.feedback:
                    self.comment(root, "FEEDBACK", option.id, self.words.html(option.feedback))
        if item.why:
            self.comment(root, "SOLUTION", "WHY", self.words.html(item.why))

    def comment(self, root: Node, outcome: str, identifier: str, html: str) -> None:
        node = _add(
            root,
            "modalFeedback",
            outcomeIdentifier=outcome,
            identifier=identifier,
            showHide="show",
        )
        self.html(node, html)


def _adopt(parent: Node, source: Node) -> None:
    """Copy the content of an HTML element, in the namespace of QTI."""
    last = parent[-1] if len(parent) else None
    if source.text:
        if last is None:
            parent.text = (parent.text or "") + source.text
        else:
            last.tail = (last.tail or "") + source.text
    for child in source:
        # QTI 2.1 knows no first number of a list.
        attributes = {"class": child.get("class", "")} if child.get("class") else {}
        node = _add(parent, str(child.tag), **attributes)
        _adopt(node, child)
        node.tail = child.tail


def _has_comments(item: Item) -> bool:
    return isinstance(item.body, Choice) and any(option.feedback for option in item.body.options)


def _number(value: Fraction) -> str:
    return f"{float(value):.10f}".rstrip("0").rstrip(".")


# ---------------------------------------------------------------- response processing


def _process(root: Node, item: Item, choice: Choice | None, *, is_marked: bool = False) -> None:
    """The rules that give SCORE; a written answer is left to its marker."""
    if is_marked and not item.why:
        return
    processing = _add(root, "responseProcessing")
    if not is_marked:
        condition = _add(processing, "responseCondition")
        blank = _add(condition, "responseIf")
        _add(_add(blank, "isNull"), "variable", identifier="RESPONSE")
        _value(_set(blank), "0")
        _score(condition, item, choice)
    if _has_comments(item):
        _add(
            _add(processing, "setOutcomeValue", identifier="FEEDBACK"),
            "variable",
            identifier="RESPONSE",
        )
    if item.why:
        shown = _add(processing, "setOutcomeValue", identifier="SOLUTION")
        _add(shown, "baseValue", "WHY", baseType="identifier")


def _set(parent: Node) -> Node:
    return _add(parent, "setOutcomeValue", identifier="SCORE")


def _value(parent: Node, words: str) -> None:
    _add(parent, "baseValue", words, baseType="float")


def _score(condition: Node, item: Item, choice: Choice | None) -> None:
    points = show_points(item.points)
    if choice is None or weights.is_sum(choice):
        _add(_set(_add(condition, "responseElse")), "mapResponse", identifier="RESPONSE")
    elif choice.rule is Rule.EACH_OPTION:
        _each_option(_set(_add(condition, "responseElse")), item, choice)
    else:
        right = _add(condition, "responseElseIf")
        _is_key(right)
        _value(_set(right), points)
        if choice.rule is Rule.SUBSET_HALF:
            part = _add(condition, "responseElseIf")
            # Nothing wrong was ticked when the mapping, which takes all for that, leaves something.
            # (`contains` would say it too, but programs differ in the order of its two parts.)
            some = _add(part, "gte")
            _add(some, "mapResponse", identifier="RESPONSE")
            _value(some, _number(item.points / (2 * len(choice.key))))
            _value(_set(part), _number(item.points / 2))
        _value(_set(_add(condition, "responseElse")), "0")


def _is_key(parent: Node) -> None:
    match = _add(parent, "match")
    _add(match, "variable", identifier="RESPONSE")
    _add(match, "correct", identifier="RESPONSE")


def _each_option(parent: Node, item: Item, choice: Choice) -> None:
    """Each option treated rightly earns its part: what is left out of the wrong ones, and
    what the mapping adds or takes for each tick, one part for every option."""
    total, key = len(choice.options), len(choice.key)
    parts = _add(parent, "sum")
    _value(parts, _number(item.points * Fraction(total - key, total)))
    product = _add(parts, "product")
    _add(product, "mapResponse", identifier="RESPONSE")
    _value(product, _number(Fraction(key, total)))
