"""The administrator sees who works, what waits and what went wrong, and mends it from the page."""

import pytest
from sqlalchemy import select

from app.audit.models import AuditEvent
from app.jobs import queries, registry, services
from app.jobs.models import CANCELLED, JobRun, StepRun
from app.jobs.worker import beat, courier, run_job, sweep
from app.kernel.db import transaction
from app.kernel.errors import ConflictError
from tests.builders import START

NAME = "machine-7:4711:abcd"


@registry.job("tests.page")
def done(context):
    context.progress(1, total=2)


@registry.job("tests.page_fails")
def fails(context):
    raise ConflictError


@pytest.fixture
def order(db_session, person, clock):
    def make(kind="tests.page"):
        job_id = services.start_job(
            kind=kind, title="团队资料", owner_id=person("李经理").id, params={}, now=clock.now
        )
        db_session.commit()
        return job_id

    return make


@pytest.fixture
def steps(app, monkeypatch):
    """`steps(sweepers={…})` instead of those of the rooms."""

    def only(**groups):
        for group in ("sweepers", "hourly", "nightly", "couriers"):
            monkeypatch.setitem(app.extensions, group, groups.get(group, {}))

    only()
    return only


def broken(_now):
    raise ZeroDivisionError


def test_without_a_worker_the_page_says_what_stands_still(page, steps):
    text = page("/admin/jobs", as_="admin").text
    assert "没有 worker 在运行" in text
    assert "flask --app run worker" in text
    assert "没有设置邮件服务" in text
    assert "没有这样的任务" in text


def test_a_worker_is_seen_by_its_beats_with_what_it_does(app, page, steps, order, clock):
    job_id = order()
    beat(app, NAME, clock.now)
    with transaction():
        services.claim(job_id, now=clock.now, worker=NAME)
    text = page("/admin/jobs", as_="admin").text
    assert "后台正常" in text
    assert "machine-7" in text
    workers, _, jobs = text.partition('id="steps"')
    assert "团队资料" in workers
    assert "团队资料" in jobs
    clock.advance(seconds=121)
    text = page("/admin/jobs", as_="admin").text
    assert "没有消息了" in text
    assert "没有 worker 在运行" in text
    with transaction():
        services.stop_worker(name=NAME, now=clock.now)
    assert "已停" in page("/admin/jobs", as_="admin").text


def test_a_step_that_fails_is_seen_and_can_be_run_again(app, page, steps, clock, db_session):
    steps(sweepers={"good": lambda _now: None}, nightly={"odd": broken})
    beat(app, NAME, clock.now)
    sweep(app)
    (night,) = db_session.scalars(select(JobRun.id).where(JobRun.kind == "nightly"))
    run_job(app, night)
    text = page("/admin/jobs", as_="admin").text
    assert "定时步骤有 1 个没有做成" in text
    assert "ZeroDivisionError" in text
    page("/admin/jobs/steps/nightly:odd/repeat", as_="admin", data={}, status=302)
    (again,) = db_session.scalars(select(JobRun.id).where(JobRun.kind == "step"))
    run_job(app, again)
    assert db_session.get(StepRun, "nightly:odd").failures == 2
    assert queries.job(again, owner_id=None).state == "failed"
    steps(sweepers={"good": lambda _now: None}, nightly={"odd": lambda _now: None})
    page(f"/admin/jobs/{again}/repeat", as_="admin", data={}, status=302)
    run_job(app, again)
    db_session.expire_all()
    row = db_session.get(StepRun, "nightly:odd")
    assert (row.is_ok, row.failures, row.ok_at) == (True, 0, clock.now)
    page("/admin/jobs/steps/nightly:none/repeat", as_="admin", data={}, status=404)
    deeds = db_session.scalars(select(AuditEvent.action).where(AuditEvent.object_type == "job"))
    assert deeds.all() == ["job.step", "job.repeat"]


def test_a_courier_that_fails_is_seen(app, steps, db_session):
    def cannot():
        raise OSError("secret of somebody")

    steps(couriers={"post": cannot})
    courier(app, "post", cannot)
    row = db_session.get(StepRun, "deliver:post")
    assert (row.is_ok, row.message) == (False, "OSError")
    courier(app, "post", lambda: None)
    db_session.expire_all()
    assert db_session.get(StepRun, "deliver:post").is_ok


def test_an_hourly_step_runs_once_an_hour(app, steps, clock):
    called = []
    steps(hourly={"hour": called.append})
    for minutes in (0, 1, 58, 1, 30):
        clock.advance(minutes=minutes)
        sweep(app)
    assert [moment.strftime("%H:%M") for moment in called] == ["01:00", "02:00"]


def test_a_waiting_job_is_cancelled_and_repeated(app, page, steps, order, db_session):
    job_id = order()
    page(f"/admin/jobs/{job_id}/cancel", as_="admin", data={}, status=302)
    run_job(app, job_id)
    job = queries.job(job_id, owner_id=None)
    assert (job.state, job.message) == ("failed", CANCELLED)
    assert "取消了" in page(f"/jobs/{job_id}", as_="李经理").text
    page(f"/admin/jobs/{job_id}/cancel", as_="admin", data={}, status=409)
    page(f"/admin/jobs/{job_id}/repeat", as_="admin", data={}, status=302)
    run_job(app, job_id)
    db_session.expire_all()
    assert queries.job(job_id, owner_id=None).state == "done"
    page(f"/admin/jobs/{job_id}/repeat", as_="admin", data={}, status=409)


def test_a_running_job_that_is_cancelled_stops_and_stays_cancelled(app, steps, order, db_session):
    went_on = []

    @registry.job("tests.cancelled_meanwhile")
    def work(context):
        with context.transaction():
            services.cancel(context.job_id, now=context.now())
        context.progress(1)
        went_on.append(True)

    job_id = order("tests.cancelled_meanwhile")
    run_job(app, job_id)
    db_session.expire_all()
    job = queries.job(job_id, owner_id=None)
    assert (job.state, job.message, went_on) == ("failed", CANCELLED, [])


def test_the_list_is_narrowed_by_standing_and_kind(app, page, steps, order, clock, db_session):
    failed, ended, waiting, died = order("tests.page_fails"), order(), order(), order()
    for job_id in (failed, ended):
        run_job(app, job_id)
    with transaction():
        services.claim(died, now=clock.now)
    clock.advance(minutes=3)
    with transaction():
        assert services.bury_dead(now=clock.now) == [died]
    expected = {"failed": failed, "died": died, "done": ended, "waiting": waiting}
    for standing, job_id in expected.items():
        text = page(f"/admin/jobs?standing={standing}", as_="admin").text
        listed = text.partition('id="list"')[2]
        assert f'href="/jobs/{job_id}"' in listed
        others = set(expected.values()) - {job_id}
        assert not any(f'href="/jobs/{other}"' in listed for other in others)
    listed = page("/admin/jobs?kind=tests.page_fails", as_="admin").text.partition('id="list"')[2]
    assert f'href="/jobs/{failed}"' in listed
    assert f'href="/jobs/{died}"' not in listed
    text = page("/admin/jobs?standing=nonsense", as_="admin").text
    assert "最近 7 天有 2 个任务没有做成" in text or "没有 worker 在运行" in text


def test_kinds_tell_how_often_how_long_and_the_last_failure(app, steps, order, clock, db_session):
    failed = order("tests.page_fails")
    run_job(app, failed)
    for _ in range(3):
        job_id = order()
        with transaction():
            claimed = services.claim(job_id, now=clock.now)
        clock.advance(seconds=65)
        with transaction():
            services.finish(job_id, now=clock.now, file_name=None, tries=claimed.tries)
    kinds = {one.kind: one for one in queries.job_kinds(since=START)}
    good, bad = kinds["tests.page"], kinds["tests.page_fails"]
    assert (good.runs, good.failures, good.usual, good.longest) == (3, 0, 65, 65)
    assert (bad.failures, bad.failed_id) == (1, failed)
    assert "别人刚改过这里" in bad.message


def test_a_job_that_may_be_done_twice_is_begun_anew_three_times_at_most(steps, order, clock):
    job_id = order()
    for round_ in (1, 2, 3):
        with transaction():
            assert services.claim(job_id, now=clock.now).tries == round_
        clock.advance(minutes=3)
        with transaction():
            assert services.bury_dead(now=clock.now, again={"tests.page"}) == [job_id]
        wanted = "queued" if round_ < 3 else "failed"
        assert queries.job(job_id, owner_id=None).state == wanted


@pytest.mark.parametrize("who", ["小王", "李经理", "HR", "陈老师"])
def test_only_the_administrator_comes_here(page, who):
    page("/admin/jobs", as_=who, status=403)
