"""`flask --app run bank paper FILE`: a bank's own paper as a PDF, without a database."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.banks.messages import LANGS
from app.cli.lint import load_all, refuse, report
from app.domain.items import Bank, Item, text_in
from app.domain.papercode import code_for
from app.domain.papers import Paper, PlanError, assemble, bank_plan
from app.domain.scoring import line, shown

if TYPE_CHECKING:
    from app.papers.prints import Head

SUFFIXES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp"}


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--pdf", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--key", is_flag=True, help="印答案与评分标准，不印试卷")
@click.option("--answers", is_flag=True, help="印答题纸，不印试卷")
@click.option("--separate", is_flag=True, help="答案写在答题纸上，试卷不留空")
@click.option("--seed", default="1", show_default=True, help="抽题和选项次序的种子")
@click.option("--lang", type=click.Choice(LANGS), default="zh-CN", show_default=True)
def paper(
    file: Path, pdf: Path, key: bool, answers: bool, separate: bool, seed: str, lang: str
) -> None:
    """按题库自己的结构印一份试卷；同一个种子，试卷和答案永远对得上。"""
    # Imported here: the other commands of the group start faster without.
    from app.kernel.pdf import close, render_pdf  # noqa: PLC0415  when the command runs
    from app.papers import prints  # noqa: PLC0415  when the command runs

    if key and answers:
        refuse("--key 和 --answers 只能写一个 / only one of --key and --answers")
    kind = prints.Kind.KEY if key else prints.Kind.ANSWERS if answers else prints.Kind.PAPER
    found = _drawn(file, seed, lang)
    html = prints.html(
        kind,
        found.paper,
        found.items,
        _head(found, seed, lang),
        lang=lang,
        separate=separate,
        pictures=lambda version: _picture(file.parent, found.items[version]),
    )
    try:
        pdf.write_bytes(render_pdf(html))
    except OSError as error:
        refuse(f"写不了 {pdf}：{error.strerror} / cannot be written")
    finally:
        close()


@dataclass(frozen=True, slots=True)
class _Found:
    """A bank, its items numbered as versions, and the paper drawn from it."""

    bank: Bank
    items: dict[int, Item]
    paper: Paper


def _drawn(file: Path, seed: str, lang: str) -> _Found:
    """Ends the command with 1 when the file has an error, with 2 when it is no bank."""
    loaded = load_all([str(file)])
    bank = loaded[0].bank
    if any(one.errors for one in loaded):
        raise SystemExit(report(loaded, "text", lang))
    if bank is None:
        refuse(f"{file} 不是题库 / not an item bank")
    versions = {item.id: number for number, item in enumerate(bank.items, 1)}
    try:
        drawn = assemble(bank_plan(bank, versions), seed=seed)
    except PlanError as error:
        refuse(f"题目不够：{error} / not enough items")
    return _Found(bank, {versions[item.id]: item for item in bank.items}, drawn)


def _head(found: _Found, seed: str, lang: str) -> "Head":
    from app.papers.prints import Head  # noqa: PLC0415  when the command runs

    mark = line(found.bank.pass_mark, found.paper.total)
    return Head(
        title=text_in(found.bank.title, lang),
        code=code_for("bank", found.bank.id, seed),
        minutes=found.bank.time_limit_minutes,
        pass_mark=shown(mark, mark),
    )


def _picture(folder: Path, item: Item) -> tuple[str, bytes] | None:
    """The image beside the file, as the author named it."""
    path = folder / (item.image or "")
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return None
    return SUFFIXES[path.suffix.lower()], path.read_bytes()
