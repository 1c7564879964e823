"""`flask --app run knowledge …`: bring in the objection library."""

from pathlib import Path

import click

from app.cli.lint import banks_folder, refuse


@click.group("knowledge")
def cli() -> None:
    """知识库：装入异议库。"""


@cli.command()
@click.argument("path", required=False, type=click.Path(exists=True, dir_okay=False))
def load(path: str | None) -> None:
    """装入异议库（默认 question_banks/objections.yaml）；网页上改过的不动。"""
    from app.kernel.clock import now  # noqa: PLC0415  when the command runs
    from app.kernel.db import transaction  # noqa: PLC0415  when the command runs
    from app.kernel.errors import DomainError  # noqa: PLC0415  when the command runs
    from app.knowledge import services  # noqa: PLC0415  when the command runs

    file = Path(path) if path else library_file()
    if not file.exists():
        refuse(f"找不到 {file}")
    try:
        with transaction():
            done = services.load_library(file.read_text(encoding="utf-8"), now=now())
    except DomainError as error:
        refuse(error.message % error.params)
    click.echo(f"新增 {done.fresh}，更新 {done.changed}，没有变化 {done.same}")


def library_file() -> Path:
    """The file that comes with the product."""
    return banks_folder() / "objections.yaml"
