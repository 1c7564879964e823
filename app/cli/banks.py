"""`flask --app run bank …`: check item banks."""

import click

from app.cli.lint import lint_options, load_all, report


@click.group("bank")
def cli() -> None:
    """题库：检查、载入、导出。"""


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@lint_options
def lint(paths: tuple[str, ...], form: str, lang: str) -> None:
    """检查题库文件；0 没有错误，1 有错误，2 命令用不了。"""
    raise SystemExit(report(load_all(paths), form, lang))
