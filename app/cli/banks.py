"""`flask --app run bank …`: check, load and dump item banks."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.banks.messages import LANGS
from app.cli.lint import banks_folder, lint_options, load_all, refuse, report
from app.cli.paper import paper

if TYPE_CHECKING:
    from app.banks.services import ImportReport


@click.group("bank")
def cli() -> None:
    """题库：检查、载入、导出、打印。"""


cli.add_command(paper)


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@lint_options
@click.option("--style/--no-style", default=True, help="连同命题检查（W510 到 W590）")
def lint(paths: tuple[str, ...], form: str, lang: str, style: bool) -> None:
    """检查题库文件；0 没有错误，1 有错误，2 命令用不了。"""
    raise SystemExit(report(load_all(paths), form, lang, style=style))


@cli.command()
@click.argument("paths", nargs=-1, metavar="[PATH]…")
@click.option("--owner", metavar="EMAIL", help="题库归谁；不写归共享组，培训师都能读、能改")
@click.option("--dry-run", is_flag=True, help="只报告，不写入")
@click.option(
    "--over", type=int, metavar="VERSION", help="明知与最新的这一版有出入，仍用文件盖过去"
)
@click.option("--lang", type=click.Choice(LANGS), default="zh-CN", show_default=True)
def load(
    paths: tuple[str, ...], owner: str | None, dry_run: bool, over: int | None, lang: str
) -> None:
    """把题库载入并发布（默认 question_banks/）；有一处错误就什么都不写。

    网页上改过的题库不会被旧文件盖掉：先说有什么出入，再由您用 --over 决定。
    """
    # Imported here: lint must run without a database.
    from app.accounts.queries import user_id_by_email  # noqa: PLC0415  when the command runs
    from app.banks.errors import BankDivergedError  # noqa: PLC0415  when the command runs
    from app.banks.services import load_paths  # noqa: PLC0415  when the command runs
    from app.cli.divergence import say_differences, say_drafts  # noqa: PLC0415  when the command runs
    from app.kernel.clock import now  # noqa: PLC0415  when the command runs
    from app.kernel.db import transaction  # noqa: PLC0415  when the command runs
    from app.kernel.errors import DomainError  # noqa: PLC0415  when the command runs

    given = paths or (str(banks_folder()),)
    loaded = load_all(given)
    if any(found.errors for found in loaded):
        raise SystemExit(report(loaded, "text", lang))
    try:
        with transaction():
            owner_id = user_id_by_email(owner) if owner else None
            if owner and owner_id is None:
                refuse(f"没有邮箱为 {owner} 的人 / nobody has this e-mail")
            reports = load_paths(
                given,
                root=banks_folder(),
                owner_id=owner_id,
                now=now(),
                dry_run=dry_run,
                over=over,
            )
            say_drafts([done.bank for done in reports], lang)
    except BankDivergedError as error:
        click.echo(error.message % error.params, err=True)
        say_differences(str(error.params["bank"]), str(error.params["source"]), lang)
        raise SystemExit(1) from None
    except DomainError as error:
        click.echo(error.message % error.params, err=True)
        raise SystemExit(1) from None
    _print(reports, dry_run=dry_run)


def _print(reports: list["ImportReport"], *, dry_run: bool) -> None:
    for done in reports:
        for word, items in (
            ("new", done.new),
            ("changed", done.changed),
            ("unchanged", done.unchanged),
            ("removed", done.removed),
        ):
            for item in items:
                click.echo(f"{word}\t{done.bank}\t{item}")
        what = "would be loaded" if dry_run and done.is_new else "loaded"
        state = what if done.is_new else "already loaded"
        click.echo(
            f"{done.bank}\tversion {done.number}\t{state}\t"
            f"new {len(done.new)}, changed {len(done.changed)}, unchanged {len(done.unchanged)}"
        )


@cli.command()
@click.argument("bank")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
def dump(bank: str, out: Path) -> None:
    """把题库的最新版本写成文件，与作者写的一字不差；图片写在文件旁边。"""
    from app.banks.queries import pictures_of, source_of  # noqa: PLC0415  when the command runs
    from app.kernel.errors import DomainError  # noqa: PLC0415  when the command runs

    try:
        source, pictures = source_of(bank), pictures_of(bank)
    except DomainError as error:
        refuse(error.message % error.params)
    try:
        for name, data in pictures.items():
            _put_beside(out, name, data)
        out.write_bytes(source)
    except OSError as error:
        refuse(f"写不了 {error.filename or out}：{error.strerror} / cannot be written")


def _put_beside(out: Path, name: str, data: bytes) -> None:
    """A picture beside the file; another picture of that name is left alone."""
    path = out.parent / name
    if path.exists() and path.read_bytes() != data:
        refuse(f"{path} 已经是另一张图片。换一个文件夹再写 / another picture is there already")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@cli.command("export")
@click.argument("bank")
@click.option(
    "--to",
    required=True,
    type=click.Choice(["gift", "moodle-xml", "qti", "xlsx", "docx"]),
    help="格式",
)
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--lang", type=click.Choice(LANGS), default="zh-CN", show_default=True)
@click.option("--key", is_flag=True, help="docx 加一页答案和解析")
def export_(bank: str, to: str, out: Path, lang: str, key: bool) -> None:
    """把题库（文件或编号）写成别的格式；带不走的写在标准错误上。"""
    # The writers take a while to load; lint does without them.
    from app.cli.exporting import export  # noqa: PLC0415  when the command runs

    raise SystemExit(export(bank, to, out, lang=lang, key=key))


@cli.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="写到哪里；不写就显示出来"
)
@click.option("--id", "bank_id", help="题库 id；不写就由文件名得出")
@click.option("--lang", type=click.Choice(LANGS), default="zh-CN", show_default=True)
def import_(file: Path, out: Path | None, bank_id: str | None, lang: str) -> None:
    """把试卷（文本、Word、Excel、GIFT、Moodle、Aiken、QTI）变成题库文件。

    0 没有错误，1 有错误（读到题目就会写文件），2 命令用不了。没有答案的题目是草稿。
    """
    from app.banks.importing import MAX_BYTES, refused  # noqa: PLC0415  slow to load
    from app.banks.importing.check import findings  # noqa: PLC0415  when the command runs
    from app.banks.importing.errors import ImportRefusedError  # noqa: PLC0415  when the command runs
    from app.banks.importing.naming import suggested_id, suggested_title  # noqa: PLC0415  when the command runs
    from app.banks.importing.sandbox import understand  # noqa: PLC0415  when the command runs
    from app.banks.writer import SLUG, to_yaml  # noqa: PLC0415  when the command runs

    if bank_id is not None and not SLUG.fullmatch(bank_id):
        refuse(f"题库 id“{bank_id}”不行：只用 a-z、0-9 和 . _ - / use a-z, 0-9 and . _ - only")
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        refuse(f"读不了 {file}：{error.strerror} / cannot be read")
    # A stranger's file is as dangerous here as on the page: the same child with the same limits.
    try:
        found = understand(file.name, data)
    except ImportRefusedError as error:
        found = refused(error.key, error.params)
    problems = findings(found)
    for problem in problems:
        name = f"{file}[{problem.file}]" if problem.file else str(file)
        click.echo(problem.in_file(name).line_of_text(lang), err=True)
    if found.items:
        text = to_yaml(
            found,
            bank_id=bank_id or suggested_id(file.name),
            title=suggested_title(found, file.name),
        )
        _write_import(out, text, found.images)
    raise SystemExit(1 if any(problem.level == "error" for problem in problems) else 0)


def _write_import(out: Path | None, text: str, images: Mapping[str, bytes]) -> None:
    """The file, and its pictures beside it; another picture of that name is left alone."""
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        for name, data in images.items():
            _put_beside(out, Path(name).name, data)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"写不了 {out}：{error.strerror} / cannot be written")
