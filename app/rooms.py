"""Hooks every room into the application: blueprints, commands, the session loader."""

from flask import Flask


def register_rooms(app: Flask) -> None:
    """Import here, so that a command that needs one room does not pay for all."""
    from app.accounts.sessions import load_actor

    app.extensions["load_actor"] = load_actor
    from app.accounts.views import bp as accounts

    for blueprint in (accounts,):
        app.register_blueprint(blueprint)
