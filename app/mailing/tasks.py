"""Work of the worker: mails are planned and sent, stuck ones doubted, old ones forgotten."""

import logging
from datetime import datetime

from flask import current_app

from app.kernel import clock
from app.kernel.config import Settings
from app.kernel.db import transaction
from app.kernel.mail import MailServer, NotSentError, UnsureError, send, sender_of, server_of
from app.mailing import queries, services
from app.mailing.letters import message_of

log = logging.getLogger(__name__)


def sweep(now: datetime) -> None:
    """What a dead worker left unfinished. The caller commits."""
    services.doubt_stuck(now=now)


def nightly(now: datetime) -> None:
    """Forget what ended long ago. The caller commits."""
    services.forget_old(now=now)


def deliver() -> int:
    """One round: plan what is due, hand over what waits. Gives the number that was sent.

    An edge of its own: it never holds a transaction while it waits for the server.
    """
    settings: Settings = current_app.extensions["settings"]
    if not settings.mail_url:
        return 0
    server = server_of(settings.mail_url)
    moment = clock.now()
    found = services.turns(now=moment)
    if found:  # what only reads must not wait for the turn to write
        with transaction():
            services.write(found, now=moment)
    done = 0
    for mail_id in queries.due(now=clock.now()):
        answer = _deliver_one(mail_id, server, settings)
        done += answer is True
        if answer is None:
            break  # the server has no time for us: the others are tried in the next round
    return done


def _deliver_one(mail_id: int, server: MailServer, settings: Settings) -> bool | None:
    """True when it was sent, None when the server is to be left in peace for now."""
    with transaction():
        letter = services.claim(mail_id, now=clock.now())
    if letter is None:
        return False
    try:
        message = message_of(letter, settings, now=clock.now())
        message.as_bytes()
        sender = sender_of(settings.mail_from).addr_spec
    except Exception as error:  # nothing was sent yet, and it would not be better the next time
        log.exception("mail %s could not be written", mail_id)
        _refuse(letter, type(error).__name__, is_final=True)
        return False
    try:
        words = send(server, message, sender=sender, to=letter.address)
    except NotSentError as error:
        _refuse(letter, error.words, is_final=error.is_final)
        return None if error.is_about_server else False
    except UnsureError as error:
        with transaction():
            services.unsure(letter, words=error.words, now=clock.now())
        return None
    with transaction():
        services.sent(letter, words=words, now=clock.now())
    return True


def _refuse(letter: services.Letter, words: str, *, is_final: bool) -> None:
    with transaction():
        services.refused(letter, words=words, is_final=is_final, now=clock.now())
