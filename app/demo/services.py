"""Put the demo company into an empty demo database, or throw it away and begin anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import delete, insert, update

from app.accounts.passwords import hash_password
from app.banks.services import load_paths
from app.competency import services as competency
from app.demo import cast, queries
from app.demo.cast import PASSWORD, Story
from app.demo.company import Company
from app.demo.diary import Diary, Progress
from app.demo.errors import AlreadyLoadedError, NotADemoError, NotEmptyError, NotTheDemoError
from app.demo.minds import SEED
from app.demo.models import DemoLoad
from app.demo.sittings import Hall
from app.demo.story import HalfYear
from app.kernel import clock, db
from app.kernel.config import Env
from app.knowledge import services as knowledge
from app.knowledge.models import KnowledgeEntry
from app.tracks import services as tracks

DATA: Final = Path(__file__).parent / "data"
ALLOWED: Final = frozenset({"demo", "test"})
ROOMS: Final = {
    "lujiahe": "骨干、带教人：带方知夏和苏晚舟，看每个人的下一步",
    "hanliqun": "带教人：带宁远和万疏影，宁远的一次联合拜访等着填表",
    "mengfanxing": "评委：宁远的一场演练等着评分，在手机上评",
    "suwanzhou": "新人，快满 30 天：独立上岗只差经理签字",
}


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A way in: whose account, and what there is to see."""

    name: str
    email: str
    what: str


def load(
    *, env: Env, folder: Path, timezone: str, now: datetime, progress: Progress = lambda _n: None
) -> int:
    """Make the company and its half year up to `now`; gives the number of things that happened.

    `folder` is `question_banks/`. Takes transactions of its own, one for some eighty events;
    `progress` hears parts of a hundred. Raises NotADemoError, AlreadyLoadedError, NotEmptyError:
    then nothing was written.
    """
    _check(env)
    diary = Diary(now, timezone)
    diary.first = diary.at(cast.HISTORY_DAYS, 8)
    try:
        count = _tell(diary, folder, diary.first, progress)
    except BaseException:
        _empty()  # half a company would look like a fault of the product
        raise
    return count


def clear_unfinished(*, env: Env) -> bool:
    """Empty a demo database whose load was killed half way; True when there was one.

    In one transaction. The load ends before anybody can sign in, so no work is lost.
    """
    if env not in ALLOWED or not queries.is_unfinished():
        return False
    _empty()
    return True


def _tell(diary: Diary, folder: Path, first: datetime, progress: Progress) -> int:
    company = Company(diary, hash_password(PASSWORD))
    with db.transaction() as session, clock.at(lambda: first):
        # The mark comes first: whatever happens, this database may be emptied again.
        session.execute(insert(DemoLoad).values(loaded_at=diary.now, seed=SEED))
        _content(folder, first)
        company.found(first)
    HalfYear(company, diary, Hall(diary)).write()
    count = diary.play(progress)
    with db.transaction() as session:
        competency.refresh_all(diary.today)
        tracks.follow_days(now=diary.now)
        session.execute(update(DemoLoad).values(finished_at=diary.now))
    return count


def _check(env: Env) -> None:
    """Raise when this is no place for invented people."""
    if env not in ALLOWED:
        raise NotADemoError(env=env)
    at = queries.loaded_at()
    if at is not None:
        raise AlreadyLoadedError(at=f"{at:%Y-%m-%d %H:%M} UTC")
    people = queries.people()
    if people:
        raise NotEmptyError(n=people)


def _content(folder: Path, now: datetime) -> None:
    """Framework, banks, the demo's own quiz and the tracks, as they were when the story begins."""
    file = folder / "framework.yaml"
    competency.load_framework(
        file.read_bytes(),
        actor_id=None,
        now=now,
        today=clock.organisation_day(now),
        file=file.name,
    )
    load_paths([folder], root=folder, now=now)
    load_paths([DATA], root=folder, now=now)
    tracks.load_folder(folder, actor_id=None, now=now)
    library = folder / "objections.yaml"
    if library.exists():
        knowledge.load_library(library.read_text(encoding="utf-8"), now=now)


def reset(*, env: Env) -> None:
    """Empty a database that holds the demo company, in one transaction.

    Raises NotADemoError, NotTheDemoError: then nothing was changed.
    """
    if env not in ALLOWED:
        raise NotADemoError(env=env)
    if queries.loaded_at() is None:
        raise NotTheDemoError
    _empty()


def _empty() -> None:
    with db.transaction() as session:
        # Entry and version point at each other: no order of tables serves both.
        session.execute(update(KnowledgeEntry).values(published_id=None))
        for table in reversed(db.Base.metadata.sorted_tables):
            session.execute(delete(table))


def accounts() -> Sequence[DemoAccount]:
    """One line for each way to look at the product; the password is `cast.PASSWORD`."""
    joiner = next(one for one in cast.SELLERS if one.login == "fangzhixia")
    rising = next(one for one in cast.SELLERS if one.story is Story.RISES)
    staff = (
        cast.LEAD_TRAINER,
        cast.TRAINERS[0],
        cast.MARKERS[0],
        cast.MANAGERS[cast.EAST],
        cast.MANAGERS[cast.WEST],
        cast.DIRECTOR,
        cast.HR,
        cast.ADMIN,
    )
    return [
        _account(joiner.name, joiner.login, "新人，速成营第 7 天：课后测试还没考"),
        _account(rising.name, rising.login, "销售，半年里进步明显"),
        *(
            _account(one.name, one.login, ROOMS[one.login])
            for one in cast.SELLERS
            if one.login in ROOMS
        ),
        *(_account(one.name, one.login, one.what) for one in staff),
    ]


def _account(name: str, login: str, what: str) -> DemoAccount:
    return DemoAccount(name, f"{login}@{cast.DOMAIN}", what)
