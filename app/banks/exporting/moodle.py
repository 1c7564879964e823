"""Moodle XML: one category per section, pictures in the file, the rubric for the marker."""

import base64
from collections.abc import Mapping
from html import escape
from typing import Final

from lxml import etree

from app.banks import rubrics
from app.banks.exporting import weights
from app.banks.exporting.content import Words, keeps_order, picture_name, served
from app.banks.messages import show_points
from app.domain.items import Bank, Choice, Item, Section, ShortAnswer, TrueFalse

LINES: Final = "10"


def write(bank: Bank, *, lang: str, images: Mapping[str, bytes]) -> bytes:
    """The bank as Moodle XML in one language. `images` are the pictures by `Item.image`."""
    bank = served(bank)
    writer = _Writer(Words(bank, lang), images)
    root = etree.Element("quiz")
    for section in bank.sections:
        root.append(writer.category(bank, section))
        for item in section.items:
            root.append(writer.question(item))
    etree.indent(root)
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True))


class _Writer:
    def __init__(self, words: Words, images: Mapping[str, bytes]) -> None:
        self.words = words
        self.images = images

    def category(self, bank: Bank, section: Section) -> etree._Element:
        question = etree.Element("question", type="category")
        path = "/".join(
            self.words.plain(title).replace("/", "//") or "-"
            for title in (bank.title, section.title)
        )
        _text(question, "category", f"$course$/top/{path}")
        if section.intro:
            _text(question, "info", self.words.html(section.intro), format="html")
        return question

    def question(self, item: Item) -> etree._Element:
        kinds = {Choice: "multichoice", TrueFalse: "truefalse", ShortAnswer: "essay"}
        question = etree.Element("question", type=kinds[type(item.body)])
        _text(question, "name", item.id)
        stem = _text(question, "questiontext", self.words.html(item.stem), format="html")
        self.picture(stem, item)
        _text(question, "generalfeedback", self.words.html(item.why), format="html")
        _leaf(question, "defaultgrade", show_points(item.points))
        _leaf(question, "penalty", "0")
        _leaf(question, "hidden", "0")
        _leaf(question, "idnumber", item.id)
        match item.body:
            case Choice() as choice:
                self.choice(question, item, choice)
            case TrueFalse(key=key):
                for value in (True, False):
                    _answer(
                        question, str(value).lower(), "100" if value is key else "0", "plain_text"
                    )
            case ShortAnswer() as short:
                self.essay(question, short)
        if item.tags:
            tags = etree.SubElement(question, "tags")
            for tag in item.tags:
                _text(tags, "tag", tag)
        return question

    def picture(self, stem: etree._Element, item: Item) -> None:
        data = self.images.get(item.image or "")
        if data is None:
            return
        name = picture_name(item)
        text = stem[0]
        alt = escape(self.words.plain(item.image_alt))
        picture = f'<p><img src="@@PLUGINFILE@@/{escape(name)}" alt="{alt}"></p>'
        text.text = f"{text.text or ''}{picture}"
        file = etree.SubElement(stem, "file", name=name, path="/", encoding="base64")
        file.text = base64.b64encode(data).decode()

    def choice(self, question: etree._Element, item: Item, choice: Choice) -> None:
        _leaf(question, "single", "false" if choice.multiple else "true")
        _leaf(question, "shuffleanswers", "false" if keeps_order(item) else "true")
        _leaf(question, "answernumbering", "ABCD")
        for option in choice.options:
            share = weights.weight(choice, option.id)
            if not choice.multiple:
                share = max(share, type(share)(0))
            html = self.words.html(option.text, inline=True)
            answer = _answer(question, html, weights.percent(share), "html")
            _text(answer, "feedback", self.words.html(option.feedback), format="html")

    def essay(self, question: etree._Element, short: ShortAnswer) -> None:
        _leaf(question, "responseformat", "editor")
        _leaf(question, "responserequired", "1")
        _leaf(question, "responsefieldlines", LINES)
        _leaf(question, "attachments", "0")
        _text(question, "graderinfo", marker_html(short, self.words), format="html")


def marker_html(short: ShortAnswer, words: Words) -> str:
    """The model answer and the rubric as the marker reads them; `rubrics` reads them back."""
    parts = [words.html(short.model_answer)]
    if short.rubric:
        rows = [rubrics.row(criterion, words.lang, words.fallback) for criterion in short.rubric]
        head = "".join(f"<th>{escape(cell)}</th>" for cell in rubrics.header(words.lang))
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
    return "".join(parts)


def _leaf(parent: etree._Element, name: str, words: str) -> None:
    etree.SubElement(parent, name).text = words


def _text(parent: etree._Element, name: str, words: str, **attributes: str) -> etree._Element:
    node = etree.SubElement(parent, name, attributes)
    _leaf(node, "text", words)
    return node


def _answer(parent: etree._Element, words: str, fraction: str, format_: str) -> etree._Element:
    return _text(parent, "answer", words, fraction=fraction, format=format_)
