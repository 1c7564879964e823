"""The page of an export, and the file that it gives."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from app.banks import queries
from app.banks.exporting import FILES, Format, losses, write
from app.domain.items import text_in
from app.kernel.downloads import safe_name


@dataclass(frozen=True, slots=True)
class FormatLink:
    """A format to choose."""

    to: str
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class LossView:
    """What the chosen format cannot carry."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ExportPage:
    """One bank, one format, before the file is made."""

    slug: str
    title: str
    number: int
    to: str
    name: str
    what: str
    formats: tuple[FormatLink, ...]
    losses: tuple[LossView, ...]
    langs: tuple[tuple[str, str], ...]
    lang: str
    has_key_choice: bool


def chosen(word: str | None) -> Format:
    """The format of a word of the address; the first one for any other word."""
    return Format(word) if word in set(Format) else Format.DOCX


def chosen_lang(word: str | None, found: queries.BankSnapshot) -> str:
    """The language of the file: one that the bank has."""
    langs = _langs(found)
    return word if word in langs else found.bank.lang


def export_page(found: queries.BankSnapshot, to: Format, *, lang: str, reader: str) -> ExportPage:
    """The page for one format; `lang` is that of the file, `reader` that of the page."""
    names = _names()
    return ExportPage(
        slug=found.bank.id,
        title=text_in(found.bank.title, reader, found.bank.lang),
        number=found.number,
        to=to.value,
        name=names[to],
        what=_purposes()[to],
        formats=tuple(FormatLink(one.value, names[one], one is to) for one in names),
        losses=tuple(
            LossView(loss.code, loss.message(reader)) for loss in losses(found.bank, to, lang=lang)
        ),
        langs=tuple((tag, _lang_name(tag)) for tag in _langs(found)),
        lang=lang,
        has_key_choice=FILES[to].has_key_choice,
    )


def file_name(found: queries.BankSnapshot, to: Format) -> str:
    """The name of the file: that of the bank, in its own language."""
    title = text_in(found.bank.title, found.bank.lang)
    return f"{safe_name(title)}.{FILES[to].suffix}"


def plain_name(found: queries.BankSnapshot, to: Format) -> str:
    """The same for programs that know ASCII alone."""
    return f"{found.bank.id}.{FILES[to].suffix}"


def made(found: queries.BankSnapshot, to: Format, *, lang: str, key: bool) -> bytes:
    """The file. One SELECT for each picture."""
    return write(found.bank, to, lang=lang, images=_pictures(found), key=key)


def _pictures(found: queries.BankSnapshot) -> Mapping[str, bytes]:
    pictures: dict[str, bytes] = {}
    for item in found.bank.items:
        picture = queries.item_image(found.version_ids[item.id]) if item.image else None
        if item.image and picture is not None:
            pictures[item.image] = picture.data
    return pictures


def _langs(found: queries.BankSnapshot) -> tuple[str, ...]:
    tags = {found.bank.lang: None, **dict.fromkeys(found.bank.title)}
    for item in found.bank.items:
        tags |= dict.fromkeys(item.stem)
    return tuple(tags)


def _lang_name(tag: str) -> str:
    return str({"zh-CN": _("中文"), "en": _("英文")}.get(tag, tag))


def _names() -> dict[Format, str]:
    return {
        Format.DOCX: "Word (docx)",
        Format.XLSX: "Excel (xlsx)",
        Format.MOODLE: "Moodle XML",
        Format.GIFT: "GIFT",
        Format.QTI: "QTI 2.1",
    }


def _purposes() -> dict[Format, str]:
    return {
        Format.DOCX: _("一份能打印、能修改的试卷；带答案页的可以再导入回来。"),
        Format.XLSX: _("一行一题，列与导入模板相同，改好可以再导入。"),
        Format.MOODLE: _("导入 Moodle 题库，每节是一个类别，图片在文件里。"),
        Format.GIFT: _("纯文本，Moodle 等系统能读。"),
        Format.QTI: _("标准的题包：清单、试卷、每题一个文件和图片，五种计分规则都写在里面。"),
    }
