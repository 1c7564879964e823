"""Handing one message over, to servers of every temper. Nothing here knows the product."""

import time
from email.message import EmailMessage

import pytest

from app.kernel import mail
from app.kernel.mail import MailServer, NotSentError, UnsureError, sender_of, server_of
from tests import servers
from tests.mailing.server import certificate, rude, taking, until_the_end

SENDER, TO = "notices@example.com", "someone@example.com"


def message(text="你好\n.\n..x\nend"):
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "通知", SENDER, TO
    made.set_content(text)
    return made


def plain(port, **more):
    return MailServer("127.0.0.1", port, more.pop("tls", "none"), **more)


def hand_over(server):
    return mail.send(server, message(), sender=SENDER, to=TO)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("tls"))


def test_a_message_arrives_whole(monkeypatch):
    with taking() as box:
        assert hand_over(plain(box.port)) == "250 taken as 42"
    ((to, arrived),) = box.mails
    assert to == [TO]
    assert arrived["Subject"] == "通知"
    assert arrived.get_content().replace("\r\n", "\n") == "你好\n.\n..x\nend\n"


def test_starttls_and_sign_in(tls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(tls[0]))
    with taking(tls=tls, login=("sender", "p@ss:word")) as box:
        url = f"smtp://sender:p%40ss%3Aword@127.0.0.1:{box.port}"
        hand_over(server_of(url))
        assert (len(box.mails), box.signed_in) == (1, ["sender"])
        with pytest.raises(NotSentError, match="535") as refused:
            hand_over(plain(box.port, tls="starttls", user="sender", password="wrong"))
        assert not refused.value.is_final  # the password is the installation's, not the mail's
        with pytest.raises(NotSentError, match="530"):
            hand_over(plain(box.port))
    assert len(box.mails) == 1


def test_a_certificate_nobody_vouches_for_is_refused(tls):
    with taking(tls=tls) as box:
        with pytest.raises(NotSentError, match="CERTIFICATE_VERIFY_FAILED") as refused:
            hand_over(plain(box.port, tls="starttls"))
        assert not refused.value.is_final
    assert box.mails == []


def test_a_server_without_tls_gets_nothing_where_tls_was_asked_for():
    with taking() as box, pytest.raises(NotSentError, match="STARTTLS"):
        hand_over(plain(box.port, tls="starttls", user="a", password="b"))
    assert (box.mails, box.signed_in) == ([], [])


@pytest.mark.parametrize(
    ("where", "reply", "is_final"),
    [
        ("rcpt", "550 5.1.1 no such user", True),
        ("rcpt", "450 4.2.0 greylisted", False),
        ("rcpt", "452 mailbox full", False),
        ("data", "554 5.7.1 looks like spam", True),
        ("data", "451 try later", False),
        ("mail", "550 5.7.1 not your address", False),
        ("rcpt", "421 4.7.0 closing", False),
    ],
)
def test_a_refusal_keeps_the_servers_words(where, reply, is_final):
    with taking() as box:
        setattr(box, where, reply)
        with pytest.raises(NotSentError) as refused:
            hand_over(plain(box.port))
    assert reply[4:] in refused.value.words
    assert refused.value.is_final is is_final
    assert refused.value.is_about_server is (where == "mail" or reply.startswith("421"))


def test_nobody_there_is_worth_another_try():
    with pytest.raises(NotSentError) as refused:
        hand_over(plain(servers.free_port()))
    assert not refused.value.is_final


def test_a_server_that_dies_before_the_end_has_sent_nothing():
    def hangs_up(connection, hear):
        connection.sendall(b"220 here\r\n")
        hear()

    with rude(hangs_up) as port, pytest.raises(NotSentError) as refused:
        hand_over(plain(port))
    assert not refused.value.is_final


def test_a_server_that_dies_after_the_last_dot_leaves_it_open():
    with rude(until_the_end) as port, pytest.raises(UnsureError):
        hand_over(plain(port))


def test_a_server_that_stalls_is_left(monkeypatch):
    monkeypatch.setattr(mail, "SECONDS", 0.5)

    def silent(_connection, hear):
        hear()

    def silent_at_the_end(connection, hear):
        until_the_end(connection, hear)
        hear()

    began = time.monotonic()
    with rude(silent) as port, pytest.raises(NotSentError):
        hand_over(plain(port))
    with rude(silent_at_the_end) as port, pytest.raises(UnsureError):
        hand_over(plain(port))
    assert time.monotonic() - began < 20


def test_a_rude_goodbye_does_not_matter():
    def leaves(connection, hear):
        until_the_end(connection, hear)
        connection.sendall(b"250 taken\r\n")

    with rude(leaves) as port:
        assert hand_over(plain(port)) == "250 taken"


def test_an_address_the_wire_cannot_carry_is_final():
    with pytest.raises(NotSentError) as refused:
        mail.send(plain(1), message(), sender=SENDER, to="某人@example.com")
    assert refused.value.is_final


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example.com", "mail.example.com", 587, "starttls"),
        ("smtps://mail.example.com", "mail.example.com", 465, "implicit"),
        ("smtp://mail.example.com?tls=none", "mail.example.com", 25, "none"),
        ("smtp://u:p@mail.example.com:2525", "mail.example.com", 2525, "starttls"),
    ],
)
def test_an_address_of_a_server_is_read(url, host, port, tls):
    found = server_of(url)
    assert (found.host, found.port, found.tls) == (host, port, tls)
    assert "p@" not in repr(found)


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://x?tls=maybe", "smtp://x:port"])
def test_a_wrong_address_of_a_server_is_refused(url):
    with pytest.raises(ValueError, match=r"write|Port|port"):
        server_of(url)


@pytest.mark.parametrize("text", ["", "Lianbing", "a@b\nBcc: x@y", "x <>"])
def test_a_wrong_sender_is_refused(text):
    with pytest.raises(ValueError, match="write"):
        sender_of(text)
