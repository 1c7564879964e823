"""One name for an element or attribute of QTI 2.1, 2.2 and 3.0.

`choiceInteraction` and `qti-choice-interaction` are both `choiceinteraction` here; `maxChoices` is
looked up as `max-choices` too.
"""

import re
from collections.abc import Iterator

from lxml import etree


def name(node: etree._Element) -> str:
    """The tag, lower case, without namespace, hyphens and the prefix of 3.0."""
    tag: object = node.tag  # no text for comments and references
    if not isinstance(tag, str):
        return ""
    return tag.rpartition("}")[2].lower().removeprefix("qti-").replace("-", "")


def attribute(node: etree._Element, wanted: str) -> str:
    """The attribute in the spelling of 2.x (`maxChoices`) or 3.0 (`max-choices`), else empty."""
    value = node.get(wanted)
    if value is None:
        value = node.get(re.sub(r"(?<!^)([A-Z])", r"-\1", wanted).lower())
    return (value or "").strip()


def children(node: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """The children of that name."""
    return (one for one in node if name(one) == wanted)


def child(node: etree._Element, wanted: str) -> etree._Element | None:
    """The first child of that name."""
    return next(children(node, wanted), None)


def descendants(node: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """All below of that name, in the order of the file."""
    return (one for one in node.iter() if name(one) == wanted)


def text_of(node: etree._Element) -> str:
    """The text of the element and of all below."""
    return "".join(map(str, node.itertext()))
