"""Rich text of other systems (HTML, XHTML) as the closed Markdown of a bank.

What the closed Markdown has (paragraphs, bold, lists, tables, code) is kept; the words of all the
rest are kept, its form is named in `Rich.lost`. Pictures are listed, for the reader to look up.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from lxml import etree, html

from app.banks.markdown import render, render_inline

MAX_DEPTH: Final = 60
_GIST: Final = re.compile(
    r"</?(p|br|b|strong|i|em|u|span|div|ul|ol|li|table|tr|td|img|a|sub|sup|pre|code|h[1-6]|font)\b[^<>]*>",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"&(#\d+|#x[0-9a-f]+|nbsp|lt|gt|amp|quot);", re.IGNORECASE)
_SPACES: Final = re.compile(r"[ \t\r\n\f\u00a0]+")
_ENDS_IN_BACKSLASH: Final = re.compile(r"(?<!\\)(?:\\\\)*\\$")
_SPECIAL: Final = re.compile(r"[\\`*|]")
_LINE_START: Final = re.compile(r"^(\s*)([-+*>|]|\d{1,9}[.)](?=\s|$)|```|~~~)", re.MULTILINE)
_BOLD: Final = {"b", "strong"}
_SILENT: Final = {
    "span",
    "label",
    "bdo",
    "small",
    "big",
    "abbr",
    "time",
    "q",
    "cite",
    "body",
    "html",
}
_STYLED: Final = {"i", "em", "u", "s", "del", "ins", "font", "mark", "strike", "sub", "sup", "var"}
_CODE: Final = {"code", "tt", "kbd", "samp"}
_BLOCKS: Final = {
    "p",
    "div",
    "section",
    "article",
    "blockquote",
    "center",
    "header",
    "footer",
    "address",
} | {
    "figure",
    "figcaption",
    "dl",
    "dt",
    "dd",
    "fieldset",
    "legend",
    "caption",
    "details",
    "summary",
}
_HEADINGS: Final = {"h1", "h2", "h3", "h4", "h5", "h6"}
_DROPPED: Final = {"script", "style", "head", "title", "meta", "link", "template", "noscript"}
_FOREIGN: Final = {
    "iframe",
    "video",
    "audio",
    "object",
    "embed",
    "math",
    "svg",
    "canvas",
    "input",
} | {"select", "textarea", "button", "form", "applet"}
_RAISED: Final = {"sup": str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")} | {
    "sub": str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
}
# What this product writes for `{A}`, so that its own exports come back as they were.
LETTER_CLASS: Final = "lb-letter"


@dataclass(frozen=True, slots=True)
class Rich:
    """Closed Markdown, the addresses of pictures in order, the forms that it could not keep."""

    text: str
    images: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def looks_like_html(text: str) -> bool:
    """True when `text` holds tags or entities of HTML, not just a `<` of arithmetic."""
    return bool(_GIST.search(text) or _ENTITY.search(text))


def from_plain(text: str) -> str:
    """Plain text as Markdown that shows it as it stands."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if shows_itself(text, blocks=True):
        return text
    return "\n\n".join(_literal_block(part) for part in re.split(r"\n\s*\n", text) if part.strip())


def from_html(text: str, *, inline: bool = False) -> Rich:
    """HTML as Markdown; `inline` for the text of an option, which has no blocks."""
    if not text.strip():
        return Rich("")
    parser = html.HTMLParser(
        huge_tree=False, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = html.fragment_fromstring(text, create_parent="div", parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        # Nothing that a parser of broken HTML can read: the characters themselves stay.
        return Rich(from_plain(re.sub(r"<[^<>]*>", " ", text)), lost=("html",))
    return from_elements(root, inline=inline)


def from_elements(
    root: etree._Element,
    *,
    inline: bool = False,
    skip: Callable[[etree._Element], bool] | None = None,
) -> Rich:
    """The content of `root` (HTML or QTI, any namespace) as Markdown, without what `skip` names."""
    walk = _Walk(skip or (lambda _: False), inline)
    walk.children(root, 0)
    walk.flush()
    blocks = [block for block in walk.blocks if block.strip()]
    text = ("\n" if inline else "\n\n").join(blocks)
    return Rich(text.strip(), tuple(walk.images), tuple(dict.fromkeys(walk.lost)))


def name_of(element: etree._Element) -> str:
    """The tag without its namespace; empty for comments, entities and the like."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def words_of(element: etree._Element) -> str:
    """The text of the element and of all below."""
    return "".join(map(str, element.itertext()))


class _Walk:
    """Collects blocks; `line` holds the pieces of the paragraph being read."""

    def __init__(self, skip: Callable[[etree._Element], bool], inline: bool) -> None:
        self.skip = skip
        self.inline = inline
        self.blocks: list[str] = []
        self.line: list[tuple[str, str]] = []
        self.images: list[str] = []
        self.lost: list[str] = []

    def children(self, element: etree._Element, depth: int) -> None:
        self.text(element.text)
        for child in element:
            if depth > MAX_DEPTH:
                self.text(words_of(child))
            elif name_of(child) and not self.skip(child):
                self.element(child, depth + 1)
            self.text(child.tail)

    def text(self, text: str | None) -> None:
        if text:
            self.line.append(("text", _SPACES.sub(" ", text)))

    def element(self, element: etree._Element, depth: int) -> None:
        name = name_of(element).removeprefix("qti-").lower()
        if name in _DROPPED:
            return
        if name in _FOREIGN:
            self.lost.append(name)
            return
        if name in _BLOCKS:
            self.flush()
            self.children(element, depth)
            self.flush()
        elif name in _HEADINGS:
            self.flush()
            self.bold(element)
            self.flush()
        elif name in _BOLD:
            self.bold(element)
        else:
            self.other(name, element, depth)

    def other(self, name: str, element: etree._Element, depth: int) -> None:
        readers: dict[str, Callable[[etree._Element, int], None]] = {
            "ul": self.list_,
            "ol": self.list_,
            "table": self.table,
            "pre": self.pre,
            "a": self.link,
            "img": self.image,
        }
        if reader := readers.get(name):
            reader(element, depth)
        elif name == "br":
            self.line.append(("break", "\n"))
        elif name == "hr":
            self.flush()
        elif name in _CODE:
            self.code(element)
        else:
            self.styled(name, element, depth)

    def styled(self, name: str, element: etree._Element, depth: int) -> None:
        if name in _RAISED:
            raised = words_of(element).translate(_RAISED[name])
            self.line.append(("text", raised))
            return
        if name in _STYLED or (name in _SILENT and element.get("style")):
            self.lost.append(name)
        if element.get("class") == LETTER_CLASS:
            self.line.append(("as is", "{" + words_of(element).strip() + "}"))
            return
        self.children(element, depth)

    def bold(self, element: etree._Element) -> None:
        inner = from_elements(element, inline=True, skip=self.skip)
        self.images += inner.images
        self.lost += inner.lost
        # Bold within bold is bold; a line break may stand in it.
        self.line.append(("bold", inner.text.replace("**", "")))

    def code(self, element: etree._Element) -> None:
        words = words_of(element).replace("\n", " ")
        ticks = "`" * (max((len(run) for run in re.findall(r"`+", words)), default=0) + 1)
        pad = " " if words.startswith("`") or words.endswith("`") else ""
        self.line.append(("as is", f"{ticks}{pad}{words}{pad}{ticks}" if words else ""))

    def link(self, element: etree._Element, depth: int) -> None:
        if element.get("href"):
            self.lost.append("a")
        self.children(element, depth)

    def image(self, element: etree._Element, _depth: int) -> None:
        if source := element.get("src"):
            self.images.append(source)

    def pre(self, element: etree._Element, _depth: int) -> None:
        self.flush()
        words = words_of(element).rstrip("\n")
        if (element.text or "").startswith("\n"):
            words = words[1:]  # HTML drops the line break behind the tag
        fence = "`" * max(3, max((len(run) for run in re.findall(r"`+", words)), default=0) + 1)
        self.blocks.append("\n".join(filter(None, [fence, words, fence])))

    def list_(self, element: etree._Element, depth: int) -> None:
        self.flush()
        ordered = name_of(element).removeprefix("qti-").lower() == "ol"
        start = element.get("start", "")
        number = int(start) if start.isdecimal() and len(start) < 9 else 1
        lines = []
        for child in element:
            if not name_of(child) or self.skip(child):
                continue
            mark = f"{number}. " if ordered else "- "
            number += 1
            words = self.inside(child, depth).replace("\n\n", "\n")
            lines.append(mark + words.replace("\n", "\n" + " " * len(mark)))
            self.text(child.tail if (child.tail or "").strip() else None)
        self.blocks.append("\n".join(lines))

    def inside(self, element: etree._Element, depth: int) -> str:
        walk = _Walk(self.skip, inline=False)
        walk.children(element, depth + 1)
        walk.flush()
        self.images += walk.images
        self.lost += walk.lost
        return "\n\n".join(block for block in walk.blocks if block.strip())

    def table(self, element: etree._Element, _depth: int) -> None:
        self.flush()
        rows = [
            [self.cell(cell) for cell in row if name_of(cell).lower() in {"td", "th"}]
            for row in _rows(element)
        ]
        rows = [row for row in rows if row]
        if not rows:
            return
        width = max(map(len, rows))
        if any(
            cell.get("colspan") or cell.get("rowspan") for row in _rows(element) for cell in row
        ):
            self.lost.append("colspan")
        if width < 2 or self.inline:
            # One column is a frame around text; an option holds no table.
            self.blocks += [" ".join(filter(None, row)) for row in rows]
            if self.inline:
                self.lost.append("table")
            return
        lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in rows]
        lines.insert(1, "|" + " --- |" * width)
        self.blocks.append("\n".join(lines))

    def cell(self, element: etree._Element) -> str:
        inner = from_elements(element, inline=True, skip=self.skip)
        self.images += inner.images
        self.lost += inner.lost
        return re.sub(r"(?<!\\)\|", r"\\|", inner.text.replace("\n", " "))

    def flush(self) -> None:
        """End the paragraph."""
        block = "".join(self.pieces()).strip()
        self.line = []
        if not block:
            return
        lines = [line.strip() for line in block.split("\n")]
        self.blocks.append(_safe_starts(_joined_lines(lines)))

    def pieces(self) -> Iterator[str]:
        line = _joined(self.line)
        for number, (kind, words) in enumerate(line):
            if kind == "text":
                yield _literal(words)
            elif kind == "bold" and words.strip():
                before = line[number - 1][1][-1:] if number else ""
                after = line[number + 1][1][:1] if number + 1 < len(line) else ""
                yield self.bold_piece(words, before, after)
            elif kind != "bold":
                yield words

    def bold_piece(self, words: str, before: str, after: str) -> str:
        left = " " if words[:1].isspace() else ""
        right = " " if words[-1:].isspace() else ""
        inside_word = (not left and _is_word(before)) or (not right and _is_word(after))
        if inside_word or "\n" in words.strip():
            self.lost.append("b")
            return words
        return f"{left}**{words.strip()}**{right}"


def _joined(line: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbouring runs of text as one, with single spaces and none beside a line break."""
    joined: list[tuple[str, str]] = []
    for kind, words in line:
        if joined and kind == "text" and joined[-1][0] in {"text", "break"}:
            last, before = joined[-1]
            if last == "break":
                joined.append((kind, words.lstrip(" ")))
            else:
                joined[-1] = ("text", _SPACES.sub(" ", before + words))
        else:
            joined.append((kind, words))
    return [(kind, words) for kind, words in joined if words]


def _rows(table: etree._Element) -> list[etree._Element]:
    """The rows of this table, not of a table in one of its cells."""
    rows: list[etree._Element] = []
    for child in table:
        name = name_of(child).lower()
        if name == "tr":
            rows.append(child)
        elif name in {"thead", "tbody", "tfoot"}:
            rows += [row for row in child if name_of(row).lower() == "tr"]
    return rows


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def shows_itself(text: str, *, blocks: bool) -> bool:
    """True when `text` is shown as it is written: it holds nothing that Markdown reads."""
    shown = render(text) if blocks else render_inline(text)
    wanted = escape(text, quote=False).replace('"', "&quot;").replace("\n", "<br>\n")
    plain = str(shown).strip().replace('"', "&quot;")
    return plain == (f"<p>{wanted}</p>" if blocks else wanted)


def _literal(words: str) -> str:
    """A run of text, with a backslash where Markdown would see a sign of its own."""
    if not _SPECIAL.search(words) or shows_itself(words.strip(), blocks=False):
        return words
    words = re.sub(r"\\(?=[!-/:-@\[-`{-~])", r"\\\\", words)
    return words.replace("`", r"\`").replace("**", r"\*\*")


def _safe_starts(block: str) -> str:
    """A paragraph whose lines do not begin a list, a table or a fence."""
    if not _LINE_START.search(block) or ("<p>" in str(render(block))[:3] and _one_paragraph(block)):
        return block
    return _LINE_START.sub(_escaped_start, block)


def _one_paragraph(block: str) -> bool:
    shown = str(render(block)).strip()
    return (
        shown.startswith("<p>")
        and shown.endswith("</p>")
        and shown.count("<p>") == 1
        and not re.search(r"<(ul|ol|table|pre)>", shown)
    )


def _escaped_start(found: re.Match[str]) -> str:
    space, sign = found[1], found[2]
    if sign[0].isdigit():
        return f"{space}{sign[:-1]}\\{sign[-1]}"
    return f"{space}\\{sign}"


def _literal_block(part: str) -> str:
    lines = [_literal(line.strip()) for line in part.strip().split("\n")]
    return _safe_starts(_joined_lines(lines))


def _joined_lines(lines: Sequence[str]) -> str:
    """Lines of one paragraph. A backslash at the end of one keeps a space: alone it is a break."""
    kept = [f"{line} " if _ENDS_IN_BACKSLASH.search(line) else line for line in lines[:-1]]
    return "\n".join([*kept, lines[-1]])
