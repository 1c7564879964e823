"""Credentials: what passing a track is worth, with number and end. Services flush."""

from datetime import date, datetime

from sqlalchemy import select

from app.accounts import services as accounts
from app.accounts.services import titled
from app.audit.services import record
from app.domain.enrolment import credential_dates
from app.domain.tracks import Track
from app.kernel.db import session
from app.tracks.models import Credential, Enrolment


def issue(row: Enrolment, track: Track, *, now: datetime, today: date) -> None:
    """Give the credential of the track from today on; on the same day twice changes nothing."""
    rules = track.credential
    if rules is None:
        return
    dates = credential_dates(today, days=rules.days, warn=rules.warn)
    known = session().scalar(
        select(Credential.id).where(
            Credential.enrolment_id == row.id, Credential.issued_on == today
        )
    )
    if known is not None:
        return
    made = Credential(
        number=f"{rules.id.upper()}-{today:%Y%m%d}-{row.id:06d}",
        person_id=row.person_id,
        enrolment_id=row.id,
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
