"""Work that takes longer than a request: run, seen, repeated, never lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.models import Notice
from app.jobs import queries, queue, registry, services
from app.jobs.models import JobRun
from app.jobs.worker import folder_of, run_job, sweep
from app.kernel.errors import ConflictError
from tests.builders import START

seen = []


@registry.job("tests.file")
def make_file(context, *, text):
    for number in range(3):
        context.progress(number, total=3, message=f"{number}")
        seen.append(queries.job(context.job_id, owner_id=None).done)
    (context.folder / "答卷.txt").write_text(text, encoding="utf-8")
    return "答卷.txt"


@registry.job("tests.fails")
def fail(context):
    raise ConflictError


@registry.job("tests.crashes")
def crash(context):
    raise ZeroDivisionError


@pytest.fixture
def start(person, db_session):
    def make(kind="tests.file", key=None, **params):
        job_id = services.start_job(
            kind=kind,
            title="团队资料",
            owner_id=person("李经理").id,
            params=params or ({"text": "你好"} if kind == "tests.file" else {}),
            now=START,
            key=key,
        )
        db_session.commit()
        return job_id

    return make


def state(job_id):
    return queries.job(job_id, owner_id=None).state


def test_a_job_runs_tells_its_progress_and_leaves_a_file_for_its_owner_alone(app, page, start):
    job_id = start()
    page(f"/jobs/{job_id}", as_="李经理")
    seen.clear()
    run_job(app, job_id)
    assert seen == [0, 1, 2]
    answer = page(f"/jobs/{job_id}", as_="李经理", headers={"Accept": "application/json"})
    assert answer.json["state"] == "done"
    assert page(answer.json["file"], as_="李经理").text == "你好"
    page(f"/jobs/{job_id}", as_="赵经理", status=404)
    page(f"/jobs/{job_id}/file", as_="赵经理", status=404)
    page(f"/jobs/{job_id}", as_="admin")
    page(f"/jobs/{job_id}/file", as_="admin", status=404)
    page("/jobs/", as_="李经理")
    assert "文件做好了：团队资料" in page("/notices", as_="李经理").text


@pytest.mark.parametrize(
    ("kind", "said"), [("tests.fails", "别人刚改过这里"), ("tests.crashes", "ZeroDivisionError")]
)
def test_a_failed_job_says_why_and_can_be_repeated(app, page, start, kind, said):
    job_id = start(kind)
    run_job(app, job_id)
    text = page(f"/jobs/{job_id}", as_="李经理").text
    assert said in text
    assert "重做一次" in text
    page(f"/jobs/{job_id}/repeat", as_="赵经理", data={}, status=404)
    page(f"/jobs/{job_id}/repeat", as_="李经理", data={}, status=302)
    assert state(job_id) == "queued"
    page(f"/jobs/{job_id}/repeat", as_="李经理", data={}, status=409)


def test_two_workers_never_run_the_same_job(app, start, db_session):
    job_id = start()
    assert services.claim(job_id, now=START) is not None
    assert services.claim(job_id, now=START) is None
    db_session.commit()
    run_job(app, job_id)
    assert state(job_id) == "running"


def test_a_job_whose_worker_died_is_seen_as_failed(app, start, clock, db_session):
    job_id = start()
    services.claim(job_id, now=START)
    db_session.commit()
    clock.advance(seconds=90)
    sweep(app)
    assert state(job_id) == "running"
    clock.advance(seconds=60)
    sweep(app)
    assert state(job_id) == "failed"


def test_a_lost_message_is_sent_again(app, start, clock, monkeypatch):
    sent = []
    monkeypatch.setattr(queue, "send", sent.append)
    job_id = start()
    sweep(app)
    assert job_id not in sent
    clock.advance(seconds=61)
    sweep(app)
    assert job_id in sent


def test_the_same_key_is_started_once(start):
    assert start(key="packs:2026-03") == start(key="packs:2026-03")


def test_the_night_comes_once_a_day_and_runs_every_room(app, clock, monkeypatch, db_session):
    called = []
    monkeypatch.setitem(app.extensions, "sweepers", {})
    monkeypatch.setitem(app.extensions, "nightly", {"a": called.append, "b": called.append})
    for _ in range(3):
        sweep(app)
    nights = db_session.scalars(select(JobRun.id).where(JobRun.kind == "nightly")).all()
    assert len(nights) == 1
    run_job(app, nights[0])
    assert called == [clock.now, clock.now]
    clock.advance(days=1)
    sweep(app)
    assert len(db_session.scalars(select(JobRun.id).where(JobRun.kind == "nightly")).all()) == 2


def test_a_room_that_fails_at_night_does_not_stop_the_others(app, monkeypatch, db_session):
    called = []

    def broken(_now):
        raise ZeroDivisionError

    monkeypatch.setitem(app.extensions, "sweepers", {"broken": broken, "good": called.append})
    monkeypatch.setitem(app.extensions, "nightly", {"broken": broken, "good": called.append})
    sweep(app)
    night = db_session.scalars(select(JobRun.id).where(JobRun.kind == "nightly")).one()
    run_job(app, night)
    assert len(called) == 2
    assert state(night) == "failed"
    assert "broken" in queries.job(night, owner_id=None).message


def test_files_go_after_a_week(app, start, clock, monkeypatch, db_session):
    monkeypatch.setitem(app.extensions, "sweepers", {})
    monkeypatch.setitem(app.extensions, "nightly", {})
    job_id = start()
    run_job(app, job_id)
    folder = folder_of(app.extensions["settings"], job_id)
    assert (folder / "答卷.txt").exists()
    clock.advance(days=8)
    sweep(app)
    night = db_session.scalars(select(JobRun.id).where(JobRun.kind == "nightly")).one()
    run_job(app, night)
    assert not folder.exists()
    db_session.expire_all()
    assert queries.job(job_id, owner_id=None).file_name is None


def test_the_owner_is_told_in_her_language(app, start, person, db_session):
    person("李经理").locale = "en"
    job_id = start("tests.fails")
    run_job(app, job_id)
    assert state(job_id) == "failed"
    assert db_session.scalars(select(Notice.kind)).all() == ["job_failed"]


def test_the_alive_mark_moves_with_progress(app, start, clock, db_session):
    job_id = start()
    services.claim(job_id, now=START)
    clock.advance(seconds=100)
    services.progress(job_id, done=1, now=clock.now)
    clock.advance(seconds=100)
    assert services.bury_dead(now=clock.now) == []
    assert services.bury_dead(now=clock.now + timedelta(seconds=21)) == [job_id]
