"""The view model of the page about workers, periodic steps, jobs and mail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Flask
from flask_babel import gettext

from app.jobs import queries
from app.jobs.models import CANCELLED, LOST, JobState
from app.jobs.queries import Job, JobFilter, Kind, Step, WorkerRow
from app.jobs.services import DEAD_AFTER
from app.jobs.worker import steps_of
from app.kernel import fonts
from app.kernel.config import Settings
from app.kernel.errors import NotFoundError
from app.kernel.mail import server_of
from app.mailing import queries as mailing
from app.mailing.models import MailState
from app.mailing.queries import MailRow

_: Callable[..., str] = gettext

RECENT: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)
LINES: Final = 50
TROUBLE: Final = 20

STANDING_WORDS: Final[Mapping[str, Callable[[], str]]] = {
    "waiting": lambda: _("排队中"),
    "running": lambda: _("正在做"),
    "failed": lambda: _("没有做成"),
    "died": lambda: _("中途停了"),
    "cancelled": lambda: _("取消了"),
    "done": lambda: _("做好了"),
}
KIND_WORDS: Final[Mapping[str, Callable[[], str]]] = {
    "nightly": lambda: _("夜间更新"),
    "competency.renew": lambda: _("重算能力等级"),
    "reports.packs": lambda: _("团队资料"),
    "papers.print": lambda: _("印试卷"),
    "tracks.move": lambda: _("换版本"),
    "step": lambda: _("补跑一步"),
}
STEP_WORDS: Final[Mapping[str, Callable[[], str]]] = {
    "nightly:accounts": lambda: _("清理过期的登录记录"),
    "nightly:imports": lambda: _("清理没存成题库的导入"),
    "nightly:competency": lambda: _("重算所有人的能力等级"),
    "nightly:mailing": lambda: _("清理旧邮件"),
    "nightly:tracks": lambda: _("培训路径的夜间更新"),
    "hourly:assessments": lambda: _("提醒快到期的测验"),
    "hourly:tracks": lambda: _("提醒快到期的路径步骤"),
    "nightly:ratings": lambda: _("空出离职评委的席位"),
    "nightly:staff": lambda: _("清理没做完的人员导入和过期的邀请"),
    "nightly:admin": lambda: _("按日期开始和结束请假"),
    "hourly:ratings": lambda: _("提醒晚了的评委"),
    "hourly:deliverables": lambda: _("提醒交付物的日期"),
    "sweep:deliverables": lambda: _("收下评审好的交付物"),
    "deliver:staff": lambda: _("发邀请"),
    "nightly:fieldwork": lambda: _("告诉带教人和经理什么在等"),
    "hourly:fieldwork": lambda: _("提醒约好再看的日子"),
    "sweep:assessments": lambda: _("收到时间的答卷"),
    "sweep:mailing": lambda: _("找出没有下文的邮件"),
    "sweep:tracks": lambda: _("更新培训路径"),
    "deliver:mailing": lambda: _("发邮件"),
}
RHYTHMS: Final[Mapping[str, Callable[[], str]]] = {
    "nightly": lambda: _("每晚"),
    "hourly": lambda: _("每小时"),
    "sweep": lambda: _("每 30 秒"),
    "deliver": lambda: _("每 10 秒"),
}
MAIL_WORDS: Final[Mapping[str, Callable[[], str]]] = {
    "waiting": lambda: _("等着发"),
    "sending": lambda: _("正在发"),
    "sent": lambda: _("发出了"),
    "unsure": lambda: _("不知道发出没有"),
    "failed": lambda: _("没有发成"),
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """A periodic step in words."""

    step: Step
    words: str
    rhythm: str
    message: str
    may_repeat: bool


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in words."""

    job: Job
    title: str
    standing: str
    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind of job in words."""

    kind: Kind
    words: str
    usual: str
    longest: str
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerLine:
    """A worker in words; `jobs` are ids with titles."""

    worker: WorkerRow
    jobs: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail in words."""

    mail: MailRow
    words: str
    reason: str
    may_send: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter."""

    code: str
    words: str
    count: int
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class MachinePage:
    """All the page prints. `mail_server` is empty when no e-mail is set up; `no_pdf` says why no
    PDF can be made here, empty when it can."""

    headline: str
    is_well: bool
    workers: tuple[WorkerLine, ...]
    steps: tuple[StepLine, ...]
    kinds: tuple[KindLine, ...]
    standings: tuple[Choice, ...]
    kind_choices: tuple[Choice, ...]
    want: JobFilter
    jobs: tuple[JobLine, ...]
    more: int | None
    mail_server: str
    mail_from: str
    mail_counts: tuple[Choice, ...]
    mails: tuple[MailLine, ...]
    no_pdf: str


def page(app: Flask, want: JobFilter, *, before: int | None, now: datetime) -> MachinePage:
    """Everything about the machine as of `now`."""
    settings: Settings = app.extensions["settings"]
    workers = queries.workers(now=now, lost_after=DEAD_AFTER)
    steps = queries.steps(_step_names(app))
    counts = queries.standing_counts(since=now - RECENT)
    kinds = queries.job_kinds(since=now - MONTH)
    jobs = queries.all_jobs(want, before=before, limit=LINES)
    mail_counts = mailing.counts(since=now - RECENT)
    no_pdf = fonts.problem()
    trouble = _trouble(workers, steps, counts, mail_counts) or _pdf_trouble(no_pdf)
    return MachinePage(
        headline=trouble or _("后台正常"),
        is_well=not trouble,
        workers=tuple(_worker(row) for row in workers),
        steps=tuple(_step(step) for step in steps),
        kinds=tuple(_kind(kind) for kind in kinds),
        standings=tuple(
            Choice(code, word(), counts[code], code == want.standing)
            for code, word in STANDING_WORDS.items()
        ),
        kind_choices=tuple(
            Choice(one.kind, kind_words(one.kind), one.runs, one.kind == want.kind) for one in kinds
        ),
        want=want,
        jobs=tuple(_job(job) for job in jobs),
        more=jobs[-1].id if len(jobs) == LINES else None,
        mail_server=_server(settings),
        mail_from=settings.mail_from,
        mail_counts=tuple(
            Choice(code, word(), mail_counts[code], is_chosen=False)
            for code, word in MAIL_WORDS.items()
        ),
        mails=tuple(
            _mail(row)
            for state in (MailState.UNSURE, MailState.FAILED, MailState.WAITING)
            for row in mailing.mails(state=state, limit=TROUBLE)
        ),
        no_pdf=no_pdf,
    )


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that stands still: what, what follows, since when, where on the page."""

    what: str
    then: str
    since: datetime | None = None
    anchor: str = ""


def troubles(app: Flask, *, now: datetime) -> list[Trouble]:
    """Everything that is wrong with the machine, the gravest first. Five SELECTs."""
    workers = queries.workers(now=now, lost_after=DEAD_AFTER)
    failed = [step for step in queries.steps(_step_names(app)) if not step.is_ok]
    jobs = queries.standing_counts(since=now - RECENT)
    mails = mailing.counts(since=now - RECENT)
    ended, lost = jobs["failed"] + jobs["died"], mails["unsure"] + mails["failed"]
    found = []
    if not any(row.is_alive for row in workers):
        seen = max((row.alive_at for row in workers), default=None)
        found.append(Trouble(_("没有 worker 在运行"), _("任务、提醒和邮件都停着"), seen))
    found += [
        Trouble(_("“%(step)s”没有做成", step=_step_words(one.name)), one.message, one.ok_at)
        for one in failed
    ]
    if ended:
        then = _("其中 %(n)s 个中途停了，可以重新排队", n=jobs["died"])
        found.append(Trouble(_("最近 7 天有 %(n)s 个任务没有做成", n=ended), then))
    if lost:
        then = _("没有发成，或不知道发出没有，可以再发")
        found.append(Trouble(_("有 %(n)s 封邮件要看一看", n=lost), then, anchor="mail"))
    no_pdf = fonts.problem()
    if no_pdf:
        found.append(Trouble(_pdf_trouble(no_pdf), _("装上中文字体就好")))
    return found


def check_step(app: Flask, name: str) -> None:
    """Raises NotFoundError for a step that this release does not have."""
    if name not in steps_of(app):
        raise NotFoundError


def kind_words(kind: str) -> str:
    """A kind of job in words; one without stands for itself."""
    words = KIND_WORDS.get(kind)
    return words() if words else kind


def _step_names(app: Flask) -> list[str]:
    return [*steps_of(app), *(f"deliver:{room}" for room in app.extensions["couriers"])]


def _server(settings: Settings) -> str:
    if not settings.mail_url:
        return ""
    server = server_of(settings.mail_url)
    return f"{server.host}:{server.port}"


def _trouble(
    workers: list[WorkerRow], steps: list[Step], counts: Mapping[str, int], mail: Mapping[str, int]
) -> str:
    """What is wrong, the gravest first; empty when nothing is."""
    if not any(row.is_alive for row in workers):
        return _("没有 worker 在运行，任务、提醒和邮件都停着")
    failed = sum(not step.is_ok for step in steps)
    if failed:
        return _("定时步骤有 %(n)s 个没有做成", n=failed)
    if counts["failed"] or counts["died"]:
        return _("最近 7 天有 %(n)s 个任务没有做成", n=counts["failed"] + counts["died"])
    if mail["unsure"] or mail["failed"]:
        return _("有 %(n)s 封邮件要看一看", n=mail["unsure"] + mail["failed"])
    return ""


def _pdf_trouble(no_pdf: str) -> str:
    return _("PDF 做不了：没有中文字体") if no_pdf else ""


def _worker(row: WorkerRow) -> WorkerLine:
    return WorkerLine(row, tuple((i, _title(kind, title)) for i, kind, title in row.jobs))


def _title(kind: str, title: str) -> str:
    if kind == "step":
        return _("补跑：%(step)s", step=_step_words(title))
    return kind_words(kind) if kind in {"nightly", "competency.renew"} else title


def _step_words(name: str) -> str:
    words = STEP_WORDS.get(name)
    return words() if words else name


def _step(step: Step) -> StepLine:
    rhythm = step.name.partition(":")[0]
    return StepLine(
        step=step,
        words=_step_words(step.name),
        rhythm=RHYTHMS[rhythm](),
        message=step.message,
        may_repeat=rhythm != "deliver",
    )


def _kind(kind: Kind) -> KindLine:
    return KindLine(
        kind=kind,
        words=kind_words(kind.kind),
        usual=duration(kind.usual),
        longest=duration(kind.longest),
        reason=_reason(kind.message),
    )


def duration(seconds: int | None) -> str:
    """`8 秒`, `2 分 5 秒`; a dash for none."""
    if seconds is None:
        return "—"
    if seconds < 60:
        return _("%(s)s 秒", s=seconds)
    return _("%(m)s 分 %(s)s 秒", m=seconds // 60, s=seconds % 60)


def _reason(message: str) -> str:
    if message == LOST:
        return _("做它的程序中途停了。")
    return "" if message == CANCELLED else message


def _job(job: Job) -> JobLine:
    standing = queries.standing_of(job.state, job.message)
    return JobLine(
        job=job,
        title=_title(job.kind, job.title),
        standing=standing,
        words=STANDING_WORDS[standing](),
        reason=_reason(job.message) if job.state == JobState.FAILED else "",
    )


def _mail(row: MailRow) -> MailLine:
    is_open = row.state in {MailState.UNSURE, MailState.FAILED}
    died = _("发它的程序中途停了。")
    return MailLine(
        mail=row,
        words=MAIL_WORDS[row.state](),
        reason=died if row.words == LOST else row.words,
        may_send=is_open,
    )
