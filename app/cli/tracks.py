"""`flask --app run track …`: check, list and load training tracks."""

import click

from app.banks.loader import Kind
from app.cli.lint import banks_folder, lint_options, load_all, refuse, report
from app.domain.items import text_in


@click.group("track")
def cli() -> None:
    """培训路径：检查、列出、装入。"""


@cli.command()
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@lint_options
def lint(paths: tuple[str, ...], form: str, lang: str) -> None:
    """检查培训路径文件（默认 question_banks/）。"""
    loaded = load_all(paths or (str(banks_folder()),), kinds=(Kind.TRACK,))
    raise SystemExit(report(loaded, form, lang))


@cli.command("list")
@click.option("--lang", type=click.Choice(["zh-CN", "en"]), default="zh-CN", show_default=True)
def list_tracks(lang: str) -> None:
    """列出 question_banks/ 里的培训路径：编号、层级、阶段数、标题。"""
    loaded = load_all((str(banks_folder()),), kinds=(Kind.TRACK,))
    for found in loaded:
        if track := found.track:
            title = text_in(track.title, lang)
            click.echo(f"{track.id}\t{track.tier}\t{len(track.stages)}\t{title}")
    broken = [found for found in loaded if found.kind is Kind.TRACK and found.errors]
    if broken:
        raise SystemExit(report(broken, "text", lang))


@cli.command()
@click.argument("paths", nargs=-1, metavar="[PATH]…")
def load(paths: tuple[str, ...]) -> None:
    """装入培训路径和课程（默认 question_banks/ 里全部）；题库要先装入。"""
    # Imported here: lint must run without a database.
    from app.kernel.clock import now  # noqa: PLC0415  when the command runs
    from app.kernel.db import transaction  # noqa: PLC0415  when the command runs
    from app.kernel.errors import DomainError  # noqa: PLC0415  when the command runs
    from app.tracks import services  # noqa: PLC0415  when the command runs

    try:
        with transaction():
            done = services.load_folder(banks_folder(), paths=paths, actor_id=None, now=now())
    except DomainError as error:
        refuse(error.message % error.params)
    for one in done:
        words = "装入" if one.is_new else "没有变化"
        click.echo(f"{one.slug}\t第 {one.number} 版\t{words}")
        if one.leaves_behind is not None:
            click.echo(
                f"  第 {one.leaves_behind} 版在网页上改过数字，这个文件里没有那些改动 /"
                f" version {one.leaves_behind} was changed in the browser; those figures are not"
                " in this file",
                err=True,
            )
