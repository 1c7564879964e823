"""Credentials: what passing a track is worth, with number and end. Services flush."""

from datetime import date, datetime

from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.services import titled
from app.audit.services import record
from app.domain.enrolment import Event, credential_dates
from app.domain.tracks import Track
from app.kernel.db import session
from app.tracks.models import Credential, Enrolment


def issue(row: Enrolment, track: Track, *, number: int, now: datetime, today: date) -> None:
    """Give the credential of the track from today on, for the `number`-th renewal (0: the first).

    Each is given once: who comes back to a track keeps the dates of what she has earned.
    """
    rules = track.credential
    if rules is None:
        return
    dates = credential_dates(today, days=rules.days, warn=rules.warn)
    known = session().scalar(
        select(Credential.id).where(Credential.enrolment_id == row.id, Credential.round == number)
    )
    if known is not None:
        return
    made = Credential(
        number=f"{rules.id.upper()[:18]}-{today:%Y%m%d}-{row.id:06d}"
        + (f"-{number}" if number else ""),
        person_id=row.person_id,
        enrolment_id=row.id,
        round=number,
        slug=rules.id,
        title=dict(rules.title),
        issued_on=dates.issued_on,
        expires_on=dates.expires_on,
    )
    session().add(made)
    session().flush()
    record(
        action="credential.issue",
        object_type="person",
        object_id=row.person_id,
        actor_id=None,
        now=now,
        detail={"number": made.number, "expires_on": dates.expires_on, "track": row.track_slug},
    )
    accounts.notify(
        user_id=row.person_id,
        kind="certified",
        key=f"certified:{made.number}",
        params=titled(rules.title) | {"due": dates.expires_on.isoformat()},
        url="/path",
        now=now,
    )


def tell_of_end(
    row: Enrolment, track: Track, event: Event, held: Credential | None, *, now: datetime
) -> None:
    """The credential ends soon, or has ended; not while a newer one of the same kind is held."""
    if track.credential is None or held is None:
        return
    newer = session().scalar(
        select(Credential.id).where(
            Credential.person_id == row.person_id,
            Credential.slug == held.slug,
            Credential.voided_at.is_(None),
            Credential.expires_on > held.expires_on,
        )
    )
    if newer is not None:
        return
    kind = "expiring" if event is Event.SOON else "expired"
    accounts.notify(
        user_id=row.person_id,
        kind=kind,
        key=f"{kind}:{held.number}",
        params=accounts.titled(track.credential.title) | {"due": held.expires_on.isoformat()},
        url=f"/enrolments/{row.id}",
        now=now,
    )
