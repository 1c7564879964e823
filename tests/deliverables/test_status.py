"""Who keeps a status by taking part in 3 of the last 4 quarters, and who is at risk."""

import pytest

from app.deliverables.status import _line

QUARTERS = [(2025, 1), (2025, 2), (2025, 3), (2025, 4), (2026, 1)]


@pytest.mark.parametrize(
    ("took", "holds", "at_risk"),
    [
        ("11111", True, False),
        ("11110", True, True),
        ("01111", True, False),
        ("11100", False, False),
        ("00000", False, False),
        ("00001", True, False),
        ("00010", True, True),
        ("11001", True, False),
    ],
)
def test_one_miss_is_allowed_the_next_one_is_one_too_many(app, took, holds, at_risk):
    taken = {quarter for quarter, sign in zip(QUARTERS, took, strict=True) if sign == "1"}
    with app.test_request_context():
        line = _line(1, "小王", QUARTERS, taken, 3, 4)
    assert (line.holds, line.is_at_risk) == (holds, at_risk)


def test_the_page_names_the_rule_and_the_people_below_one(page, tracks, workshop):
    workshop.enrol("小王", "小赵")
    found = page("/backbone", as_="李经理").text
    assert "最近 4 期里参加 3 期" in found
    assert "小王" in found
    assert "小赵" not in found
