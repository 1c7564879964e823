"""Settings from the environment, checked at start; every wrong one is named with its cure."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, cast, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.kernel.mail import sender_of, server_of

Env = Literal["demo", "production", "development", "test"]
LOCALES: Final = ("zh-CN", "en")
MIN_SECRET: Final = 32
ROOT: Final = Path(__file__).resolve().parents[2]
KNOWN_SECRETS: Final = {"dev", "secret", "changeme", "change-me", "default"}


class ConfigError(Exception):
    """One or more settings are wrong; the text lists them all, one line each, with the cure."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All there is to set. `database_url` is an SQLAlchemy URL with the driver named."""

    env: Env
    secret_key: str
    database_url: str
    instance_dir: Path
    host: str = "127.0.0.1"
    port: int = 8000
    base_url: str = "http://127.0.0.1:8000"
    log_level: str = "INFO"
    default_locale: str = "zh-CN"
    timezone: str = "Asia/Shanghai"
    workers: int = 2
    debug: bool = False
    company: str = ""
    jobs_url: str = field(default="", repr=False)
    mail_url: str = field(default="", repr=False)
    mail_from: str = ""

    @property
    def is_https(self) -> bool:
        """True when users reach the product over https."""
        return self.base_url.startswith("https://")

    @property
    def is_sqlite(self) -> bool:
        """True on the default kind of database."""
        return self.database_url.startswith("sqlite")

    @staticmethod
    def from_env(environ: Mapping[str, str] | None = None) -> "Settings":
        """Read and check the environment. Raises ConfigError with every problem found."""
        env = os.environ if environ is None else environ
        problems: list[str] = []
        instance = Path(env.get("INSTANCE_DIR") or ROOT / "instance").resolve()
        default_url = f"sqlite+pysqlite:///{instance / 'lianbing.sqlite3'}"
        url = _database_url(env.get("DATABASE_URL", ""), problems) or default_url
        app_env = _app_env(env.get("APP_ENV", ""), url == default_url, problems)
        host, port = env.get("HOST") or "127.0.0.1", _number(env, "PORT", 8000, 1, 65535, problems)
        base_url = (env.get("BASE_URL") or f"http://{host}:{port}").rstrip("/")
        if urlsplit(base_url).scheme not in {"http", "https"} or not urlsplit(base_url).hostname:
            problems.append(f"BASE_URL={base_url}: not an address. Write https://train.example.com")
        settings = Settings(
            env=app_env,
            secret_key=_secret(env.get("SECRET_KEY", ""), app_env, instance, problems),
            database_url=url,
            instance_dir=instance,
            host=host,
            port=port,
            base_url=base_url,
            log_level=_choice(
                env, "LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"), problems
            ),
            default_locale=_choice(env, "DEFAULT_LOCALE", "zh-CN", LOCALES, problems),
            timezone=_timezone(env.get("TIMEZONE") or "Asia/Shanghai", problems),
            workers=_number(env, "WEB_CONCURRENCY", 2, 1, 64, problems),
            debug=env.get("FLASK_DEBUG", "").lower() in {"1", "true", "yes", "on"},
            jobs_url=_jobs_url(env.get("JOBS_URL", ""), problems),
            mail_url=_mail_url(env.get("MAIL_URL", ""), app_env, problems),
            mail_from=_mail_from(env, problems),
            company=env.get("COMPANY_NAME") or ("澄屿软件" if app_env == "demo" else ""),
        )
        if app_env == "production":
            problems += _production_problems(settings)
        if problems:
            raise ConfigError("\n".join(problems))
        return settings


def _database_url(raw: str, problems: list[str]) -> str:
    if not raw:
        return ""
    for plain in ("postgresql://", "postgres://"):
        if raw.startswith(plain):
            return "postgresql+psycopg://" + raw.removeprefix(plain)
    if raw.startswith("sqlite:///"):
        return "sqlite+pysqlite:///" + raw.removeprefix("sqlite:///")
    if raw.startswith(("postgresql+psycopg://", "sqlite+pysqlite:///")):
        return raw
    problems.append(
        "DATABASE_URL: unknown kind. Write postgresql://user:password@host/name or "
        "sqlite:////absolute/path.sqlite3"
    )
    return ""


def _jobs_url(raw: str, problems: list[str]) -> str:
    for plain in ("postgresql+psycopg://", "postgres://"):
        if raw.startswith(plain):
            return "postgresql://" + raw.removeprefix(plain)
    if raw and not raw.startswith(("redis://", "rediss://", "unix://", "postgresql://")):
        problems.append(
            "JOBS_URL: unknown kind. Write redis://host:6379/0 or "
            "postgresql://user:password@host/name, or unset it (SQLite)"
        )
    return raw


def _mail_url(raw: str, env: Env, problems: list[str]) -> str:
    if not raw:
        return ""
    try:
        server = server_of(raw)
    except ValueError as error:
        problems.append(f"MAIL_URL: {error}")
        return ""
    shows_password = server.user and server.tls == "none" and not is_loopback(server.host)
    if env == "production" and shows_password:
        problems.append(
            "MAIL_URL with tls=none: shows the password to the network. Write tls=starttls or "
            "smtps://"
        )
    return raw


def _mail_from(env: Mapping[str, str], problems: list[str]) -> str:
    raw = env.get("MAIL_FROM", "").strip()
    if not raw and not env.get("MAIL_URL"):
        return ""
    try:
        sender_of(raw)
    except ValueError as error:
        problems.append(f"MAIL_FROM={raw}: {error}")
    return raw


def _app_env(raw: str, is_default_database: bool, problems: list[str]) -> Env:
    value = raw or ("demo" if is_default_database else "production")
    if value == "demo" and not is_default_database:
        problems.append(
            "APP_ENV=demo: the demo company lives in the default SQLite file only. Unset "
            "DATABASE_URL, or set APP_ENV=production"
        )
    if value in get_args(Env):
        return cast(Env, value)
    problems.append(f"APP_ENV={value}: unknown. Write one of {', '.join(get_args(Env))}")
    return "demo"


def _secret(raw: str, env: Env, instance: Path, problems: list[str]) -> str:
    if raw:
        if env == "production" and (len(raw) < MIN_SECRET or raw.lower() in KNOWN_SECRETS):
            problems.append(
                f"SECRET_KEY: too short or well known. Write at least {MIN_SECRET} random "
                "characters, for example from: python -c 'import secrets;"
                "print(secrets.token_urlsafe(48))'"
            )
        return raw
    return instance_secret(instance)


def instance_secret(instance: Path) -> str:
    """The random secret of this installation, made once, readable by its owner alone."""
    path = instance / "secret_key"
    instance.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret


def _number(
    env: Mapping[str, str], name: str, default: int, low: int, high: int, problems: list[str]
) -> int:
    raw = env.get(name, "")
    if not raw:
        return default
    if raw.isascii() and raw.isdigit() and low <= int(raw) <= high:
        return int(raw)
    problems.append(f"{name}={raw}: write a whole number from {low} to {high}")
    return default


def _choice(
    env: Mapping[str, str],
    name: str,
    default: str,
    allowed: tuple[str, ...],
    problems: list[str],
) -> str:
    raw = env.get(name) or default
    if raw in allowed:
        return raw
    problems.append(f"{name}={raw}: write one of {', '.join(allowed)}")
    return default


def _timezone(raw: str, problems: list[str]) -> str:
    try:
        ZoneInfo(raw)
    except (KeyError, ValueError, OSError):
        problems.append(f"TIMEZONE={raw}: unknown. Write an IANA name such as Asia/Shanghai")
        return "Asia/Shanghai"
    return raw


def is_loopback(host: str) -> bool:
    """True for localhost and loopback addresses."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _production_problems(settings: Settings) -> list[str]:
    problems = []
    if settings.debug:
        problems.append("FLASK_DEBUG: never in production. Unset it")
    host = urlsplit(settings.base_url).hostname or ""
    if not settings.is_https and not (is_loopback(host) and is_loopback(settings.host)):
        problems.append(
            f"BASE_URL={settings.base_url} with HOST={settings.host}: plain http on a public "
            "address shows passwords to the network. Put a TLS proxy in front and set "
            "BASE_URL=https://…, or HOST=127.0.0.1"
        )
    return problems
