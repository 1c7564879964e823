"""How a released attempt becomes rows of the evidence ledger."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from app.assessments.queries.rows import AttemptRow


def record(
    attempt: AttemptRow,
    sums: Mapping[str, tuple[Fraction, Fraction]],
    *,
    line: Fraction,
    submitted_at: datetime,
    now: datetime,
) -> None:
    """One row per competency; a second call for the same attempt supersedes the first."""


def withdraw(attempt: AttemptRow, *, now: datetime) -> None:
    """A void attempt is no evidence."""
