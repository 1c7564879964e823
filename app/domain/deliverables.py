"""Written work as rules: its dates, what gives a customer away, who reviews whom, what changed.

Pure; days are arguments, texts map row id -> text.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from app.domain.tracks import Activity, Form, WorkDays
from app.domain.workdays import Days, add_days

MOST_SECTION: Final = 6000


class Stage(StrEnum):
    """Where a document stands. `FAILED`: it may be handed in once more within some days."""

    WRITING = "writing"
    DRAFT_IN = "draft_in"
    FINAL_IN = "final_in"
    SENT_BACK = "sent_back"
    FAILED = "failed"
    ACCEPTED = "accepted"


# In these the author writes; what is in is read by others and stands still.
WRITABLE: Final = frozenset({Stage.WRITING, Stage.DRAFT_IN, Stage.SENT_BACK, Stage.FAILED})


class Handed(StrEnum):
    """What a submission is."""

    DRAFT = "draft"
    FINAL = "final"
    RESUBMISSION = "resubmission"


class Milestone(StrEnum):
    """What became of a milestone."""

    REACHED = "reached"
    PARTLY = "partly"
    MISSED = "missed"
    DROPPED = "dropped"


def next_handing(activity: Activity, stage: Stage, handed: int) -> Handed:
    """What the next submission is: a draft first, where the activity asks for one."""
    if stage is Stage.FAILED:
        return Handed.RESUBMISSION
    wants_draft = activity.work is not None and activity.work.draft is not None
    return Handed.DRAFT if wants_draft and handed == 0 else Handed.FINAL


@dataclass(frozen=True, slots=True)
class Checked:
    """A file fit to be kept."""

    name: str
    suffix: str
    data: bytes


# ---------------------------------------------------------------- dates


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a piece of work; None: it has none of this kind."""

    draft: date | None = None
    comments: date | None = None
    revision: date | None = None
    defence: date | None = None
    follow_up: date | None = None
    due: date | None = None


def calendar(
    activity: Activity,
    *,
    anchor_on: date,
    days: Days,
    due_on: date | None,
    draft_in_on: date | None = None,
    shift: int = 0,
) -> Calendar:
    """The dates of `work`. Comments count from the day the draft came, else from its date; the
    follow-up from the end. `shift`: days of leave."""
    work = activity.work or WorkDays()

    def on(day: int | None) -> date | None:
        return None if day is None else add_days(anchor_on, day, days) + timedelta(days=shift)

    draft = on(work.draft)
    start = draft_in_on or draft
    end = on(work.defence) or due_on
    return Calendar(
        draft=draft,
        comments=start + timedelta(days=work.comments) if start and work.comments else None,
        revision=on(work.revision),
        defence=on(work.defence),
        follow_up=end + timedelta(days=work.follow_up) if end and work.follow_up else None,
        due=due_on,
    )


def last_day(activity: Activity) -> int:
    """No date of the work is more days than these after the anchor, leave left out."""
    work = activity.work or WorkDays()
    commented = (work.draft or 0) + (work.comments or 0)
    ends = max(activity.due_day or 0, work.defence or 0, work.revision or 0, commented)
    return ends + (work.follow_up or 0)


# ---------------------------------------------------------------- complete


def too_short(form: Form, texts: Mapping[str, str]) -> dict[str, int]:
    """Row id -> how many characters are missing; blanks do not count."""
    found = {}
    for row in form.rows:
        length = len("".join(texts.get(row.id, "").split()))
        least = max(row.least or 0, 1)
        if length < least:
            found[row.id] = least - length
    return found


# ---------------------------------------------------------------- what gives a customer away


class Trace(StrEnum):
    """What a text may give away."""

    PHONE = "phone"
    EMAIL = "email"
    ID_CARD = "id_card"
    COMPANY = "company"
    PERSON = "person"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class Finding:
    """A place of a text: the row, what it may be, and the words themselves."""

    row: str
    trace: Trace
    words: str


_SURNAMES: Final = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗"
    "方俞任袁柳鲍史唐费廉薛雷贺倪汤罗毕郝安常于傅齐康伍余顾孟黄萧尹姚邵汪祁毛贝臧戴宋庞熊纪舒项祝"
    "董梁杜阮蓝季贾江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡霍万柯管卢莫房解应丁邓洪包石崔龚程裴陆"
    "翁曾靳段焦谷侯秋班文关廖叶白蒲从连习容向易辛简饶沙岳"
)
_TITLES: Final = (
    "总经理|董事长|副总|总监|经理|主任|处长|科长|局长|院长|行长|厂长|"
    "老板|先生|女士|小姐|老师|工|总|董"
)
_ENDS: Final = (
    "有限公司|股份公司|集团|公司|银行|医院|大学|学院|研究院|酒店|工厂|药业|科技|物业|电梯厂"
)
_BEFORE_COMPANY: Final = re.compile(
    r"^(?:我们|他们|你们|咱们|这家|那家|一家|某家|某|该|贵|本|大|小|全|分|子|总|母|新|老|各|整个|"
    r"同行|客户|上市|国有|民营|外资|家|的|在|和|与|到|对|向|把|被|从|是)+"
)
# 有 begins 有限公司: it parts nothing there.
_VERB: Final = re.compile("[了在和与到去给对向把被从是的找跟约访]")
_PATTERNS: Final = (
    (Trace.EMAIL, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    (Trace.ID_CARD, re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")),
    (Trace.PHONE, re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")),
    (Trace.PHONE, re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)")),
)
_COMPANY: Final = re.compile(rf"[A-Za-z0-9\u4e00-\u9fff]{{2,12}}?(?:{_ENDS})")
_ENGLISH: Final = re.compile(
    r"\b[A-Z][A-Za-z&]+(?: [A-Z][A-Za-z&]+)* (?:Inc|Ltd|LLC|GmbH|Corp|Co|Group)\b\.?"
)
_PERSON: Final = re.compile(
    rf"(?<![\u4e00-\u9fff])?[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}?(?:{_TITLES})"
)
_MISTER: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Dr)\.? [A-Z][a-z]+")
# "王总" gives away, "于工地" does not: what follows decides.
_NOT_AFTER_TITLE: Final = re.compile(
    r"^(?:作|地|厂|程|艺|资|时|期|数|额|计|价|部|体|结|是|共|之|量)"
)
# Words that begin with a surname's sign and are none.
_NO_NAME: Final = re.compile(
    r"^(?:应|安|向|任|项|管|连|解|从|方|文|关|何|常|高|施|和|万|简|包|容|易|习|白|江|林|程|范|于|金|"
    r"华|严|时)(?:总|工|董)?$|^(?:高级|项目|管理|区域|销售|大客户|部门|客户|产品|任何|常务|安全)"
)


def traces(
    texts: Mapping[str, str], *, earlier: Collection[str] = (), own: Collection[str] = ()
) -> list[Finding]:
    """Likely names, companies, phones, e-mails and IDs, in the order of the rows; each once a row.

    `earlier`: words the author took out before; `own`: words that may stand (one's own company).
    """
    found: dict[tuple[str, str], Finding] = {}
    for row, text in texts.items():
        for trace, words in _in_text(text):
            if words not in own:
                found.setdefault((row, words), Finding(row, trace, words))
        for word in earlier:
            if len(word) > 1 and word in text and word not in own:
                found.setdefault((row, word), Finding(row, Trace.EARLIER, word))
    return list(found.values())


def _in_text(text: str) -> list[tuple[Trace, str]]:
    found = [(trace, hit[0]) for trace, pattern in _PATTERNS for hit in pattern.finditer(text)]
    for hit in _COMPANY.finditer(text):
        name = _BEFORE_COMPANY.sub("", _VERB.split(hit[0])[-1])
        stem = re.sub(rf"(?:{_ENDS})$", "", name)
        if len(stem) > 1 and not stem.isdigit():
            found.append((Trace.COMPANY, name))
    found += [(Trace.COMPANY, hit[0]) for hit in _ENGLISH.finditer(text)]
    for hit in _PERSON.finditer(text):
        after = text[hit.end() : hit.end() + 1]
        if not _NOT_AFTER_TITLE.match(after) and not _NO_NAME.match(hit[0]):
            found.append((Trace.PERSON, hit[0]))
    found += [(Trace.PERSON, hit[0]) for hit in _MISTER.finditer(text)]
    return found


def stems(findings: Collection[Finding]) -> set[str]:
    """The words to look for in later texts: a company also without what it ends with."""
    words = set()
    for one in findings:
        words.add(one.words)
        if one.trace is Trace.COMPANY:
            words.add(re.sub(rf"(?:{_ENDS})$", "", one.words))
    return {word for word in words if len(word) > 1}


# ---------------------------------------------------------------- who reviews whom


def choose_reviewers(
    candidates: Collection[int],
    *,
    loads: Mapping[int, int],
    excluded: Collection[int],
    needed: int,
    turn: int,
) -> list[int]:
    """Whom to ask: least asked so far first; among equals it goes round by `turn`.

    Fewer than `needed` when there are not as many.
    """
    free = sorted(set(candidates) - set(excluded))
    if not free:
        return []
    start = turn % len(free)
    order = [*free[start:], *free[:start]]
    return sorted(order, key=lambda one: loads.get(one, 0))[:needed]


# ---------------------------------------------------------------- what changed


class Change(StrEnum):
    """A piece of a comparison."""

    SAME = "same"
    NEW = "new"
    OLD = "old"


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that stayed, came or went."""

    change: Change
    text: str


_WORD: Final = re.compile(r"[A-Za-z0-9.%]+|\s+|.", re.DOTALL)
_SENTENCE: Final = re.compile(r"[^。！？；\n]*[。！？；\n]?")
# Comparing word by word costs the product of both lengths; longer pairs are shown whole.
_MOST_COMPARED: Final = 1_000_000


def word_diff(old: str, new: str) -> list[Piece]:
    """What changed, in words: by sentences first, inside changed ones by words."""
    before = [one for one in _SENTENCE.findall(old) if one]
    after = [one for one in _SENTENCE.findall(new) if one]
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Change.SAME, "".join(before[a:b])))
        else:
            pieces += _inside("".join(before[a:b]), "".join(after[c:d]))
    return _joined(pieces)


def _inside(old: str, new: str) -> list[Piece]:
    before, after = _WORD.findall(old), _WORD.findall(new)
    if not before or not after or len(before) * len(after) > _MOST_COMPARED:
        return [Piece(Change.OLD, old), Piece(Change.NEW, new)]
    pieces = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Change.SAME, "".join(before[a:b])))
        else:
            pieces.append(Piece(Change.OLD, "".join(before[a:b])))
            pieces.append(Piece(Change.NEW, "".join(after[c:d])))
    return pieces


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if found and found[-1].change is piece.change:
            found[-1] = Piece(piece.change, found[-1].text + piece.text)
        else:
            found.append(piece)
    return found
