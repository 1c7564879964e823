"""A credential as a certificate to print: one page, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from app.accounts import queries as people
from app.accounts.queries import PersonIds
from app.domain.items import text_in
from app.kernel.clock import organisation_day
from app.kernel.db import session
from app.kernel.errors import NotFoundError
from app.tracks import queries
from app.tracks.models import Credential, Enrolment


@dataclass(frozen=True, slots=True)
class Certificate:
    """What stands on it. Titles are pairs of Chinese and English, the second empty where the file
    has one language; `standing`: valid, expired or void, `void_on` when it became so."""

    number: str
    name: str
    title: str
    title_en: str
    track: str
    track_en: str
    issued_on: date
    expires_on: date
    standing: str
    void_on: date | None


def certificate(credential_id: int, reach: PersonIds, *, day: date) -> Certificate:
    """A credential of somebody within reach. Raises NotFoundError. Three SELECTs."""
    row = (
        session()
        .execute(
            select(Credential, Enrolment.track_slug)
            .join(Enrolment, Enrolment.id == Credential.enrolment_id)
            .where(Credential.id == credential_id, Credential.person_id.in_(reach))
        )
        .first()
    )
    if row is None:
        raise NotFoundError
    credential = row.Credential
    track: Mapping[str, str] = queries.titles().get(row.track_slug, {})
    standing = "valid"
    if credential.voided_at is not None:
        standing = "void"
    elif credential.expires_on < day:
        standing = "expired"
    return Certificate(
        number=credential.number,
        name=people.names([credential.person_id])[credential.person_id],
        title=text_in(credential.title, "zh-CN"),
        title_en=_other(credential.title),
        track=text_in(track, "zh-CN"),
        track_en=_other(track),
        issued_on=credential.issued_on,
        expires_on=credential.expires_on,
        standing=standing,
        void_on=organisation_day(credential.voided_at) if credential.voided_at else None,
    )


def _other(text: Mapping[str, str]) -> str:
    found = text.get("en", "")
    return "" if found == text_in(text, "zh-CN") else found
