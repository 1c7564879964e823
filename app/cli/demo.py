"""`flask --app run demo …`: the demo company, in an empty demo database alone."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app

from app.cli.lint import banks_folder
from app.kernel.config import Settings

FAILED = 1


@click.group("demo")
def cli() -> None:
    """演示公司：装入、重来。"""


@cli.command()
def load() -> None:
    """把演示公司装进空的演示库。"""
    load_company()
    _show()


@cli.command()
@click.option("--yes", is_flag=True, help="不再询问")
def reset(yes: bool) -> None:
    """清空演示库，再装一遍；没有演示标记的库不动。"""
    from app.demo import services  # noqa: PLC0415  commands without a database stay light

    def again() -> None:
        services.reset(env=_settings().env)

    if not yes:
        click.confirm("演示库里的全部数据会被清空，再装一遍。继续吗？", abort=True)
    _or_refuse(again)
    load_company()
    _show()


def load_company() -> None:
    """Load with a progress bar; ends the command with what stands in the way.

    A load that was killed half way is thrown away first and made again.
    """
    from app.demo import services  # noqa: PLC0415  when the command runs
    from app.kernel.clock import now  # noqa: PLC0415  when the command runs

    settings, begun = _settings(), time.monotonic()

    def run() -> None:
        if services.clear_unfinished(env=settings.env):
            click.echo("· 上一次装入演示公司时中断了：已清空，重新装入")
        with click.progressbar(length=100, label="· 装入演示公司") as bar:
            services.load(
                env=settings.env,
                folder=banks_folder(),
                timezone=settings.timezone,
                now=now(),
                progress=bar.update,
            )

    with _alone(settings.instance_dir):
        _or_refuse(run)
    click.echo(f"· 演示公司装好了，用了 {time.monotonic() - begun:.0f} 秒")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the turn to load: a load under way elsewhere would look like one that was killed."""
    with (folder / "demo.turn").open("a") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            click.echo("演示公司正在另一个窗口里装入，请等它装完。", err=True)
            raise SystemExit(FAILED) from None
        yield


def _or_refuse(work: Callable[[], None]) -> None:
    from app.kernel.errors import DomainError  # noqa: PLC0415  when the command runs

    try:
        work()
    except DomainError as error:
        click.echo(error.message % error.params, err=True)
        raise SystemExit(FAILED) from None


def account_lines() -> list[str]:
    """The demo accounts as text, password in the last line."""
    from app.demo import services  # noqa: PLC0415  when the command runs
    from app.demo.cast import PASSWORD  # noqa: PLC0415  when the command runs

    lines = [f"  {one.email}  {one.name}，{one.what}" for one in services.accounts()]
    return ["演示账号 Demo accounts:", *lines, f"  密码都是 Password of all: {PASSWORD}"]


def _show() -> None:
    for line in account_lines():
        click.echo(line)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
