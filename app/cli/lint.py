"""What `bank lint`, `track lint` and `framework lint` share. No database, no secret, no state."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NoReturn

import click

from app.banks.loader import Kind, Loaded, load_tree
from app.banks.messages import LANGS, Problem, most_telling
from app.kernel.config import ROOT

DEFAULT_FOLDER: Final = "question_banks"
UNUSABLE: Final = 2


def banks_folder() -> Path:
    """`question_banks/` of the folder one stands in, else that of the product."""
    here = Path(DEFAULT_FOLDER)
    return here if here.is_dir() else ROOT / DEFAULT_FOLDER


def lint_options(command: Callable[..., None]) -> Callable[..., None]:
    """`--format` and `--lang`."""
    command = click.option(
        "--lang", type=click.Choice(LANGS), default="zh-CN", show_default=True, help="语言"
    )(command)
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="输出格式",
    )(command)


def load_all(paths: Sequence[str], kinds: Iterable[Kind] | None = None) -> list[Loaded]:
    """Load files and folders. Ends the command with 2 when there is nothing to read."""
    for path in paths:
        if not Path(path).exists():
            refuse(f"找不到 {path}。检查路径 / no such file: {path}")
    try:
        loaded = load_tree(paths, root=banks_folder())
    except OSError as error:
        refuse(f"读不了 {error.filename}：{error.strerror} / cannot be read")
    named = {str(Path(path)) for path in paths}
    if kinds is not None:
        # What cannot be told apart is shown by every lint; a file named outright always is.
        wanted = {*kinds, None}
        loaded = [found for found in loaded if found.kind in wanted or found.file in named]
    if not loaded:
        refuse(f"{'、'.join(paths)} 里没有 YAML 文件 / no YAML file there")
    return loaded


def refuse(message: str) -> NoReturn:
    """End the command: the call itself cannot be used."""
    click.echo(message, err=True)
    raise SystemExit(UNUSABLE)


def report(loaded: Sequence[Loaded], form: str, lang: str, *, style: bool = True) -> int:
    """Print the findings, sorted and the same on every run. Gives the exit code.

    `style`: with those of the item-writing lint.
    """
    problems = [found for file in loaded for found in file.problems if style or not found.is_style]
    shown = most_telling(problems)
    if form == "json":
        click.echo(json.dumps([as_json(found) for found in shown], ensure_ascii=False, indent=1))
    else:
        for found in shown:
            click.echo(found.line_of_text(lang))
        click.echo(_summary(loaded, problems, len(shown), lang), err=True)
    return 1 if any(found.level == "error" for found in problems) else 0


def as_json(found: Problem) -> dict[str, object]:
    """One finding in the shape that the web editor and other tools read."""
    return {
        "file": found.file,
        "line": found.line,
        "col": found.col,
        "code": found.code,
        "level": found.level,
        "message": {lang: found.message(lang) for lang in LANGS},
    }


def _summary(files: Sequence[Loaded], found: Sequence[Problem], shown: int, lang: str) -> str:
    errors = sum(1 for problem in found if problem.level == "error")
    warnings, rest = len(found) - errors, len(found) - shown
    if lang == "zh-CN":
        more = f"，其中 {rest} 处没有列出" if rest else ""
        return f"文件 {len(files)} 个：错误 {errors}，提醒 {warnings}{more}"
    more = f", {rest} of them not listed" if rest else ""
    return f"files: {len(files)}, errors: {errors}, warnings: {warnings}{more}"
