"""Every pair of ink and ground in the tokens is readable, in light and in dark (WCAG 2.2 AA)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "app" / "static" / "css" / "tokens.css"
TEXT, MARK = 4.5, 3.0
GROUNDS = ("canvas", "surface", "raised", "sunken", "hover")
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink-2", "ink-3") for ground in GROUNDS),
    *(("accent", ground, TEXT) for ground in ("canvas", "surface", "raised", "accent-soft")),
    *((tone, ground, TEXT) for tone in ("pass", "gap", "open") for ground in ("canvas", "surface")),
    *((tone, f"{tone}-soft", TEXT) for tone in ("pass", "gap", "open", "warn", "danger")),
    ("pass", "pass-faint", TEXT),
    ("ink", "warn-soft", TEXT),
    ("ink-2", "warn-soft", TEXT),
    ("ink", "danger-soft", TEXT),
    ("ink", "accent-soft", TEXT),
    ("on-accent", "accent-solid", TEXT),
    ("on-accent", "accent-solid-hover", TEXT),
    ("on-accent", "danger-solid", TEXT),
    ("control", "surface", MARK),
    ("focus", "surface", MARK),
    ("focus", "canvas", MARK),
    *((f"{tone}-mark", "surface", MARK) for tone in ("pass", "gap", "open")),
    *((f"{tone}-mark", "band-b", MARK) for tone in ("pass", "gap", "open")),
    ("target", "band-b", MARK),
]


def tokens(theme: str) -> dict[str, str]:
    """Name -> hex colour; the dark theme overrides the light one."""
    text = TOKENS.read_text(encoding="utf-8")
    dark_at = text.index('[data-bs-theme="dark"] {')
    colour = re.compile(r"--lb-([\w-]+):\s*(#[0-9A-Fa-f]{6})\b")
    light = dict(colour.findall(text[:dark_at]))
    return light if theme == "light" else {**light, **dict(colour.findall(text[dark_at:]))}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_knows_black_on_white():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_inks_can_be_read_on_their_grounds(theme):
    found = tokens(theme)
    weak = [
        f"{ink} on {ground}: {contrast(found[ink], found[ground]):.2f} < {least}"
        for ink, ground, least in PAIRS
        if contrast(found[ink], found[ground]) < least
    ]
    assert not weak, "\n".join(weak)
