"""The closed Markdown of items: paragraphs, bold, lists, tables, code. No HTML, links or images.

Bold is `**…**` next to Chinese characters and punctuation too, where CommonMark would not see it;
`*` and `_` inside words and runs of `_` (blanks to fill in) stay as they are.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markupsafe import Markup

_BLOCKS: Final = ["table", "fence", "list", "paragraph"]
_INLINES: Final = ["newline", "escape", "backticks", "bold", "text"]
_TAGS: Final = {"p", "br", "strong", "ul", "ol", "li", "code", "pre"} | {
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
_HEADINGS: Final = {"h2", "h3", "h4", "h5", "h6"}
_PLACEHOLDER: Final = re.compile(r"\{([A-J])\}")


def render(text: str, *, letters: Mapping[str, str] | None = None) -> Markup:
    """Safe HTML of a stem, an explanation or another text of a bank.

    `letters` maps an option's letter in the file to the letter this reader sees; `{A}` becomes
    that letter.
    """
    return Markup(_blocks(with_letters(text, letters)))  # noqa: S704  cleaned by nh3


def render_inline(text: str, *, letters: Mapping[str, str] | None = None) -> Markup:
    """Safe HTML without blocks, for the text of an option or a table cell."""
    return Markup(_inline(with_letters(text, letters)))  # noqa: S704  cleaned by nh3


def render_lesson(text: str) -> Markup:
    """Safe HTML of a lesson: the same Markdown with headings, one level down."""
    return Markup(_lesson(text))  # noqa: S704  cleaned by nh3


def with_letters(text: str, letters: Mapping[str, str] | None) -> str:
    """`text` with `{A}` as this reader sees it; unknown letters stay as written."""
    if not letters or "{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda found: letters.get(found[1], found[0]), text)


def _bold(state: StateInline, silent: bool) -> bool:
    """`**…**`, unless it stands inside a word of Latin letters or digits."""
    start, most = state.pos, state.posMax
    if not state.src.startswith("**", start) or state.src.startswith("***", start):
        return False
    end = state.src.find("**", start + 2, most)
    inside = state.src[start + 2 : end]
    if end < 0 or not inside or inside != inside.strip():
        return False
    if _is_word(state.src[start - 1 : start]) or _is_word(state.src[end + 2 : end + 3]):
        return False
    if not silent:
        state.push("strong_open", "strong", 1).markup = "**"
        state.pos, state.posMax = start + 2, end
        state.md.inline.tokenize(state)
        state.posMax = most
        state.push("strong_close", "strong", -1).markup = "**"
    state.pos = end + 2
    return True


def _is_word(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _parser(*more_blocks: str) -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True, "linkify": False})
    parser.inline.ruler.before("emphasis", "bold", _bold)
    parser.block.ruler.enableOnly([*_BLOCKS, *more_blocks])
    parser.inline.ruler.enableOnly(_INLINES)
    parser.inline.ruler2.enableOnly(["fragments_join"])
    return parser


_ITEM: Final = _parser()
_LESSON: Final = _parser("heading", "hr", "blockquote")


@lru_cache(maxsize=4096)
def _blocks(text: str) -> str:
    return _clean(_ITEM.render(text), _TAGS)


@lru_cache(maxsize=4096)
def _inline(text: str) -> str:
    return _clean(_ITEM.renderInline(text), _TAGS)


@lru_cache(maxsize=256)
def _lesson(text: str) -> str:
    html = _LESSON.render(text)
    # The page has its own h1.
    html = re.sub(r"<(/?)h([1-5])>", lambda m: f"<{m[1]}h{int(m[2]) + 1}>", html)
    return _clean(html, _TAGS | _HEADINGS | {"hr", "blockquote"})


def _clean(html: str, tags: set[str]) -> str:
    return nh3.clean(html, tags=tags, attributes={"ol": {"start"}}, link_rel=None)
