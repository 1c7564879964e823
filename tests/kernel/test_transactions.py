"""One transaction per request: committed below 400, undone otherwise, nothing sent before."""

from types import SimpleNamespace

import pysqlite3
import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import text

from app import create_app
from app.accounts.models import Throttle
from app.kernel import auth, web
from app.kernel.config import Settings
from app.kernel.db import Base, db, session, transaction
from app.kernel.errors import ConflictError
from tests.builders import START

SECRET = "x" * 40


def put(key):
    session().add(Throttle(key=key, failures=1, window_started_at=START, last_at=START))
    session().flush()


@pytest.fixture
def site(tmp_path):
    file = tmp_path / "edge.sqlite3"
    app = create_app(
        Settings(
            env="test",
            secret_key=SECRET,
            database_url=f"sqlite+pysqlite:///{file}",
            instance_dir=tmp_path,
        )
    )
    sent = []

    def committed():
        with pysqlite3.connect(file) as connection:
            rows = connection.execute("SELECT key FROM throttle ORDER BY key").fetchall()
        connection.close()
        return [row[0] for row in rows]

    def others_may_write():
        connection = pysqlite3.connect(file, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except pysqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    @auth.public
    def ok():
        put("ok")
        web.after_commit(lambda: sent.append(committed()))
        return {"alone": not others_may_write()}

    @auth.public
    def refused():
        put("refused")
        web.after_commit(lambda: sent.append("refused"))
        web.side_write(lambda: put("about the request"))
        raise ConflictError

    @auth.public
    def unprocessable():
        put("unprocessable")
        web.after_commit(lambda: sent.append("unprocessable"))
        return {}, 422

    @auth.public
    def read():
        put("read")
        return {"alone": not others_may_write()}

    @auth.public
    @auth.reads_first
    def slow():
        session().execute(text("SELECT 1"))
        before = others_may_write()
        web.begin_write()
        put("slow")
        return {"before": before, "after": others_may_write()}

    @auth.public
    def broken_side():
        put("kept")
        web.side_write(lambda: 1 / 0)
        return {}

    for view in (ok, refused, unprocessable, slow, broken_side):
        app.add_url_rule(f"/{view.__name__}", view.__name__, view, methods=["POST"])
    app.add_url_rule("/read", "read", read)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        db.engine.dispose()
    client = app.test_client()

    def post(url):
        with client.session_transaction() as cookie:
            cookie["csrf_token"] = "test"
        token = URLSafeTimedSerializer(SECRET, salt="wtf-csrf-token").dumps("test")
        headers = {"X-CSRFToken": token, "Accept": "application/json"}
        return client.post(url, headers=headers)

    yield SimpleNamespace(post=post, client=client, sent=sent, committed=committed, app=app)
    with app.app_context():
        db.engine.dispose()


def test_a_view_that_worked_is_committed_before_anything_is_sent(site):
    assert site.post("/ok").json == {"alone": True}
    assert site.committed() == ["ok"]
    assert site.sent == [["ok"]]


def test_a_refusal_undoes_all_and_sends_nothing_but_the_record_of_the_request_stays(site):
    assert site.post("/refused").status_code == 409
    assert site.committed() == ["about the request"]
    assert site.sent == []


def test_an_answer_of_422_undoes_all(site):
    assert site.post("/unprocessable").status_code == 422
    assert site.committed() == []
    assert site.sent == []


def test_a_get_writes_nothing_even_when_its_view_tries(site):
    assert site.client.get("/read").status_code == 200
    assert site.committed() == []


def test_slow_work_is_done_before_the_turn_to_write_is_taken(site):
    assert site.post("/slow").json == {"before": True, "after": False}
    assert site.committed() == ["slow"]


def test_a_lost_log_line_does_not_lose_the_answer(site):
    assert site.post("/broken_side").status_code == 200
    assert site.committed() == ["kept"]


def test_a_job_rolls_back_as_a_whole(site):
    def broken_job():
        with transaction():
            put("job")
            raise ZeroDivisionError

    with site.app.app_context():
        with pytest.raises(ZeroDivisionError):
            broken_job()
        with transaction():
            put("job 2")
    assert site.committed() == ["job 2"]
