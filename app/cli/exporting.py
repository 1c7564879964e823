"""What `bank export` needs: a bank from a path or the database, its pictures, the file."""

from collections.abc import Mapping
from pathlib import Path

import click

from app.banks.exporting import Format, losses, write
from app.cli.lint import load_all, refuse, report
from app.domain.items import Bank


def export(bank: str, to: str, out: Path, *, lang: str, key: bool) -> int:
    """Write the file; what it cannot carry goes to standard error. Gives the exit code.

    A path needs no database; an id takes the newest version from it.
    """
    found = _from_path(bank, lang) if Path(bank).exists() else _from_database(bank)
    if isinstance(found, int):
        return found
    content, images = found
    said = "en" if lang == "en" else "zh-CN"
    for loss in losses(content, Format(to), lang=lang):
        click.echo(f"{bank}: {loss.code} {loss.message(said)}", err=True)
    data = write(content, Format(to), lang=lang, images=images, key=key)
    try:
        out.write_bytes(data)
    except OSError as error:
        refuse(f"写不了 {out}：{error.strerror} / cannot be written")
    return 0


def _from_path(path: str, lang: str) -> tuple[Bank, Mapping[str, bytes]] | int:
    if Path(path).is_dir():
        refuse(f"{path} 是文件夹，一次导出一个题库 / is a folder; export one bank at a time")
    loaded = load_all([path])
    found = loaded[0]
    if found.errors:
        return report(loaded, "text", lang)
    if found.bank is None:
        refuse(f"{path} 不是题库 / is no item bank")
    images: dict[str, bytes] = {}
    for item in found.bank.items:
        if item.image and found.folder:
            images[item.image] = (found.folder / item.image).read_bytes()
    return found.bank, images


def _from_database(slug: str) -> tuple[Bank, Mapping[str, bytes]]:
    # Imported here: a path must work without a database.
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415  when the command runs

    from app.banks.queries import item_image, latest_bank  # noqa: PLC0415  when the command runs

    try:
        found = latest_bank(slug)
    except DBAPIError:
        refuse(f"没有文件 {slug}，数据库也读不了 / no such file, and the database cannot be read")
    if found is None:
        refuse(f"没有文件也没有题库 {slug} / no such file or bank")
    images: dict[str, bytes] = {}
    for item in found.bank.items:
        picture = item_image(found.version_ids[item.id]) if item.image else None
        if item.image and picture is not None:
            images[item.image] = picture.data
    return found.bank, images
