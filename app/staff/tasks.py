"""Work of the worker: last days come, old lists are forgotten, invitations go out by e-mail."""

import logging
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from flask import current_app, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts import queries as people
from app.kernel import clock
from app.kernel.clock import organisation_day
from app.kernel.config import Settings
from app.kernel.db import transaction
from app.kernel.mail import NotSentError, UnsureError, send, sender_of, server_of
from app.mailing.letters import one_line
from app.staff import queries, services
from app.staff.models import Invitation

log = logging.getLogger(__name__)


def nightly(now: datetime) -> None:
    """Whose last day has come may not sign in any more. The caller commits."""
    services.end_leavers(today=organisation_day(now), now=now)
    services.forget_old(now=now)


def deliver() -> int:
    """One round of invitations; gives the number that was sent. An edge of its own."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.mail_url:
        return 0
    done = 0
    for invitation_id in queries.mails_waiting():
        with transaction():
            claimed = services.claim_mail(invitation_id, now=clock.now())
            message = None if claimed is None else _message(claimed, settings)
        if message is None:
            continue
        if not _hand_over(invitation_id, message, settings):
            break
        done += 1
    return done


def _hand_over(invitation_id: int, message: EmailMessage, settings: Settings) -> bool:
    """False when the server is to be left in peace for now."""
    server, sender = server_of(settings.mail_url), sender_of(settings.mail_from).addr_spec
    to = message["To"].addresses[0].addr_spec
    is_sent, again, is_well = True, False, True
    try:
        words = send(server, message, sender=sender, to=to)
    except NotSentError as error:
        words, is_sent, again = error.words, False, not error.is_final
        is_well = not error.is_about_server
    except UnsureError as error:
        words, is_sent, is_well = error.words, False, False
    with transaction():
        services.settle_mail(
            invitation_id, words=words, is_sent=is_sent, again=again, now=clock.now()
        )
    return is_well


def _message(row: Invitation, settings: Settings) -> EmailMessage | None:
    """The mail with the link; None when the address is gone or cannot be written to."""
    person = people.person(row.user_id, day=clock.now().date())
    token = services.token_of(settings.secret_key, row.nonce)
    if not person.email or services.digest_of(token) != row.token_hash:
        return None
    with force_locale("en" if people.locale_of(row.user_id) == "en" else "zh_Hans_CN"):
        return _written(person.name, person.email, token, row, settings)


def _written(
    name: str, email: str, token: str, row: Invitation, settings: Settings
) -> EmailMessage | None:
    sender = sender_of(settings.mail_from)
    message = EmailMessage(policy=policy.SMTP)
    try:
        to = Address(display_name=one_line(name), addr_spec=email)
    except (ValueError, IndexError):
        return None
    message["From"] = sender
    message["To"] = to
    message["Subject"] = one_line(_("%(company)s 练兵：请设置您的密码", company=settings.company))
    message["Date"] = clock.now()
    message["Message-ID"] = f"<invitation.{row.token_hash[:24]}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    with current_app.test_request_context(base_url=settings.base_url):
        link = settings.base_url + url_for("staff.welcome", token=token)
    message.set_content(
        "\n\n".join(
            (
                _("%(name)s，您好：", name=one_line(name)),
                _("请打开下面的链接，设置自己的密码。链接只能用一次，%(n)s 天内有效，请不要转发。",
                  n=services.LINK_DAYS),
                link,
            )
        )
    )  # fmt: skip
    return message
