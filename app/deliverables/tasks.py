"""Work of the job worker. The caller opens and ends the transaction."""

from datetime import datetime

from app.deliverables import services


def sweep(now: datetime) -> None:
    """What panels and peers came to moves the documents on."""
    services.follow(now=now)


def hourly(now: datetime) -> None:
    """Drafts, comments, revisions, defences and follow-ups that fall due are told of."""
    services.remind(now=now)
