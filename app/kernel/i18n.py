"""Languages, time zones, how figures are shown. Source strings are zh-CN, English a catalogue."""

import os
from collections.abc import Callable
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, current_app, has_request_context, request
from flask import session as cookie
from flask_babel import Babel, format_decimal, get_locale, get_translations
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from markupsafe import Markup, escape

from app.kernel.auth import current_actor
from app.kernel.config import LOCALES, Settings

TRANSLATIONS: Final = Path(__file__).resolve().parents[1] / "translations"

# Flask-Babel says of every lazy text that it is safe HTML: a name put into one would run as markup.
LazyString.__html__ = lambda text: str(escape(str(text)))


def init_app(app: Flask) -> None:
    """Compile a stale catalogue and choose language and zone per request."""
    for po in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"):
        _compile(po)
    app.config.update(
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_TRANSLATION_DIRECTORIES=str(TRANSLATIONS),
    )
    Babel(app, locale_selector=_babel_locale, timezone_selector=zone)
    app.add_template_filter(show_when, "when")
    app.add_template_filter(show_day, "day")
    app.add_template_filter(show_points, "points")
    app.add_template_filter(show_people, "people")
    app.add_template_filter(show_days_left, "days_left")
    app.add_template_filter(show_days_late, "days_late")
    app.context_processor(_bound_texts)
    app.jinja_env.globals.update(lang=lang, _=text_on_page, gettext=text_on_page)


def text_on_page(source: str, /, **values: object) -> Markup:
    """`_` in templates: the reader's text with `values` escaped into it.

    A page has 50 to 100 of them, so a text is looked up once per process and language.
    """
    locale = get_locale()
    return texts_in(None if locale is None else locale.language)(source, **values)


def said(source: str, /, **values: object) -> str:
    """The reader's text, as `flask_babel.gettext`; looked up once per process and language."""
    locale = get_locale()
    found = _plain(None if locale is None else locale.language, source)
    return found % values if values else found


@lru_cache(maxsize=8192)
def _plain(_language: str | None, source: str) -> str:
    return str(get_translations().gettext(source))


@lru_cache(maxsize=8)
def texts_in(language: str | None) -> Callable[..., Markup]:
    """`_` bound to the language of the page being drawn: which it is, is asked once a page."""

    def text(source: str, /, **values: object) -> Markup:
        found = _looked_up(language, source)
        return found % values if values or "%" in found else found

    return text


def _bound_texts() -> dict[str, object]:
    locale = get_locale()
    found = texts_in(None if locale is None else locale.language)
    return {"_": found, "gettext": found}


@lru_cache(maxsize=8192)
def _looked_up(_language: str | None, source: str) -> Markup:
    return Markup(get_translations().gettext(source))  # noqa: S704  a text of ours


def _compile(po: Path) -> None:
    mo = po.with_suffix(".mo")
    if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
        return
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parents[1].name)
    fresh = mo.with_suffix(f".{os.getpid()}.new")  # several processes may start at once
    with fresh.open("wb") as target:
        write_mo(target, catalogue)
    fresh.replace(mo)


def lang() -> str:
    """`zh-CN` or `en`: the actor's choice, the visitor's cookie, the browser, the default."""
    settings: Settings = current_app.extensions["settings"]
    if not has_request_context():
        return settings.default_locale
    found = current_actor()
    if found is not None:
        return found.locale
    chosen = cookie.get("locale")
    if chosen in LOCALES:
        return str(chosen)
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"])
    if best is None:
        return settings.default_locale
    return "en" if best == "en" else "zh-CN"


def _babel_locale() -> Locale:
    # Given a name, Flask-Babel looks on the disk for its data once a request.
    return _locale("en" if lang() == "en" else "zh_Hans_CN")


@lru_cache(maxsize=8)
def _locale(name: str) -> Locale:
    return Locale.parse(name)


def zone() -> str:
    """The reader's IANA time zone."""
    found = current_actor() if has_request_context() else None
    settings: Settings = current_app.extensions["settings"]
    return found.timezone if found is not None else settings.timezone


def is_english() -> bool:
    """True when the page is in English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def show_when(moment: datetime | None, *, seconds: bool = False) -> str:
    """`11-20 10:32` in the reader's zone; another year in full; `—` for none."""
    if moment is None:
        return "—"
    local = moment.astimezone(ZoneInfo(zone()))
    return f"{local:%m-%d %H:%M:%S}" if seconds else f"{local:%Y-%m-%d %H:%M}"


def show_day(day: date | datetime | None) -> str:
    """`11 月 20 日 周五` or `Fri 20 Nov`."""
    if day is None:
        return "—"
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(zone())).date()
    if is_english():
        return f"{day:%a} {day.day} {day:%b}"
    weekday = "一二三四五六日"[day.weekday()]
    return f"{day.month} 月 {day.day} 日 周{weekday}"


def show_month_day(day: date) -> str:
    """`11-20` or `20 Nov`: which number is the month must not be guessed."""
    return f"{day.day} {day:%b}" if is_english() else f"{day:%m-%d}"


def show_people(n: int) -> str:
    """How many people; English has one form for one."""
    return str(_("1 人") if n == 1 else _("%(n)s 人", n=n))


def show_days_left(n: int) -> str:
    """Days from today until a day that is not past: today, tomorrow, so many days."""
    if n == 0:
        return str(_("今天"))
    return str(_("还有 1 天") if n == 1 else _("还有 %(n)s 天", n=n))


def show_days_late(n: int) -> str:
    """How many days late, one or more."""
    return str(_("晚了 1 天") if n == 1 else _("晚了 %(n)s 天", n=n))


def show_points(value: Fraction | int | str | None) -> str:
    """An exact number with at most two places; `—` for none."""
    if value is None:
        return "—"
    rounded = round(Fraction(value) * 100) / Fraction(100)
    return f"{float(rounded):.2f}".rstrip("0").rstrip(".")


__all__ = ["_", "format_decimal", "init_app", "is_english", "lang", "said", "zone"]
