"""`flask --app run framework …`: check the competency framework, and put it in force."""

from pathlib import Path

import click

from app.banks.loader import Kind, load_path
from app.banks.messages import LANGS
from app.cli.lint import banks_folder, lint_options, load_all, refuse, report


@click.group("framework")
def cli() -> None:
    """能力模型：检查、载入。"""


@cli.command()
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@lint_options
def lint(paths: tuple[str, ...], form: str, lang: str) -> None:
    """检查能力模型文件（默认 question_banks/）。"""
    loaded = load_all(paths or (str(banks_folder()),), kinds=(Kind.FRAMEWORK,))
    raise SystemExit(report(loaded, form, lang))


@cli.command()
@click.argument("path", required=False, metavar="[PATH]")
@click.option("--lang", type=click.Choice(LANGS), default="zh-CN", show_default=True)
def load(path: str | None, lang: str) -> None:
    """载入能力模型（默认 question_banks/ 里的那一份），期望随之生效，等级重算。"""
    # Imported here: lint must run without a database.
    from app.competency.services import load_framework  # noqa: PLC0415  when the command runs
    from app.kernel.clock import now, organisation_day  # noqa: PLC0415  when the command runs
    from app.kernel.db import transaction  # noqa: PLC0415  when the command runs
    from app.kernel.errors import DomainError  # noqa: PLC0415  when the command runs

    if path and Path(path).is_file():
        loaded = [load_path(path)]  # alone: it may be the next edition of the one in the folder
    else:
        loaded = load_all((path or str(banks_folder()),), kinds=(Kind.FRAMEWORK,))
    if any(found.errors for found in loaded):
        raise SystemExit(report(loaded, "text", lang))
    found = [file for file in loaded if file.framework is not None]
    if len(found) != 1:
        refuse("要正好一份能力模型文件，请写明是哪一份 / name exactly one framework file")
    try:
        with transaction():
            done = load_framework(
                found[0].data,
                actor_id=None,
                now=now(),
                today=organisation_day(now()),
                file=found[0].file,
            )
    except DomainError as error:
        click.echo(error.message % error.params, err=True)
        raise SystemExit(1) from None
    state = "loaded" if done.is_new else "already loaded"
    click.echo(
        f"{found[0].file}\t{state}\texpectations changed {done.expectations_changed},"
        f" kept {done.kept}"
    )
