"""`flask --app run framework …`: check the competency framework."""

import click

from app.banks.loader import Kind
from app.cli.lint import banks_folder, lint_options, load_all, report


@click.group("framework")
def cli() -> None:
    """能力模型：检查。"""


@cli.command()
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@lint_options
def lint(paths: tuple[str, ...], form: str, lang: str) -> None:
    """检查能力模型文件（默认 question_banks/）。"""
    loaded = load_all(paths or (str(banks_folder()),), kinds=(Kind.FRAMEWORK,))
    raise SystemExit(report(loaded, form, lang))
