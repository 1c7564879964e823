"""A bank in the database, and the hands of a trainer on its pages."""

import re
from pathlib import Path

import pytest

from app.banks import queries, services
from tests.builders import START

EXAMPLE = Path(__file__).resolve().parents[1] / "banks" / "data" / "example-bank.zh.yaml"
SLUG = "bootcamp-discovery"


@pytest.fixture
def bank(app) -> str:
    """The example bank, loaded and published from its file."""
    services.load_paths([EXAMPLE], now=START)
    return SLUG


def row(slug: str = SLUG):
    """The working copy as the group's trainers see it."""
    return queries.working_copy(slug, 0, {"all"})


def fields(html: str, form: str = "item") -> dict[str, list[str]]:
    """What a browser would send for a form of the page."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.inside, self.sent, self.area, self.select = False, {}, None, None

        def put(self, name: str, value: str) -> None:
            self.sent.setdefault(name, []).append(value)

        def handle_starttag(self, tag, attrs):
            found = dict(attrs)
            if tag == "form":
                self.inside = found.get("id") == form
            elif not self.inside:
                return
            elif tag == "input" and found.get("name"):
                if found.get("type") == "file":
                    return
                if found.get("type") not in {"radio", "checkbox"} or "checked" in found:
                    self.put(found["name"], found.get("value") or "")
            elif tag == "textarea":
                self.area, self.text = found["name"], ""
            elif tag == "select":
                self.select, self.first = found["name"], None
            elif tag == "option" and self.select:
                self.value = found.get("value")
                self.chosen = "selected" in found
                self.text = ""
                if self.first is None:
                    self.first = self.value or ""
                    self.choice = self.first
                if self.chosen and self.value is not None:
                    self.choice = self.value

        def handle_data(self, data):
            if self.area or self.select:
                self.text += data

        def handle_endtag(self, tag):
            if tag == "form":
                self.inside = False
            elif tag == "textarea" and self.area:
                self.put(self.area, re.sub(r"^\n", "", self.text))
                self.area = None
            elif tag == "option" and self.select and self.value is None and self.chosen:
                self.choice = self.text
            elif tag == "select" and self.select:
                self.put(self.select, self.choice)
                self.select = None

    reader = Reader()
    reader.feed(html)
    return reader.sent
