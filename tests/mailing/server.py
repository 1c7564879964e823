"""A real SMTP server for the tests: takes, refuses, stalls or dies, with STARTTLS and sign-in."""

import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests import servers


class Box:
    """What arrived, and how the server behaves: the replies to MAIL, RCPT and the message."""

    def __init__(self):
        self.mails, self.signed_in = [], []
        self.mail, self.rcpt, self.data = "250 OK", "250 OK", "250 taken as 42"

    async def handle_MAIL(self, _server, _session, envelope, address, _options):  # noqa: N802
        envelope.mail_from = address
        return self.mail

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self.data.startswith("250"):
            self.mails.append(
                (envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default))
            )
        return self.data


@contextmanager
def taking(*, tls=None, login=None):
    """A server that takes mail; `tls` a (certificate, key), `login` a (user, password) it wants."""
    box = Box()

    def authenticate(_server, _session, _envelope, _mechanism, data):
        box.signed_in.append(data.login.decode())
        fits = (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=fits, handled=False)

    more = {}
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        more |= {"tls_context": context, "require_starttls": True}
    if login is not None:
        more |= {"authenticator": authenticate, "auth_required": True}
        more |= {"auth_require_tls": tls is not None}
    controller = Controller(box, hostname="127.0.0.1", port=servers.free_port(), **more)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


@contextmanager
def rude(script):
    """A server that follows `script(connection, hear)` for each connection, and then hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    threads = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=_talk, args=(connection, script), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=serve, daemon=True)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(timeout=5)
        for thread in threads:
            thread.join(timeout=5)


def _talk(connection, script):
    with connection, connection.makefile("rb") as lines:
        script(connection, lambda: lines.readline().decode())


def until_the_end(connection, hear):
    """A script: all goes well up to the last dot of the message."""
    connection.sendall(b"220 here\r\n")
    while not (said := hear()).startswith("DATA"):
        if not said:
            return
        connection.sendall(b"250 fine\r\n")
    connection.sendall(b"354 go on\r\n")
    while hear() != ".\r\n":
        pass


def certificate(folder):
    """A self-signed certificate for 127.0.0.1 and its key."""
    made = folder / "mail.crt", folder / "mail.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-out", made[0], "-keyout", made[1]]
    subprocess.run(command, check=True, capture_output=True)
    return made
