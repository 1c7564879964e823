"""What every page keeps: valid HTML, title and h1, unique ids, labelled controls, strict CSP."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import html5lib

_VOID_OF_LABEL = {"hidden", "submit", "button", "image", "reset"}
_ADDRESSES = ("src", "srcset", "poster", "action", "formaction")


def check(response: Any) -> ET.Element:
    """Assert all rules on one HTML response, page or fragment; gives the parsed tree."""
    text = response.get_data(as_text=True)
    is_page = text.lstrip().lower().startswith("<!doctype")
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    tree = parser.parse(text) if is_page else parser.parseFragment(text)
    problems = [f"{position}: {code} {data}" for position, code, data in parser.errors]
    elements = [node for node in tree.iter() if isinstance(node.tag, str)]
    problems += _ids(elements) + _labels(elements) + _inline(elements)
    if is_page:
        problems += _whole_page(tree, elements)
    problems += _policy(response, elements)
    assert not problems, "\n".join([response.request.path, *problems[:20]])
    return tree


def _ids(elements: list[ET.Element]) -> list[str]:
    ids = [node.get("id") for node in elements if node.get("id") is not None]
    twice = {found for found in ids if ids.count(found) > 1}
    targets = set(ids)
    missing = {
        (name, target)
        for node in elements
        for name in ("for", "aria-labelledby", "aria-describedby")
        for target in (node.get(name) or "").split()
        if target not in targets
    }
    return [f"id twice: {found}" for found in twice] + [f"{n} to nowhere: {t}" for n, t in missing]


def _labels(elements: list[ET.Element]) -> list[str]:
    named = {node.get("for") for node in elements if node.tag == "label"}
    inside = {id(control) for node in elements if node.tag == "label" for control in node.iter()}
    return [
        f"no label: <{node.tag} name={node.get('name')} id={node.get('id')}>"
        for node in elements
        if node.tag in {"input", "select", "textarea"}
        and node.get("type") not in _VOID_OF_LABEL
        and not (
            node.get("aria-label")
            or node.get("aria-labelledby")
            or node.get("id") in named
            or id(node) in inside
        )
    ] + [
        f"no name: <{node.tag} {dict(node.attrib)}>"
        for node in elements
        if node.tag in {"button", "a"} and not _name(node)
    ]


def _name(node: ET.Element) -> str:
    labels = [child.get("aria-label") or "" for child in node.iter()]
    return ("".join(node.itertext()) + "".join(labels)).strip()


def _inline(elements: list[ET.Element]) -> list[str]:
    return [
        f"inline {name} on <{node.tag}>"
        for node in elements
        for name in node.attrib
        if name == "style" or name.startswith("on")
    ] + [
        f"from outside: {node.get(name)}"
        for node in elements
        for name in (*_ADDRESSES, *(("href",) if node.tag in {"link", "use", "image"} else ()))
        if re.match(r"(?i)\s*(https?:)?//", node.get(name) or "")
    ]


def _whole_page(tree: ET.Element, elements: list[ET.Element]) -> list[str]:
    problems = []
    title = tree.findtext("./head/title") or ""
    if not title.strip():
        problems.append("no title")
    if not (tree.get("lang") or ""):
        problems.append("no lang")
    heads = [node for node in elements if node.tag == "h1"]
    if len(heads) != 1:
        problems.append(f"{len(heads)} h1")
    if not any(node.tag == "main" for node in elements):
        problems.append("no main")
    problems += [
        f"post form without a token: {node.get('action')}"
        for node in elements
        if node.tag == "form"
        and (node.get("method") or "").lower() == "post"
        and not any(child.get("name") == "csrf_token" for child in node.iter())
    ]
    return problems


def _policy(response: Any, elements: list[ET.Element]) -> list[str]:
    csp = response.headers.get("Content-Security-Policy", "")
    problems = []
    if "default-src 'none'" not in csp or "unsafe" in csp:
        problems.append(f"weak policy: {csp}")
    nonces = set(re.findall(r"'nonce-([^']+)'", csp))
    for node in elements:
        data = node.tag == "script" and node.get("type") == "application/json"
        inline = node.tag == "style" or (node.tag == "script" and not node.get("src"))
        if inline and not data and node.get("nonce") not in nonces:
            problems.append(f"<{node.tag}> without the nonce")
    return problems
