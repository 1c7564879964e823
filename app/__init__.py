"""Lianbing 练兵: training and assessment for sales teams. The only module that knows every room."""

import logging
from functools import partial
from urllib.parse import urlsplit

from flask import Flask
from flask_bootstrap import Bootstrap5
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from app import navigation
from app.kernel import auth, clock, db, i18n, web
from app.kernel.config import ROOT, Settings
from app.rooms import register_rooms

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Raises ConfigError when a setting is wrong."""
    settings = settings or Settings.from_env()
    clock.set_organisation_zone(settings.timezone)
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    for chatty in ("alembic", "huey"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    app = web.Edge(
        "app",
        root_path=str(ROOT / "app"),
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance_dir),
    )
    app.config.update(_flask_config(settings))
    app.extensions["settings"] = settings
    if settings.is_https:
        # https ends at a proxy in front of us: the address and scheme it adds last are true.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    db.db.init_app(app)
    with app.app_context():
        for engine in db.db.engines.values():
            db.prepare_engine(engine)
    Migrate(app, db.db, directory=str(ROOT / "migrations"))
    Bootstrap5(app)
    for endpoint in ("static", "bootstrap.static"):
        app.view_functions[endpoint] = auth.public(partial(app.view_functions[endpoint]))
    web.init_app(app)
    i18n.init_app(app)
    navigation.init_app(app)
    register_rooms(app)
    auth.check_routes(app)
    return app


def _flask_config(settings: Settings) -> dict[str, object]:
    host = urlsplit(settings.base_url).hostname or "localhost"
    return {
        "SECRET_KEY": settings.secret_key,
        "TESTING": settings.env == "test",
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": db.engine_options(settings.database_url),
        # What forms need; a view that takes more says so with `web.accepts_upload`.
        "MAX_CONTENT_LENGTH": 1_000_000,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 1000,
        "TRUSTED_HOSTS": [host, settings.host, "127.0.0.1", "localhost"],
        "SESSION_COOKIE_NAME": "__Host-lianbing" if settings.is_https else "lianbing",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "PERMANENT_SESSION_LIFETIME": 14 * 24 * 3600,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a long test never loses a save
        "WTF_CSRF_CHECK_DEFAULT": False,  # the edge checks, after the guard
        "WTF_CSRF_SSL_STRICT": False,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "TEMPLATES_AUTO_RELOAD": settings.env == "development",
    }
