"""What the very first start puts into an empty database; later starts leave all as it is."""

from collections.abc import Callable

from flask import current_app

from app.kernel.config import Settings


def load(echo: Callable[[str], object]) -> None:
    """Framework, banks and tracks, and in a demo the company; nothing once there is any of them."""
    from app.cli.demo import load_company  # noqa: PLC0415  only when serving
    from app.demo import queries  # noqa: PLC0415  when the command runs

    settings: Settings = current_app.extensions["settings"]
    if settings.env == "demo" and queries.is_unfinished():
        load_company()
        return
    if not queries.is_untouched():
        return
    if settings.env == "demo":
        load_company()
        return
    echo("· Loading the framework, the item banks and the training paths")
    _load_content()


def _load_content() -> None:
    from app.banks.services import load_paths  # noqa: PLC0415  when the command runs
    from app.cli.lint import banks_folder  # noqa: PLC0415  when the command runs
    from app.competency.services import load_framework  # noqa: PLC0415  when the command runs
    from app.kernel import clock, db  # noqa: PLC0415  when the command runs
    from app.knowledge.services import load_library  # noqa: PLC0415  when the command runs
    from app.tracks.services import load_folder  # noqa: PLC0415  when the command runs

    folder, now = banks_folder(), clock.now()
    file = folder / "framework.yaml"
    with db.transaction():
        load_framework(
            file.read_bytes(),
            actor_id=None,
            now=now,
            today=clock.organisation_day(now),
            file=file.name,
        )
        load_paths([folder], root=folder, now=now)
        load_folder(folder, actor_id=None, now=now)
        library = folder / "objections.yaml"
        if library.exists():
            load_library(library.read_text(encoding="utf-8"), now=now)


def accounts() -> list[str]:
    """The demo accounts, where there is a demo company."""
    from app.cli.demo import account_lines  # noqa: PLC0415  when the command runs
    from app.demo import queries  # noqa: PLC0415  when the command runs

    return account_lines() if queries.loaded_at() is not None else []
