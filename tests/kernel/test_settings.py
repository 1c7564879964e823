"""Every wrong setting is named at start, with its cure; all of them at once."""

import pytest

from app.kernel.config import ConfigError, Settings

GOOD_SECRET = "x1" * 24
PRODUCTION = {
    "DATABASE_URL": "postgresql://user:pw@db.example/lianbing",
    "SECRET_KEY": GOOD_SECRET,
    "BASE_URL": "https://train.example.com",
}


@pytest.fixture
def read(tmp_path):
    def make(**environ):
        return Settings.from_env({"INSTANCE_DIR": str(tmp_path)} | environ)

    return make


def test_nothing_set_is_the_demo_on_its_own_file_with_a_random_secret(read, tmp_path):
    settings = read()
    assert settings.env == "demo"
    assert settings.database_url.endswith("lianbing.sqlite3")
    assert len(settings.secret_key) >= 32
    assert read().secret_key == settings.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_another_database_is_production(read):
    settings = read(**PRODUCTION)
    assert settings.env == "production"
    assert settings.database_url.startswith("postgresql+psycopg://")
    assert settings.is_https


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("APP_ENV", "prod", "one of demo, production"),
        ("DATABASE_URL", "mysql://x/y", "postgresql://user:password@host/name"),
        ("PORT", "80000", "from 1 to 65535"),
        ("PORT", "８０", "whole number"),
        ("BASE_URL", "train.example.com", "https://train.example.com"),
        ("LOG_LEVEL", "loud", "DEBUG, INFO"),
        ("DEFAULT_LOCALE", "de", "zh-CN, en"),
        ("TIMEZONE", "Mars/Base", "Asia/Shanghai"),
        ("TIMEZONE", "../etc/passwd", "Asia/Shanghai"),
        ("WEB_CONCURRENCY", "many", "from 1 to 64"),
        ("JOBS_URL", "amqp://x", "redis://host"),
        ("JOBS_URL", "amqp://x", "postgresql://user:password@host/name"),
        ("MAIL_URL", "http://x", "smtp://user:password@host:587?tls=starttls"),
        ("MAIL_URL", "smtp://x?tls=perhaps", "starttls, implicit, none"),
        ("MAIL_FROM", "nobody", "Lianbing <notices@example.com>"),
    ],
)
def test_a_wrong_setting_is_named_with_its_cure(read, name, value, cure):
    with pytest.raises(ConfigError) as error:
        read(**{name: value})
    assert name in str(error.value)
    assert cure in str(error.value)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        ({"BASE_URL": "http://train.example.com"}, "BASE_URL"),
        ({"BASE_URL": "http://127.0.0.1:8000", "HOST": "0.0.0.0"}, "BASE_URL"),
        ({"MAIL_URL": "smtp://u:p@mail.example.com?tls=none", "MAIL_FROM": "a@b.cn"}, "MAIL_URL"),
    ],
)
def test_production_refuses_what_would_be_open_to_the_street(read, change, named):
    with pytest.raises(ConfigError, match=named):
        read(**(PRODUCTION | change))


def test_the_demo_never_lives_in_another_database(read):
    with pytest.raises(ConfigError, match="APP_ENV=demo"):
        read(**(PRODUCTION | {"APP_ENV": "demo"}))


def test_all_wrong_settings_are_told_at_once(read):
    with pytest.raises(ConfigError) as error:
        read(PORT="x", LOG_LEVEL="y", TIMEZONE="z")
    assert len(str(error.value).splitlines()) == 3


def test_mail_needs_both_and_shows_no_password(read):
    with pytest.raises(ConfigError, match="MAIL_FROM"):
        read(MAIL_URL="smtp://mail.example.com")
    settings = read(MAIL_URL="smtp://u:geheim@mail.example.com", MAIL_FROM="a@b.cn")
    assert "geheim" not in repr(settings)
    local = {"MAIL_URL": "smtp://u:p@127.0.0.1:25?tls=none", "MAIL_FROM": "a@b.cn"}
    assert read(**(PRODUCTION | local)).mail_from == "a@b.cn"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_store_in_postgresql_has_one_name(read, scheme):
    assert read(JOBS_URL=f"{scheme}://u:p@h/x").jobs_url == "postgresql://u:p@h/x"
