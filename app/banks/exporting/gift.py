"""GIFT: one block per item; what GIFT has no place for stands in comments that we read back."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from app.banks import rubrics
from app.banks.exporting import weights
from app.banks.exporting.content import Words, is_plain, keeps_order, served, texts
from app.banks.importing.gift import FIXED_ORDER
from app.banks.messages import show_points
from app.domain.items import Bank, Choice, Item, ShortAnswer, Text, TrueFalse

_SPECIAL: Final = re.compile(r"[\\~=#{}:]")


def write(bank: Bank, *, lang: str, images: Mapping[str, bytes]) -> bytes:  # noqa: ARG001  as all
    """The bank as GIFT in one language; pictures are left out."""
    bank = served(bank)
    words = Words(bank, lang)
    blocks = []
    for section in bank.sections:
        names = [
            words.plain(title).replace("/", "//") or "-" for title in (bank.title, section.title)
        ]
        blocks.append(f"$CATEGORY: $course$/top/{'/'.join(names)}")
        blocks += ["\n".join(_Block(item, words).lines()) for item in section.items]
    return ("\n\n".join(blocks) + "\n").encode()


class _Block:
    """One item. All its texts are HTML as soon as one of them needs it."""

    def __init__(self, item: Item, words: Words) -> None:
        self.item = item
        self.words = words
        self.is_html = not all(is_plain(words.of(text)) for text in texts(item))

    def lines(self) -> Iterator[str]:
        yield from self.comments()
        mark = "[html]" if self.is_html else ""
        stem = self.text(self.item.stem)
        if not self.is_html and stem.startswith("["):
            mark = "[plain]"
        yield f"::{_escaped(self.item.id)}::{mark}{stem} {{{self.inside()}}}"

    def text(self, text: Text | None, *, inline: bool = False) -> str:
        words = self.words.html(text, inline=inline) if self.is_html else self.words.of(text)
        return _escaped(words)

    def inside(self) -> str:
        general = f"####{self.text(self.item.why)}" if self.item.why else ""
        match self.item.body:
            case Choice() as choice:
                return "\n" + "\n".join([*self.options(choice), *filter(None, [general])]) + "\n"
            case TrueFalse(key=key):
                return ("TRUE" if key else "FALSE") + general
            case ShortAnswer():
                return general

    def options(self, choice: Choice) -> Iterator[str]:
        for option in choice.options:
            text = self.text(option.text, inline=True)
            is_key = option.id in choice.key
            if choice.multiple:
                sign = f"~%{weights.percent(weights.weight(choice, option.id))}%"
            else:
                sign = "=" if is_key else "~"
                if text.startswith("%"):  # or it would be read as a weight
                    sign += "%100%" if is_key else "%0%"
            said = f"#{self.text(option.feedback)}" if option.feedback else ""
            yield f"{sign}{text}{said}"

    def comments(self) -> Iterator[str]:
        item = self.item
        marks = [f"[id:{item.id}]", *(f"[tag:{_bracketed(tag)}]" for tag in item.tags)]
        yield f"// {' '.join(marks)}"
        yield f"// 分值：{show_points(item.points)}"
        yield f"// 难度：{item.difficulty}"
        if isinstance(item.body, Choice) and keeps_order(item):
            yield f"// 选项顺序：{FIXED_ORDER}"
        if isinstance(item.body, ShortAnswer):
            if model := self.words.of(item.body.model_answer):
                yield f"// 参考答案：{_line(model)}"
            for criterion in item.body.rubric:
                cells = rubrics.row(criterion, self.words.lang, self.words.fallback)
                yield "// 评分点：" + "\t".join(map(_line, cells))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text).replace("\n", r"\n")


def _bracketed(text: str) -> str:
    return re.sub(r"[\\\]]", r"\\\g<0>", text)


def _line(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace("\t", r"\t")
