"""`flask --app run track …`: check and list training tracks."""

import click

from app.banks.loader import Kind
from app.cli.lint import banks_folder, lint_options, load_all, report
from app.domain.items import text_in


@click.group("track")
def cli() -> None:
    """培训路径：检查、列出。"""


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
