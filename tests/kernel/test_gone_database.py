"""The database does not answer: every page says so in words, in the language of the browser."""

import pytest

from app import create_app
from tests.world import settings_for


@pytest.fixture
def client(tmp_path):
    url = f"postgresql+psycopg://lianbing@/world?host={tmp_path}"  # nobody listens there
    client = create_app(settings_for(tmp_path, url)).test_client()
    with client.session_transaction() as cookie:
        cookie["sid"] = "somebody"
    return client


WORDS = [("zh-CN", "服务器正忙"), ("en", "The server is busy")]


@pytest.mark.parametrize(("language", "words"), WORDS)
def test_a_page_says_that_the_database_is_away(client, language, words):
    answer = client.get("/account", headers={"Accept-Language": language})
    assert answer.status_code == 503
    assert words in answer.text


def test_a_save_is_told_to_come_again(client):
    answer = client.post("/attempts/1/responses", json={"client": "t", "saves": []})
    assert (answer.status_code, answer.json["code"]) == (503, "busy")
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
