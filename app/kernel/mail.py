"""Mail out: one message to one address over SMTP, and what is known about it afterwards.

Three answers matter to whoever must not send twice: the server took it; it surely did not (now, or
ever); nobody knows, because the connection was lost between the end of the message and the reply.
"""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

SECONDS: Final = 20  # for each answer of the server
TLS: Final = ("starttls", "implicit", "none")
CLOSING: Final = 421
PORTS: Final = {"starttls": 587, "implicit": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in. `tls` is one of TLS."""

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)


class NotSentError(Exception):
    """The server surely did not take it. `words` are its own, or what went wrong on the way.

    `is_final`: this message will not be taken later either; else it is worth another try.
    `is_about_server`: nothing is wrong with this message; no other would be taken now.
    """

    def __init__(self, words: str, *, is_final: bool, is_about_server: bool = False) -> None:
        super().__init__(words)
        self.words, self.is_final, self.is_about_server = words, is_final, is_about_server


class UnsureError(Exception):
    """The message was handed over and no reply came: it may have been sent, or not."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def server_of(url: str) -> MailServer:
    """`smtp://user:password@host:587?tls=starttls` read. Raises ValueError that says the cure.

    `smtps://` means TLS from the first byte. User and password are percent-encoded.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("write smtp://user:password@host:587?tls=starttls")
    default = "implicit" if parts.scheme == "smtps" else "starttls"
    tls = parse_qs(parts.query).get("tls", [default])[0]
    if tls not in TLS:
        raise ValueError(f"tls={tls}: write one of {', '.join(TLS)}")
    cure = "percent-encode what is no letter or digit in user and password"
    try:
        port = parts.port
    except ValueError:  # whose words may hold a piece of the password
        raise ValueError(f"the port is no number; {cure}") from None
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":  # a / ? or # of the password ended it
        raise ValueError(f"the host ends too early; {cure}")
    return MailServer(
        host=parts.hostname,
        port=port or PORTS[tls],
        tls=tls,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def sender_of(text: str) -> Address:
    """`Lianbing <notices@example.com>` read. Raises ValueError that says the cure."""
    name, address = parseaddr(text)
    try:
        found = Address(display_name=name, addr_spec=address)
    except (ValueError, IndexError) as error:
        raise ValueError("write Lianbing <notices@example.com>") from error
    if not found.domain or not text.isprintable():
        raise ValueError("write Lianbing <notices@example.com>")
    return found


def send(server: MailServer, message: EmailMessage, *, sender: str, to: str) -> str:
    """Hand one message over. Returns the server's words. Raises NotSentError, UnsureError."""
    if not f"{sender}{to}".isascii():
        raise NotSentError(f"{to}: only plain letters in an address", is_final=True)
    wire = _wire(message)  # what cannot be written fails before anybody is spoken to
    try:
        smtp = _connection(server, SECONDS)
    except (OSError, smtplib.SMTPException) as error:
        raise NotSentError(_words(error), is_final=False, is_about_server=True) from error
    try:
        # Who may not send from this address may send nothing: a setting to mend.
        _ask(smtp.mail(sender), sender, is_about_server=True)
        _ask(smtp.rcpt(to), to)
        _ask(smtp.docmd("DATA"), to, wanted=354)
        said = _hand_over(smtp, wire)
        with suppress(OSError, smtplib.SMTPException):
            smtp.quit()  # the message is taken, however rudely the server leaves
    except (OSError, smtplib.SMTPException) as error:
        raise NotSentError(_words(error), is_final=False, is_about_server=True) from error
    finally:
        smtp.close()
    return said


def greet(server: MailServer, *, seconds: int) -> None:
    """Connect, encrypt and sign in as for a message, and leave without one.

    Raises OSError or smtplib.SMTPException, whatever stands in the way.
    """
    smtp = _connection(server, seconds)
    with suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    smtp.close()


def _connection(server: MailServer, seconds: int) -> smtplib.SMTP:
    """A connection ready for a message. What fails here is about the server, not the message."""
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if server.tls == "implicit":
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=seconds)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _ask(
    reply: tuple[int, bytes], about: str, wanted: int = 250, *, is_about_server: bool = False
) -> None:
    code, words = reply
    if code == wanted or (wanted == 250 and code == 251):
        return
    said = f"{about}: {code} {words.decode('utf-8', 'replace')}"[:500]
    is_closing = is_about_server or code == CLOSING
    is_final = 500 <= code < 600 and not is_closing
    raise NotSentError(said, is_final=is_final, is_about_server=is_closing)


def _hand_over(smtp: smtplib.SMTP, wire: bytes) -> str:
    """The text itself. Until its last byte is out nothing was sent; after it, the reply decides."""
    smtp.send(wire)
    try:
        code, words = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise UnsureError(_words(error)) from error
    said = f"{code} {words.decode('utf-8', 'replace')}"[:500]
    if code != 250:
        raise NotSentError(said, is_final=500 <= code < 600)
    return said


def _wire(message: EmailMessage) -> bytes:
    """Lines end with CR LF, one that begins with a dot gets another, a lone dot ends it."""
    lines = message.as_bytes().replace(b"\r\n", b"\n").split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return b"".join((b"." if x.startswith(b".") else b"") + x + b"\r\n" for x in lines) + b".\r\n"


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{error.smtp_code} {text}"[:500]
    return f"{type(error).__name__}: {error}"[:500]
