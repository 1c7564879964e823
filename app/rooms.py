"""Hooks every room into the application: tables, blueprints, commands, the session loader.

A room has only the files it needs, so its parts are looked up by their fixed names:
`models` (tables), `views.bp` (pages), `tasks` (jobs), `app.cli.<name>.cli` (commands), `inbox`
(what waits for whom: `waiting` for the home page, `holds` for the dashboard of a track).
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Final

from flask import Flask

ROOMS: Final = (
    "kernel",
    "audit",
    "accounts",
    "jobs",
    "mailing",
    "banks",
    "imports",
    "staff",
    "competency",
    "assessments",
    "authoring",
    "grading",
    "papers",
    "tracks",
    "reviews",
    "knowledge",
    "ratings",
    "fieldwork",
    "deliverables",
    "analytics",
    "reports",
    "demo",
    "admin",
    "help",
)


# What the worker does by itself, under the name a room's `tasks` has for it.
PERIODIC: Final = {
    "sweepers": "sweep",
    "hourly": "hourly",
    "nightly": "nightly",
    "couriers": "deliver",
}

# What a room's `inbox` has to say, under the name it has for it: `waiting(actor, *, now, lang)` is
# work of this person as `tracks.duties.Queue`s, `holds(enrolment_ids, *, now)` what an activity
# waits for as `domain.stuck.Hold`s. Both cost a fixed number of statements.
INBOX: Final = {"inboxes": "waiting", "holds": "holds"}

# What a list of people leads to elsewhere: `staffing.foresee` says it before the list is made,
# `follow` brings up to date what is computed of people, `forget` drops it for accounts taken back.
STAFFING: Final = {"staff_foresee": "foresee", "staff_follow": "follow", "staff_forget": "forget"}


def register_rooms(app: Flask) -> None:
    """Load all tables first: a foreign key may point across rooms."""
    from app.accounts.sessions import load_actor  # noqa: PLC0415  only this module knows rooms

    app.extensions["load_actor"] = load_actor
    load_models()
    for room in ROOMS:
        views = _part(f"app.{room}.views")
        if views is not None:
            app.register_blueprint(views.bp)
        _hook(app, room, "tasks", PERIODIC)
        _hook(app, room, "inbox", INBOX)
        _hook(app, room, "staffing", STAFFING)
    for command in iter_modules(import_module("app.cli").__path__):
        group = getattr(_part(f"app.cli.{command.name}"), "cli", None)
        if group is not None:
            app.cli.add_command(group)


def _hook(app: Flask, room: str, part: str, names: Mapping[str, str]) -> None:
    """Put what a room's part has under these names into the extensions, by room."""
    module = _part(f"app.{room}.{part}")
    for extension, name in names.items():
        found = app.extensions.setdefault(extension, {})
        if hasattr(module, name):
            found[room] = getattr(module, name)


def load_models() -> None:
    """Make `Base.metadata` complete."""
    for room in ROOMS:
        _part(f"app.{room}.models")


def _part(module: str) -> ModuleType | None:
    """A room's part, None when the room has none."""
    package = module.rpartition(".")[0]
    if find_spec(package) is None or find_spec(module) is None:
        return None
    return import_module(module)
