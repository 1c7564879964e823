"""The ways through the product: which entries a person sees, from one table.

An entry shows when its page exists in this release and some role of the person has the right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.kernel.auth import Actor, allowed_scopes, current_actor, view_of
from app.kernel.config import Settings


@dataclass(frozen=True, slots=True)
class Way:
    """One line of the table. `roles` narrows who is offered it (the right decides in any case)."""

    group: str
    endpoint: str
    icon: str
    label: object
    roles: frozenset[str] = frozenset()
    tab: bool = False


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry as the shell draws it."""

    endpoint: str
    url: str
    icon: str
    label: str
    current: bool
    count: int = 0


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries under one head; the first group has none."""

    label: str
    items: tuple[NavItem, ...]


_TRAINS: Final = frozenset({"trainer"})
_MARKS: Final = frozenset({"trainer", "marker"})
_LEADS: Final = frozenset({"manager", "hr"})

WAYS: Final = (
    Way("", "tracks.home", "home", _l("今日"), tab=True),
    Way("", "tracks.mine", "path", _l("培训路径"), tab=True),
    Way("", "assessments.mine", "drill", _l("测验"), tab=True),
    Way("", "reports.own", "review", _l("成绩与能力"), tab=True),
    Way("", "knowledge.index", "search", _l("知识库")),
    Way("train", "banks.index", "bank", _l("题库"), _TRAINS),
    Way("train", "assessments.index", "doc", _l("测验安排"), _TRAINS),
    Way("train", "grading.queue", "mark", _l("评分"), _MARKS),
    Way("train", "assessments.item_reports", "flag", _l("题目报告"), _TRAINS),
    Way("train", "tracks.index", "path", _l("培训路径管理"), _TRAINS | _LEADS),
    Way("lead", "deliverables.index", "doc", _l("交付物"), _TRAINS | _LEADS),
    Way("lead", "deliverables.backbone", "check", _l("骨干状态"), _TRAINS | _LEADS),
    Way("lead", "reports.teams", "team", _l("团队"), _LEADS),
    Way("lead", "tracks.boards_index", "path", _l("培训看板"), _LEADS | {"trainer", "mentor"}),
    Way("lead", "reviews.index", "review", _l("评估"), _LEADS),
    Way("lead", "fieldwork.mentees", "people", _l("我带的人"), frozenset({"mentor"})),
    Way("lead", "fieldwork.mentoring", "people", _l("带教"), _LEADS | {"trainer"}),
    Way("lead", "accounts.people", "user", _l("同事"), _LEADS | {"trainer", "mentor"}),
    Way("lead", "ratings.queue", "mark", _l("演练评分"), _LEADS | {"trainer", "mentor", "marker"}),
    Way("lead", "ratings.severity", "mark", _l("评委松紧"), frozenset({"hr"})),
    Way("lead", "competency.expectations", "grid", _l("期望等级"), frozenset({"hr"})),
    Way("lead", "competency.steps", "flag", _l("职级阶段"), _LEADS),
    Way("lead", "jobs.index", "sync", _l("任务"), _LEADS | {"admin"}),
    Way("admin", "admin.people", "user", _l("人员"), frozenset({"admin"})),
    Way("admin", "admin.units", "team", _l("组织"), frozenset({"admin"})),
    Way("admin", "admin.audit", "doc", _l("审计"), frozenset({"admin"})),
    Way("admin", "admin.jobs", "gear", _l("后台"), frozenset({"admin"})),
    Way("admin", "admin.access_log", "lock", _l("访问记录"), frozenset({"admin"})),
)


def init_app(app: Flask) -> None:
    """Give every template `actor`, `company`, `nav`, `tabs` and `unread`."""
    app.context_processor(_context)


def _context() -> dict[str, object]:
    person = current_actor()
    settings: Settings = current_app.extensions["settings"]
    return {
        "actor": person,
        "company": settings.company,
        "unread": person.unread if person else 0,
        "nav": Nav(),
        "tabs": Tabs(),
    }


class Nav:
    """Groups of entries, worked out only when a page draws them."""

    def __iter__(self) -> Iterator[NavGroup]:
        """The groups that have an entry for this person."""
        person = current_actor()
        if person is None:
            return
        heads = {"": "", "train": _("培训"), "lead": _("管理"), "admin": _("系统")}
        for group, label in heads.items():
            items = tuple(_item(way) for way in WAYS if way.group == group and _open(way, person))
            if items:
                yield NavGroup(label, items)


class Tabs:
    """The few entries of the phone's bottom bar."""

    def __bool__(self) -> bool:
        """True when there is an entry."""
        return next(iter(self), None) is not None

    def __iter__(self) -> Iterator[NavItem]:
        """The learner's four."""
        person = current_actor()
        if person is not None:
            yield from (_item(way) for way in WAYS if way.tab and _open(way, person))


def _open(way: Way, person: Actor) -> bool:
    view = view_of(current_app, way.endpoint)
    if view is None or (way.roles and not way.roles & person.roles):
        return False
    return bool(allowed_scopes(person, getattr(view, "policy", "")))


def _item(way: Way) -> NavItem:
    return NavItem(
        endpoint=way.endpoint,
        url=url_for(way.endpoint),
        icon=way.icon,
        label=str(way.label),
        current=request.endpoint == way.endpoint,
    )
