"""Hooks every room into the application: tables, blueprints, commands, the session loader.

A room has only the files it needs, so its parts are looked up by their fixed names:
`models` (tables), `views.bp` (pages), `app.cli.<name>.cli` (commands).
"""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Final

from flask import Flask

ROOMS: Final = (
    "kernel",
    "audit",
    "accounts",
    "jobs",
    "banks",
    "competency",
    "assessments",
    "grading",
    "tracks",
    "reviews",
    "analytics",
    "reports",
    "admin",
    "api",
)


def register_rooms(app: Flask) -> None:
    """Load all tables first: a foreign key may point across rooms."""
    from app.accounts.sessions import load_actor  # noqa: PLC0415  only this module knows rooms

    app.extensions["load_actor"] = load_actor
    load_models()
    for room in ROOMS:
        if _exists(f"app.{room}.views"):
            app.register_blueprint(import_module(f"app.{room}.views").bp)
    for command in iter_modules(import_module("app.cli").__path__):
        group = getattr(import_module(f"app.cli.{command.name}"), "cli", None)
        if group is not None:
            app.cli.add_command(group)


def load_models() -> None:
    """Make `Base.metadata` complete."""
    for room in ROOMS:
        if _exists(f"app.{room}.models"):
            import_module(f"app.{room}.models")


def _exists(module: str) -> bool:
    package = module.rpartition(".")[0]
    return find_spec(package) is not None and find_spec(module) is not None
