"""Workbooks of a pack and of a team. Text is written as text: no cell becomes a formula."""

from collections.abc import Mapping, Sequence

from app.competency.queries import StoredLevel
from app.domain.competency import Status
from app.kernel.xlsx import Cell, Sheet
from app.reports import words as say
from app.reports.matrix import PersonRow, TeamPage
from app.reports.pack import Pack
from app.reports.rates import RateTable
from app.reports.skills import Skills, skills
from app.reports.words import Words, _


def pack_sheets(pack: Pack, lang: str, *, code: str, digest: str) -> Sequence[Sheet]:
    """The same content as page and PDF."""
    w = Words(pack, lang)
    seen = skills(pack, w, with_links=False)
    return [
        _cover(pack, w, seen, code, digest),
        _lines(pack, w),
        _tests(pack, w),
        _seen(seen),
        _weak(pack),
        Sheet(
            _("谈话提纲"),
            (_("序号"), _("问题")),
            tuple((n, w.prompt(one)) for n, one in enumerate(pack.prompts, 1)),
        ),
        _plan(pack, w),
        _ledger(pack, w),
    ]


def _cover(pack: Pack, w: Words, seen: Skills, code: str, digest: str) -> Sheet:
    head = pack.head
    rows: list[tuple[Cell, ...]] = [
        (_("姓名"), head.name),
        (_("岗位"), w.who()),
        (_("经理"), w.managers()),
        (_("周期"), head.review or say.DASH),
        (_("评估日"), head.review_on),
        (_("结论"), w.verdict()),
        (_("先谈一件"), w.focus()),
        (_("数据截至"), head.data_through.isoformat(timespec="seconds")),
        (_("公式版本"), head.formula),
        (_("快照"), code),
        ("SHA-256", digest),
        *((f"{_('诊断阶梯')} {one.title}", one.say) for one in seen.rungs),
        (_("演练、观察与作品"), seen.summary),
        (_("自评与他评"), _("未评估：还没有做 360")),
        (_("说明"), _("供发展对话使用，不得单独作为人事决定依据")),
    ]
    rows += [
        (_("申诉") if one.is_appeal else _("本人意见"), f"{one.written_on}  {one.text}")
        for one in pack.comments
    ]
    return Sheet(_("封面"), (_("项目"), _("内容")), tuple(rows))


def _lines(pack: Pack, w: Words) -> Sheet:
    heads = (
        _("能力"), _("期望"), _("等级"), _("判断"), _("证据充分程度"), _("估计"), _("区间低"),
        _("区间高"), _("把握"), _("证据"), _("较上期"), _("测验"), _("还差什么"), _("说明"),
    )  # fmt: skip
    rows = tuple(
        (
            w.text(line.name),
            line.expected,
            line.level,
            w.judged(line),
            say.status_name(line.status),
            line.mean,
            line.lo,
            line.hi,
            w.sure(line),
            w.evidence(line),
            w.change(line),
            w.tests(line),
            w.missing(line),
            w.why(line),
        )
        for line in pack.lines
    )
    return Sheet(_("对照期望"), heads, rows)


def _seen(seen: Skills) -> Sheet:
    heads = (_("日期"), _("场次"), _("类型"), _("评价人"), _("能力"), _("原分"), _("及格线"))
    rows = tuple(
        (one.happened_on, one.label, one.kind, one.by, part.name, part.score, part.pass_mark)
        for one in seen.occasions
        for part in one.parts
    )
    return Sheet(_("演练、观察与作品"), heads, rows)


def _tests(pack: Pack, w: Words) -> Sheet:
    heads = (
        _("测验"), _("日期"), _("次数"), _("首次"), _("最近"), _("及格线"), _("及格线来历"),
        _("同期通过率（90%% 区间）"),
    )  # fmt: skip
    rows = tuple(
        (
            w.text(test.title),
            test.latest_on,
            test.attempts,
            test.first,
            test.latest,
            test.pass_mark,
            _("约定分数"),
            w.cohort(test.cohort),
        )
        for test in pack.tests
    )
    return Sheet(_("测验"), heads, rows)


def _weak(pack: Pack) -> Sheet:
    rows = tuple((point.tag, point.items, point.right) for point in pack.weak_points)
    return Sheet(_("最弱的知识点"), (_("知识点"), _("题数"), _("答对")), rows)


def _plan(pack: Pack, w: Words) -> Sheet:
    heads = (
        _("目标"), _("对应能力"), _("在工作中做"), _("跟人学"), _("上课或自学"), _("谁"),
        _("期限"), _("用什么证明"), _("复查"),
    )  # fmt: skip
    rows = tuple(
        (
            goal.what,
            w.name(goal.competency),
            goal.on_the_job,
            goal.with_others,
            goal.by_course,
            goal.owner,
            goal.due_on,
            goal.proof,
            _("、").join(day.isoformat() for day in goal.checks),
        )
        for goal in pack.goals
    )
    return Sheet(_("发展计划"), heads, rows)


def _ledger(pack: Pack, w: Words) -> Sheet:
    heads = (
        _("能力"), _("日期"), _("证据"), _("类型"), _("评价人"), _("原分"), _("及格线"),
        _("换算后"), _("时效"), _("权重（百分数）"), _("去掉它"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for line in pack.lines:
        name = w.text(line.name)
        rows += [
            (
                name,
                piece.happened_on,
                w.label(piece.label, piece.kind),
                say.kind_name(piece.kind),
                w.assessors(piece),
                piece.score,
                piece.pass_mark,
                piece.x,
                piece.recency,
                piece.percent,
                w.without(piece, line),
            )
            for piece in line.ledger
        ]
        if line.ledger:
            start = (name, None, _("中性起点 60 ± 25"), None, None, None, None, 60, None)
            rows.append((*start, line.start_percent, None))
    return Sheet(_("证据账本"), heads, tuple(rows))


# ---------------------------------------------------------------- a team


def team_sheets(
    page: TeamPage,
    people: Sequence[tuple[PersonRow, Mapping[str, StoredLevel]]],
    rates: Sequence[RateTable],
    lang: str,
) -> Sequence[Sheet]:
    """Everybody by need, the head, the rates."""
    named = [(one.competency.slug, say.text_of(one.competency.name, lang)) for one in page.columns]
    matrix = Sheet(
        _("人与能力"),
        (_("姓名"), _("阶段"), *(name for _slug, name in named), _("证据充分"), _("要求")),
        tuple(
            (
                person.name,
                say.step_name(person.step),
                *(_said(levels.get(slug)) for slug, _name in named),
                person.sufficient,
                person.expected,
            )
            for person, levels in people
        ),
    )
    foot = Sheet(
        _("共同短板"),
        (_("能力"), _("有差距的人"), _("要求的人"), _("是否共同短板")),
        tuple(
            (
                say.text_of(one.competency.name, lang),
                one.gaps,
                one.people,
                _("是") if one.is_common else _("否"),
            )
            for one in page.columns
        ),
    )
    return [matrix, foot, _rates(rates)]


def _said(level: StoredLevel | None) -> str:
    """A cell in words; no figure where the evidence does not carry one."""
    if level is None or level.expected is None:
        return say.DASH
    if level.status is Status.SUFFICIENT:
        call = say.call_name(level.call)
        return _(
            "%(level)s，%(call)s，期望 %(expected)s",
            level=level.level,
            call=call,
            expected=level.expected,
        )
    if level.status is Status.PROVISIONAL:
        return _("暂定 %(lo).0f–%(hi).0f", lo=level.lo, hi=level.hi)
    return say.status_name(level.status)


def _rates(tables: Sequence[RateTable]) -> Sheet:
    heads = (
        _("类别"), _("名称"), _("首次通过"), _("有成绩的人"), _("通过率"), _("区间低"), _("区间高"),
        _("按计分的一次通过"), _("不计入"),
    )  # fmt: skip
    rows = tuple(
        (
            table.title,
            row.name,
            row.passed,
            row.n,
            row.percent,
            row.lo,
            row.hi,
            row.counted,
            row.apart,
        )
        for table in tables
        for row in table.rows
    )
    return Sheet(_("通过率"), heads, rows)
