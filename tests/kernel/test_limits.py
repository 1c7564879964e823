"""How much a request may bring, what is said beyond it, and that nobody waits for a slow sender."""

import socket
import time
from urllib.parse import urlencode, urlsplit

import pytest
from flask import request

from app import create_app
from app.kernel import auth, web
from app.kernel.db import db
from tests import servers, world
from tests.sitter import Sitter, over_http
from tests.world import csrf_token

BIG = "x" * 600_000


@pytest.mark.parametrize(
    ("locale", "words"), [("zh-CN", "最多收 500 kB"), ("en", "At most 500 kB")]
)
def test_a_form_beyond_the_limit_is_refused_with_the_limit(page, person, locale, words):
    wang = person("小王")
    wang.locale = locale
    before = wang.timezone
    answer = page("/account", as_="小王", data={"timezone": BIG}, status=413)
    assert words in answer.text
    db.session.expire_all()
    assert person("小王").timezone == before


def test_a_fetch_call_beyond_the_limit_is_told_in_json(page):
    answer = page("/account", as_="小王", json={"timezone": BIG * 2}, status=413)
    assert answer.json["code"] == "request_entity_too_large"
    assert "1 MB" in answer.json["message"]


def test_a_form_within_the_limit_is_read(page):
    page("/account", as_="小王", data={"timezone": "x" * 400_000}, status=422)


def test_a_paper_of_long_answers_may_be_larger_than_a_form(page):
    """An hour without a network, ten answers of 20,000 characters: 404, not 413."""
    saves = [{"item": 1, "revision": 1, "response": {"text": "长" * 600_000}, "flagged": False}]
    page("/attempts/99999/responses", as_="小王", json={"client": "t", "saves": saves}, status=404)
    page("/attempts/99999/submit", as_="小王", data={"saves": "x" * 3_000_000}, status=400)
    page("/attempts/99999/submit", as_="小王", data={"saves": "x" * 4_000_000}, status=413)


def test_a_view_that_accepts_uploads_says_how_much(settings):
    app = create_app(settings)

    @app.post("/upload")
    @auth.public
    @web.accepts_upload(2_500_000)
    def upload():
        return str(len(request.files["file"].read()))

    app.secret_key = world.SECRET
    client = app.test_client()

    def send(size):
        name = b'Content-Disposition: form-data; name="file"; filename="a.yaml"'
        body = b"--edge\r\n" + name + b"\r\n\r\n" + b"x" * size + b"\r\n--edge--\r\n"
        kind, token = "multipart/form-data; boundary=edge", {"X-CSRFToken": csrf_token()}
        return client.post("/upload", data=body, content_type=kind, headers=token)

    with client.session_transaction() as cookie:
        cookie["csrf_token"] = "test"
    assert send(2_400_000).text == "2400000"
    refused = send(2_600_000)
    assert refused.status_code == 413
    assert "2 MB" in refused.text


def test_nobody_waits_for_somebody_who_sends_slowly(tmp_path):
    """The turn to write is taken when the whole body is there: others save meanwhile."""
    made = world.build(tmp_path, learners=2)
    with servers.gunicorn(environment=made.environment, workers=1) as (address, _server):
        slow, quick = (Sitter(one, over_http(address)) for one in made.learners)
        slow.start()
        quick.start()
        body = urlencode({"key": "k", "saves": "[]"}).encode()
        head = [
            f"POST /attempts/{slow.attempt_id}/submit HTTP/1.1",
            f"Host: {urlsplit(address).netloc}",
            f"Cookie: lianbing={slow.learner.cookie}",
            f"X-CSRFToken: {csrf_token()}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
            "Accept: application/json",
            "Connection: close",
        ]
        host = urlsplit(address)
        with socket.create_connection((host.hostname, host.port), timeout=20) as line:
            line.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body[:3])
            time.sleep(0.3)
            begun = time.monotonic()
            quick.save(1, 1, {"options": ["A"]})
            assert time.monotonic() - begun < 2
            line.sendall(body[3:])
            assert line.makefile("rb").readline().split()[1] == b"200"


def test_a_browser_that_is_still_sending_gets_to_read_the_refusal(tmp_path):
    made = world.build(tmp_path, learners=1)
    with servers.gunicorn(environment=made.environment, workers=1) as (address, _server):
        send = over_http(address, timeout=20)
        head = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
        status, _headers, body = send("POST", "/sign-in", head, b"login=" + b"x" * 20_000_000)
        assert status == 413
        assert "最多收 500 kB" in body.decode()
