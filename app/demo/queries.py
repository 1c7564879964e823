"""What is in the database as far as the demo must know."""

from datetime import datetime

from sqlalchemy import func, select

from app.accounts.models import User
from app.banks.models import Bank
from app.demo.models import DemoLoad
from app.kernel.db import session


def loaded_at() -> datetime | None:
    """When the demo company was put in; None without it. One SELECT."""
    return session().scalar(select(DemoLoad.loaded_at).limit(1))


def is_unfinished() -> bool:
    """True when the demo company was begun and never completed. One SELECT."""
    unfinished = select(DemoLoad.id).where(DemoLoad.finished_at.is_(None)).limit(1)
    return session().scalar(unfinished) is not None


def people() -> int:
    """How many people there are. One SELECT."""
    return session().scalar(select(func.count()).select_from(User)) or 0


def is_untouched() -> bool:
    """True for a database that holds neither people, banks nor a demo. Three SELECTs."""
    has_banks = session().scalar(select(Bank.id).limit(1)) is not None
    return not people() and not has_banks and loaded_at() is None
