"""A mail written: text and simple HTML from one set of words, in the reader's language."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from app.accounts.notices import sentence
from app.kernel.config import Settings
from app.kernel.mail import sender_of
from app.mailing.models import MailKind
from app.mailing.services import Letter, Line

MOST_LINES: Final = 40
SUBJECT_LENGTH: Final = 150


@dataclass(frozen=True, slots=True)
class Said:
    """One notice in words, with the whole address of its page or none."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """What both templates print."""

    lang: str
    title: str
    lead: str
    lines: tuple[Said, ...]
    open_word: str
    more: Said | None
    foot: str
    foot_url: str
    company: str


def message_of(letter: Letter, settings: Settings, *, now: datetime) -> EmailMessage:
    """The mail as it goes out: the same bytes of identity however often it is tried."""
    with force_locale("en" if letter.locale == "en" else "zh_Hans_CN"):
        page = _page(letter, settings)
    return _message(
        page, settings, to=letter.address, name=letter.name, mark=f"mail.{letter.id}", now=now
    )


def trial_of(address: str, settings: Settings, *, mark: str, now: datetime) -> EmailMessage:
    """A mail that says that mail works, in the language of the installation."""
    with force_locale("en" if settings.default_locale == "en" else "zh_Hans_CN"):
        page = Page(
            lang=settings.default_locale,
            title=_("试发邮件"),
            lead=_("收到这封信，说明邮件设置好了。"),
            lines=(),
            open_word="",
            more=None,
            foot=_("打开系统"),
            foot_url=settings.base_url,
            company=settings.company,
        )
    return _message(page, settings, to=address, name="", mark=f"trial.{mark}", now=now)


def _page(letter: Letter, settings: Settings) -> Page:
    said = tuple(_said(line, settings) for line in letter.lines)
    more = None
    if len(said) > MOST_LINES:
        rest = _("还有 %(n)s 条，在通知页", n=len(said) - MOST_LINES)
        more = Said(rest, f"{settings.base_url}/notices")
    is_digest = letter.kind == MailKind.DIGEST
    return Page(
        lang="en" if letter.locale == "en" else "zh-CN",
        title=_title(said, is_digest=is_digest),
        lead=_("还没看过的通知：") if is_digest or len(said) > 1 else "",
        lines=said[:MOST_LINES],
        open_word=_("打开"),
        more=more,
        foot=_("改邮件设置：何时发、发哪些"),
        foot_url=f"{settings.base_url}/account/mail",
        company=settings.company,
    )


def _title(said: Sequence[Said], *, is_digest: bool) -> str:
    if is_digest:
        return str(_("每日汇总：%(n)s 条通知", n=len(said)))
    if len(said) == 1:
        return said[0].words
    return str(_("%(n)s 条新通知", n=len(said)))


def _said(line: Line, settings: Settings) -> Said:
    is_ours = line.url.startswith("/") and not line.url.startswith(("//", "/\\"))
    # A line of the text is one notice, whatever somebody wrote into a title.
    words = one_line(sentence(line.kind, line.params))
    return Said(words, f"{settings.base_url}{_path(line.url)}" if is_ours else "")


def _path(url: str) -> str:
    return "".join(sign for sign in url if sign.isprintable() and sign not in ' <>"')


def one_line(text: str) -> str:
    """Without line ends and other controls: these end a header, and a name may hold them."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _message(
    page: Page, settings: Settings, *, to: str, name: str, mark: str, now: datetime
) -> EmailMessage:
    sender = sender_of(settings.mail_from)
    site = urlsplit(settings.base_url).hostname or "localhost"
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender if sender.display_name else _named(settings, sender)
    message["To"] = Address(display_name=one_line(name), addr_spec=to)
    message["Subject"] = one_line(page.title)[:SUBJECT_LENGTH]
    message["Date"] = now
    message["Message-ID"] = _message_id(settings, mark, sender.domain)
    message["List-Id"] = f"<notices.{site}>"
    message["List-Unsubscribe"] = f"<{settings.base_url}/account/mail>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    # Without the context processors: they ask for the person who looks, and nobody does.
    templates = current_app.jinja_env
    message.set_content(templates.get_template("mailing/mail.txt").render(page=page))
    html = templates.get_template("mailing/mail.html").render(page=page)
    message.add_alternative(html, subtype="html")
    return message


def _named(settings: Settings, sender: Address) -> Address:
    name = f"{settings.company} Lianbing".strip()
    return Address(display_name=one_line(name), addr_spec=sender.addr_spec)


def _message_id(settings: Settings, mark: str, domain: str) -> str:
    """The same for the same mail, so that a reader's program knows a second copy for what it is."""
    key, text = settings.secret_key.encode(), f"{settings.base_url} {mark}".encode()
    digest = hmac.new(key, text, hashlib.sha256).hexdigest()[:24]
    return f"<{mark}.{digest}@{domain}>"
