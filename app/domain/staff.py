"""A list of people as written in a table: which column means what, days in all forms, rows.

Pure: cells in, values and findings out. What the product does not need (phone, ID card, pay) is
not taken over into the values, so that it is never kept.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

HEADER_WITHIN: Final = 15
MOST_NAME: Final = 80
MOST_NO: Final = 40
MOST_EMAIL: Final = 254
MOST_CELL: Final = 200
MOST_DEPTH: Final = 6
_NAME_MOST: Final = 60

_NAMES: Final = {
    "staff_no": (
        r"工号|员工编号|员工号|员工工号|职工号|职工编号|人员编号|人员工号|员工代码|工牌号|编号"
        r"|staffno|staffnumber|staffid|employeeid|employeeno|employeenumber|employeecode|empid|empno"
        r"|personnelno|personnelnumber|badge|id|no"
    ),
    "name": (
        r"姓名|员工姓名|人员姓名|名字|中文名|中文姓名|员工|name|fullname|employeename|staffname"
        r"|displayname|employee"
    ),
    "first": r"firstname|givenname|forename",
    "last": r"lastname|surname|familyname",
    "email": (
        r"邮箱|电子邮箱|公司邮箱|企业邮箱|工作邮箱|邮箱地址|邮件|电子邮件|email|mail|emailaddress"
        r"|workemail|companyemail|businessemail"
    ),
    "level1": r"一级部门|一级组织|部门一级|事业部|departmentlevel1|level1department",
    "level2": r"二级部门|二级组织|部门二级|departmentlevel2|level2department",
    "level3": r"三级部门|三级组织|部门三级|departmentlevel3|level3department",
    "level4": r"四级部门|四级组织|部门四级|departmentlevel4|level4department",
    "department": (
        r"部门|所属部门|所在部门|部门名称|部门全称|部门路径|组织|所属组织|组织架构|组织单元|单位"
        r"|department|departmentname|dept|orgunit|organization|organisation|unit|division"
    ),
    "team": r"团队|小组|班组|组别|所属团队|所在团队|团队名称|销售组|team|teamname|group|squad",
    "manager_no": (
        r"上级工号|直接上级工号|直属上级工号|上级编号|主管工号|经理工号|汇报对象工号|上级邮箱"
        r"|直接上级邮箱|managerid|managerno|manageremail|managerstaffno|supervisorid|supervisoremail"
    ),
    "manager": (
        r"上级|直接上级|直属上级|上级姓名|直接上级姓名|直属领导|直接领导|直接主管|直属主管|主管"
        r"|主管姓名|汇报对象|汇报人|汇报给|上级经理|直线经理|经理姓名|manager|managername|linemanager"
        r"|supervisor|reportsto|reportingto|reportingmanager|directmanager"
    ),
    "hire_on": (
        r"入职日期|入职时间|入职日|入职|入司日期|入司时间|到岗日期|报到日期|hiredate|hireddate|hired"
        r"|hiredon|startdate|joindate|joiningdate|joined|dateofjoining|dateofhire|employmentdate"
    ),
    "leave_on": (
        r"离职日期|离职时间|离职日|离职|离司日期|最后工作日|最后工作日期|leavedate|leavingdate|left"
        r"|lefton|enddate|terminationdate|lastday|lastworkingday|dateofleaving"
    ),
    "move_on": (
        r"调动日期|调动时间|调岗日期|异动日期|异动时间|转岗日期|生效日期|生效日|effectivedate"
        r"|effectivefrom|transferdate|movedate|changedate"
    ),
    "job": r"岗位|职位|岗位名称|职位名称|职务|岗位类别|title|jobtitle|job|position|jobrole",
    "step": r"职级|职级阶段|级别|职等|岗级|阶段|level|grade|step|joblevel|careerstep",
    "roles": r"角色|系统角色|权限|账号角色|role|roles|systemrole|permissions?",
    "status": r"状态|在职状态|员工状态|人员状态|在离职|status|employmentstatus",
    "locale": r"语言|界面语言|language|locale",
}
# What many lists hold and nobody here needs: not read, and said so.
_NOT_NEEDED: Final = (
    r"手机|手机号|手机号码|移动电话|电话|联系电话|联系方式|电话号码|mobile|mobilephone|phone"
    r"|phonenumber|cellphone|telephone|tel|身份证|身份证号|身份证号码|证件号|证件号码|证件类型"
    r"|idcard|idcardno|idnumber|nationalid|passport|住址|家庭住址|现住址|地址|address|homeaddress"
    r"|工资|薪资|薪酬|基本工资|年薪|月薪|salary|pay|银行卡|银行卡号|银行账号|开户行|bankaccount"
    r"|出生日期|生日|出生年月|年龄|birthday|birthdate|dateofbirth|age|性别|gender|sex|民族|籍贯"
    r"|户籍|婚姻状况|政治面貌|学历|毕业院校|紧急联系人|微信|微信号|wechat|qq"
)
_IGNORED: Final = r"序号|备注|说明|remarks?|notes?|comments?|index|row|#"
_KNOWN: Final = {key: re.compile(words) for key, words in _NAMES.items()}
_NOT_NEEDED_RE: Final = re.compile(_NOT_NEEDED)
_IGNORED_RE: Final = re.compile(_IGNORED)
_TOTALS: Final = re.compile(
    r"(?:合计|总计|小计|共计|总人数|人数|在职人数|制表|审核|填表|填报|打印|[注说明]{1,2}[:：]"
    r"|备注[:：]|total|subtotal|headcount|count|sum|prepared)",
    re.IGNORECASE,
)
_NOTHING: Final = frozenset(
    {
        *("", "-", "--", "—", "——", "/", "\\", "无", "暂无", "空", "至今", "长期", "待定"),
        *("na", "n/a", "#n/a", "none", "null", "nil", "tbd"),
    }
)
_EMAIL: Final = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;]+")
_PATH: Final = re.compile(r"\s*(?:/|\\|>|→|»|\||--|——|–)+\s*")

# ---------------------------------------------------------------- values


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about a row or the file; `key` is one of `staff.words.FINDINGS`."""

    key: str
    is_error: bool = True
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One person as the file has her; empty where the cell was. `team` is a path from the top."""

    line: int
    part: str = ""
    staff_no: str = ""
    name: str = ""
    email: str = ""
    team: tuple[str, ...] = ()
    manager: str = ""
    hire_on: date | None = None
    leave_on: date | None = None
    move_on: date | None = None
    has_left: bool = False
    job: str = ""
    step: str = ""
    roles: str = ""
    locale: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def key(self) -> str:
        """Names the row within its file."""
        return f"{self.part}:{self.line}" if self.part else str(self.line)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that is no person, and its beginning."""

    line: int
    part: str
    words: str


@dataclass(frozen=True, slots=True)
class StaffTable:
    """A file as understood. `columns` in the file's words by what they mean; `refused` are columns
    that are not needed and were not read, `unknown` those that nobody understood."""

    rows: tuple[StaffRow, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    findings: tuple[Finding, ...] = ()


# ---------------------------------------------------------------- days

_YMD: Final = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL: Final = re.compile(r"(\d{5})(?:\.\d+)?")
_XXY: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_DAY_WORD: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ \-./,]*([a-z]{3,9})\.?[ \-./,]*(\d{4})")
_WORD_DAY: Final = re.compile(r"([a-z]{3,9})\.?[ \-./]*(\d{1,2})(?:st|nd|rd|th)?[ ,\-./]+(\d{4})")
_NO_YEAR: Final = re.compile(r"\d{1,2}\s*(?:月|[-/.])\s*\d{1,2}\s*[日号]?")
_NO_DAY: Final = re.compile(r"\d{4}\s*(?:年|[-/.])\s*\d{1,2}\s*月?")
_SHORT_YEAR: Final = re.compile(r"\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?")
_TAIL: Final = re.compile(
    r"[ t](?:\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?z?|星期[一二三四五六日天]|周[一二三四五六日天]).*$"
)
_BRACKETS: Final = re.compile(r"\([^)]*\)")
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_EPOCH: Final = date(1899, 12, 30)
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2099, 12, 31)


class DayError(ValueError):
    """No day; `key` says why: no_year, no_day, short_year, two_ways, no_such_day, not_a_day."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def read_day(text: str) -> date | None:
    """A day as people and Excel write it, None for nothing. Raises DayError for what is no day, or
    could be two: a guess would put people into the wrong week of their training."""
    words = narrow(text).lower().strip().strip("'\"")
    words = _BRACKETS.sub("", _TAIL.sub("", words)).strip().rstrip(".。,;")
    if words in _NOTHING:
        return None
    found = _numbers_of(words)
    try:
        day = date(*found)
    except ValueError as error:
        raise DayError("no_such_day") from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DayError("no_such_day")
    return day


def _numbers_of(words: str) -> tuple[int, int, int]:
    if found := _YMD.fullmatch(words) or _COMPACT.fullmatch(words):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _SERIAL.fullmatch(words):
        day = _EPOCH + timedelta(days=int(found[1]))
        return day.year, day.month, day.day
    if found := _XXY.fullmatch(words):
        return _either_way(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_WORD.fullmatch(words):
        return int(found[3]), _month(found[2]), int(found[1])
    if found := _WORD_DAY.fullmatch(words):
        return int(found[3]), _month(found[1]), int(found[2])
    for pattern, key in ((_SHORT_YEAR, "short_year"), (_NO_DAY, "no_day"), (_NO_YEAR, "no_year")):
        if pattern.fullmatch(words):
            raise DayError(key)
    raise DayError("not_a_day")


def _either_way(a: int, b: int, year: int) -> tuple[int, int, int]:
    """3/25/2026 and 25/3/2026 say themselves which is the month; 3/4/2026 does not."""
    if a == b or (a <= 12 < b):
        return year, a, b
    if b <= 12 < a:
        return year, b, a
    raise DayError("two_ways" if a <= 12 else "no_such_day")


def _month(word: str) -> int:
    if word[:3] not in _MONTHS:
        raise DayError("not_a_day")
    return _MONTHS.index(word[:3]) + 1


# ---------------------------------------------------------------- columns


def narrow(text: str) -> str:
    """Full-width signs as the narrow ones, invisible ones gone."""
    shown = (
        sign
        for sign in unicodedata.normalize("NFKC", text)
        if sign.isprintable() or sign in "\n\t "
    )
    return "".join(shown)


def tidy(text: str) -> str:
    """A cell on one line."""
    return " ".join(narrow(text).split())


def _column_name(cell: str) -> str:
    text = re.sub(r"\(.*?\)|\[.*?\]|【.*?】", "", narrow(cell[: _NAME_MOST * 2]))
    return re.sub(r"[\s*:_\-./、'\"’]+", "", text).lower()[:_NAME_MOST]


def field_of(cell: str) -> str:
    """The field a column holds; `-` for one not needed, `~` for one ignored, "" for unknown."""
    name = _column_name(cell)
    if not name:
        return ""
    for key, pattern in _KNOWN.items():
        if pattern.fullmatch(name):
            return key
    if _NOT_NEEDED_RE.fullmatch(name):
        return "-"
    return "~" if _IGNORED_RE.fullmatch(name) else ""


@dataclass(frozen=True, slots=True)
class _Columns:
    places: Mapping[str, int]
    names: Mapping[str, str]
    refused: tuple[str, ...]
    unknown: tuple[str, ...]

    def get(self, row: Sequence[str], key: str) -> str:
        place = self.places.get(key)
        return tidy(row[place])[:MOST_CELL] if place is not None and place < len(row) else ""


def _columns_of(row: Sequence[str], above: Sequence[str]) -> _Columns | None:
    """The columns this row names, with what stands above its empty cells; None for no header."""
    places: dict[str, int] = {}
    names: dict[str, str] = {}
    refused: list[str] = []
    unknown: list[str] = []
    for column, own in enumerate(row):
        cell = own if own.strip() or column >= len(above) else above[column]
        key = field_of(cell)
        shown = tidy(cell)[:_NAME_MOST]
        if key == "-":
            refused.append(shown)
        elif key and key != "~" and key not in places:
            places[key], names[key] = column, shown
        elif key != "~" and shown:
            unknown.append(shown)
    is_named = "name" in places or {"first", "last"} <= places.keys()
    if not is_named or len(places) < 2:
        return None
    return _Columns(places, names, tuple(refused), tuple(unknown))


def _header(rows: Sequence[tuple[int, Sequence[str]]]) -> tuple[int, _Columns] | None:
    """The row that names the most columns, and where it stands."""
    best: tuple[int, _Columns] | None = None
    for place, (_line, row) in enumerate(rows[:HEADER_WITHIN]):
        above = rows[place - 1][1] if place else ()
        found = _columns_of(row, above)
        if found and (best is None or len(found.places) > len(best[1].places)):
            best = place, found
    return best


# ---------------------------------------------------------------- rows

Sheet = tuple[str, Sequence[tuple[int, Sequence[str]]]]


def understand(sheets: Sequence[Sheet]) -> StaffTable:
    """All tables of a file that name a column for people; what is no person is told, not lost."""
    rows: list[StaffRow] = []
    skipped: list[Skipped] = []
    columns: dict[str, str] = {}
    refused: dict[str, None] = {}
    unknown: dict[str, None] = {}
    is_one = len(sheets) == 1
    for name, lines in sheets:
        head = _header(lines)
        if head is None:
            continue
        place, found = head
        columns |= {key: word for key, word in found.names.items() if key not in columns}
        refused |= dict.fromkeys(found.refused)
        unknown |= dict.fromkeys(found.unknown)
        part = "" if is_one else name
        for line, cells in lines[place + 1 :]:
            row = _row(found, line, part, cells)
            if row is not None:
                rows.append(row)
            elif words := _rest(cells):
                skipped.append(Skipped(line, part, words))
    return StaffTable(
        tuple(rows), columns, tuple(refused), tuple(unknown), tuple(skipped),
        tuple(_file_findings(columns, rows)),
    )  # fmt: skip


def _file_findings(columns: Mapping[str, str], rows: Sequence[StaffRow]) -> Iterator[Finding]:
    if not columns:
        yield Finding("no_header")
    elif not {"staff_no", "email"} & columns.keys():
        yield Finding("no_login_column")
    elif not rows:
        yield Finding("no_rows")


def _rest(cells: Sequence[str]) -> str:
    """The beginning of a line that is no person; "" for an empty one or the header again."""
    filled = [tidy(cell)[:40] for cell in cells if cell.strip()]
    if not filled or sum(bool(field_of(cell)) for cell in filled) >= 2:
        return ""
    return " ".join(filled)[:80]


def _row(columns: _Columns, line: int, part: str, cells: Sequence[str]) -> StaffRow | None:
    get = columns.get
    raw: dict[str, str] = {key: _filled(get(cells, key)) for key in columns.places}
    name = raw.get("name") or _full_name(raw.get("first", ""), raw.get("last", ""))
    staff_no, email = raw.get("staff_no", "").lstrip("'"), _email(raw.get("email", ""))
    if _is_no_person(cells, name, staff_no, email):
        return None
    findings: list[Finding] = []
    days = {key: _day(raw.get(key, ""), columns, key, findings)
            for key in ("hire_on", "leave_on", "move_on")}  # fmt: skip
    findings += _shape(name, staff_no, email)
    leave_on = days["leave_on"]
    return StaffRow(
        line=line,
        part=part,
        staff_no=staff_no[:MOST_NO],
        name=name[:MOST_NAME],
        email=email[:MOST_EMAIL],
        team=_path(raw),
        manager=raw.get("manager_no") or raw.get("manager", ""),
        hire_on=days["hire_on"],
        leave_on=leave_on,
        move_on=days["move_on"],
        has_left=leave_on is not None or _says_left(raw.get("status", "")),
        job=raw.get("job", ""),
        step=raw.get("step", ""),
        roles=raw.get("roles", ""),
        locale=raw.get("locale", ""),
        findings=tuple(findings),
    )


def _filled(cell: str) -> str:
    return "" if cell.lower() in _NOTHING else cell


def _full_name(first: str, last: str) -> str:
    joined = (first, last) if (first + last).isascii() else (last, first)
    sign = " " if (first + last).isascii() else ""
    return sign.join(word for word in joined if word)


def _email(cell: str) -> str:
    return cell.removeprefix("mailto:").strip(" ,;<>。，；").replace(" ", "")


def _is_no_person(cells: Sequence[str], name: str, staff_no: str, email: str) -> bool:
    filled = [tidy(cell) for cell in cells if cell.strip()]
    if not (name or staff_no or email) or sum(bool(field_of(cell)) for cell in filled) >= 3:
        return True
    is_total = bool(filled) and any(_TOTALS.match(word) for word in (filled[0], name) if word)
    return (
        is_total and not email and (not staff_no or not name or _TOTALS.match(staff_no) is not None)
    )


def _shape(name: str, staff_no: str, email: str) -> Iterator[Finding]:
    if not staff_no and not email:
        yield Finding("no_login")
    for word, most, key in ((name, MOST_NAME, "name_long"), (staff_no, MOST_NO, "staff_no_long"),
                            (email, MOST_EMAIL, "email_wrong")):  # fmt: skip
        if len(word) > most:
            yield Finding(key, params={"what": word[:40]})
    if email and len(email) <= MOST_EMAIL and not _EMAIL.fullmatch(email):
        yield Finding("email_wrong", params={"what": email[:40]})


def _day(text: str, columns: _Columns, key: str, findings: list[Finding]) -> date | None:
    try:
        return read_day(text)
    except DayError as error:
        params = {"what": text[:40], "column": columns.names[key]}
        findings.append(Finding(f"day_{error.key}", params=params))
        return None


def _path(raw: Mapping[str, str]) -> tuple[str, ...]:
    """From the top: levels, or department and team; a cell may hold a path itself."""
    levels = [raw.get(f"level{n}", "") for n in range(1, 5)]
    cells = [*levels, *([] if any(levels) else [raw.get("department", "")]), raw.get("team", "")]
    if not any(cells):
        cells = [raw.get("department", "")]
    found: list[str] = []
    for cell in cells:
        for word in _PATH.split(cell):
            name = word.strip()[:MOST_NAME]
            if name and (not found or found[-1] != name):
                found.append(name)
    return tuple(found[-MOST_DEPTH:])


def _says_left(status: str) -> bool:
    words = status.lower()
    return any(
        sign in words for sign in ("已离职", "离职", "left", "terminated", "resigned")
    ) and not any(sign in words for sign in ("待离职", "未离职", "not left"))


# ---------------------------------------------------------------- words of a cell

_JOBS: Final = (
    (
        "manager",
        r"经理|主管|总监|负责人|店长|组长|副总|manager|director|head|lead|supervisor|vp",
    ),
    (
        "seller",
        r"销售|顾问|商务|渠道|业务|拓展|bd|sales?|seller|accountexecutive|consultant|business",
    ),
    (
        "staff",
        (
            r"人事|人力|hr|财务|会计|出纳|行政|法务|技术|研发|工程师|开发|运营|市场|客服|助理|前台|培训|职能"
            r"|finance|admin|legal|engineer|marketing|support|operations?|assistant|staff|trainer"
        ),
    ),
)
_SELLS_AS: Final = re.compile(
    r"客户经理|大客户经理|渠道经理|商务经理|accountmanager|keyaccountmanager"
)
_STEPS: Final = (
    ("day-30", r"day-?30|30天|入职30天|新人30天"),
    ("day-90", r"day-?90|90天|入职90天|新人90天"),
    ("backbone", r"骨干|骨干层|backbone|senior|资深|高级"),
    ("manager", r"管理层?|管理者|经理|经理层|manager|management"),
)
_ROLES: Final = (
    ("trainer", r"培训师|讲师|trainer"),
    ("marker", r"评分人|阅卷人?|marker"),
    ("manager", r"经理|manager"),
    ("mentor", r"带教人|师傅|导师|mentor"),
    ("hr", r"hr|人事|人力资源"),
    ("admin", r"管理员|系统管理员|admin|administrator"),
)


def _plain(text: str) -> str:
    return re.sub(r"[\s_.]+", "", narrow(text)).lower()


def job_role_of(text: str) -> str:
    """seller, manager or staff; "" for a job nobody here knows. A key account manager sells."""
    word = _plain(text)
    if _SELLS_AS.search(word):
        return "seller"
    return next((role for role, words in _JOBS if word and re.search(words, word)), "")


def step_of(text: str) -> str:
    """The step of a person that a grade names by its own word, else ""."""
    word = _plain(text)
    return next((step for step, words in _STEPS if re.fullmatch(words, word)), "")


def roles_of(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The roles named in a cell, and the words that name none."""
    found: dict[str, None] = {}
    unknown: list[str] = []
    for word in re.split(r"[,;、/|，；\s]+", narrow(text)):
        plain = _plain(word)
        role = next((role for role, words in _ROLES if re.fullmatch(words, plain)), "")
        if role:
            found[role] = None
        elif plain and plain not in {"学员", "learner", "员工"}:
            unknown.append(word[:40])
    return tuple(found), tuple(unknown)


def locale_of(text: str) -> str:
    """zh-CN or en; "" for anything else."""
    word = _plain(text)
    if word.startswith(("zh", "中", "chin", "汉")):
        return "zh-CN"
    return "en" if word.startswith(("en", "英")) else ""


# ---------------------------------------------------------------- as it is kept


def to_plain(table: StaffTable) -> dict[str, Any]:
    """For JSON; `from_plain` reads it."""
    return {
        "columns": dict(table.columns),
        "refused": list(table.refused),
        "unknown": list(table.unknown),
        "skipped": [[one.line, one.part, one.words] for one in table.skipped],
        "findings": [_plain_finding(one) for one in table.findings],
        "rows": [_plain_row(row) for row in table.rows],
    }


def _plain_finding(one: Finding) -> list[Any]:
    return [one.key, one.is_error, dict(one.params)]


def _plain_row(row: StaffRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in StaffRow.__dataclass_fields__}
    values |= {
        key: values[key] and values[key].isoformat() for key in ("hire_on", "leave_on", "move_on")
    }
    values["team"] = list(row.team)
    values["findings"] = [_plain_finding(one) for one in row.findings]
    return {name: value for name, value in values.items() if value}


def from_plain(plain: Mapping[str, Any]) -> StaffTable:
    """The table again. Raises KeyError, TypeError or ValueError for anything else."""
    return StaffTable(
        rows=tuple(_row_again(one) for one in plain["rows"]),
        columns=dict(plain["columns"]),
        refused=tuple(plain["refused"]),
        unknown=tuple(plain["unknown"]),
        skipped=tuple(Skipped(*one) for one in plain["skipped"]),
        findings=tuple(Finding(*one) for one in plain["findings"]),
    )


def _row_again(plain: Mapping[str, Any]) -> StaffRow:
    values = dict(plain)
    for key in ("hire_on", "leave_on", "move_on"):
        if values.get(key):
            values[key] = date.fromisoformat(values[key])
    values["team"] = tuple(values.get("team", ()))
    values["findings"] = tuple(Finding(*one) for one in values.get("findings", ()))
    return StaffRow(**values)
