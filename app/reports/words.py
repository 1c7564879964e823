"""A pack's facts as sentences in the reader's language; page, PDF and workbook use the same."""

from collections.abc import Mapping
from datetime import date
from functools import partial

from flask_babel import gettext, pgettext

from app.domain.competency import Call, Need, Status
from app.domain.framework import EvidenceKind, Level
from app.domain.rates import Rate
from app.kernel.i18n import show_day
from app.reports.pack import Head, LedgerLine, Line, Pack, Prompt, PromptKind

DASH = "—"


def _(text: str, **values: object) -> str:
    """The text in the reader's language. A per cent sign is written twice, as in templates."""
    return str(gettext(text)) % values


class Words:
    """Sentences about one pack. `lang` chooses among the names of competencies and tests."""

    def __init__(self, pack: Pack, lang: str) -> None:
        self.pack = pack
        self.lang = lang

    def text(self, names: Mapping[str, str]) -> str:
        """A text in the reader's language."""
        return names.get(self.lang) or names.get("zh-CN") or next(iter(names.values()), "")

    def name(self, slug: str | None) -> str:
        """A competency's name."""
        line = self.pack.line(slug)
        return self.text(line.name) if line else (slug or "")

    # ------------------------------------------------------------ section A and B

    def who(self) -> str:
        """Role, step, days since the hire date, unit."""
        head = self.pack.head
        parts = [role_name(head.job_role), step_name(head.step)]
        if head.day is not None:
            parts.append(_("入职第 %(n)s 天", n=head.day))
        parts.append(head.unit)
        return _("，").join(part for part in parts if part)

    def managers(self) -> str:
        """The people who lead her."""
        return _("、").join(self.pack.head.managers) or DASH

    def verdict(self) -> str:
        """The verdict line."""
        s = self.pack.summary
        return _(
            "%(n)s 项能力：达标 %(met)s，差距 %(gaps)s，未定 %(open)s，待补证据 %(lacking)s",
            n=s.expected,
            met=s.met,
            gaps=s.gaps,
            open=s.undecided,
            lacking=s.lacking,
        )

    def focus(self) -> str:
        """The one thing to talk about first."""
        line = self.pack.line(self.pack.focus)
        if line is None:
            return _("没有要先谈的事，照常带教即可")
        name = self.text(line.name)
        if line.call is Call.GAP:
            return _(
                "%(name)s，期望 %(expected)s，现在 %(level)s",
                name=name,
                expected=line.expected,
                level=line.level or Level.L1,
            )
        if line.call is Call.UNDECIDED:
            return _("%(name)s，还说不准", name=name)
        return _("%(name)s，先补证据", name=name)

    def expected(self) -> str:
        """What the lines are judged against."""
        levels = sorted({line.expected for line in self.pack.lines if line.expected})
        if not levels:
            return _("这个岗位没有期望等级")
        step = step_name(self.pack.head.step)
        if len(levels) == 1:
            return _("%(step)s，各项期望 %(level)s", step=step, level=levels[0])
        return _("%(step)s，期望 %(lo)s 到 %(hi)s", step=step, lo=levels[0], hi=levels[-1])

    # ------------------------------------------------------------ section C

    def judged(self, line: Line) -> str:
        """The call, or why there is none."""
        if line.call is not None:
            return call_name(line.call)
        if line.expected is None:
            return _("不要求")
        return {
            Status.PROVISIONAL: _("暂定"),
            Status.STALE: _("过期"),
            Status.INSUFFICIENT: _("待补"),
            Status.SUFFICIENT: DASH,
        }[line.status]

    def sure(self, line: Line) -> str:
        """How sure it is that the expectation is met."""
        return DASH if line.p is None else percent(line.p)

    def evidence(self, line: Line) -> str:
        """How much evidence, of how many kinds, how old."""
        if not line.pieces:
            return _("无")
        return _(
            "%(kinds)s 类 %(n)s 次，%(ago)s", kinds=line.kinds, n=line.pieces, ago=ago(line.age)
        )

    def change(self, line: Line) -> str:
        """Change since the last cycle when it is more than chance."""
        if line.change is not None:
            return f"{line.change:+.0f}".replace("-", "−")
        return _("无显著变化") if line.was_compared else DASH

    def chart(self, line: Line) -> str:
        """The chart in words."""
        name = self.text(line.name)
        if line.lo is None or line.hi is None:
            return _("%(name)s：证据不足，不给数字", name=name)
        return _(
            "%(name)s：90%% 区间 %(lo).0f 到 %(hi).0f，期望 %(expected)s",
            name=name,
            lo=line.lo,
            hi=line.hi,
            expected=line.expected or DASH,
        )

    def missing(self, line: Line) -> str:
        """What is missing, numbered."""
        needs = [need_text(need) for need in line.missing]
        if not needs:
            return ""
        if len(needs) == 1:
            return _("还差：%(what)s", what=needs[0])
        numbered = [f"{chr(0x2460 + n)} {text}" for n, text in enumerate(needs)]
        return _("还差：%(what)s", what=" ".join(numbered))

    def stale(self, line: Line) -> str:
        """The last range with its date."""
        if line.lo is None or line.hi is None or line.newest_on is None:
            return ""
        return _(
            "最近一次 %(day)s，当时 %(lo).0f–%(hi).0f",
            day=line.newest_on.isoformat(),
            lo=line.lo,
            hi=line.hi,
        )

    def tests(self, line: Line) -> str:
        """Tests passed of tests finished."""
        if not line.tests_finished:
            return _("还没有测验")
        return _("测验通过 %(k)s / %(n)s", k=line.tests_passed, n=line.tests_finished)

    def why(self, line: Line) -> str:
        """Why a passed test does not settle it, in one sentence; empty when it does."""
        return {
            "needs_rated": _("测验过了，但会答不等于会做：还要有人评过她或他怎么做。"),
            "needs_items": _("测验过了，但题数还不够下判断。"),
            "too_wide": _("测验过了，但证据还不够多，区间里两种可能都有。"),
            "stale": _("测验过了，但最近的证据已超过半年。"),
            "undecided": _("测验过了，但全部证据合起来还分不出达标还是差距。"),
            "below": _("测验过了，但全部证据合起来低于期望。"),
            "not_expected": _("测验过了；这个岗位对它没有期望，所以不下判断。"),
        }.get(line.why_not_met or "", "")

    # ------------------------------------------------------------ ledger

    def ledger_head(self, line: Line) -> str:
        """The figure in words, as far as the status lets it be said."""
        if line.mean is not None and line.lo is not None and line.hi is not None:
            said = _(
                "估计 %(m).1f，90%% 区间 %(lo).0f–%(hi).0f", m=line.mean, lo=line.lo, hi=line.hi
            )
            if line.p is not None:
                said += _("，达到 %(level)s 的把握 %(p)s", level=line.expected, p=percent(line.p))
            return said
        if line.status is Status.PROVISIONAL and line.lo is not None and line.hi is not None:
            return _("暂定，90%% 区间 %(lo).0f–%(hi).0f", lo=line.lo, hi=line.hi)
        if line.status is Status.STALE:
            return _("证据过期。%(last)s", last=self.stale(line))
        return _("证据不足，不给数字。%(missing)s", missing=self.missing(line))

    def assessors(self, piece: LedgerLine) -> str:
        """Who assessed, by role or number; never by name."""
        if piece.kind is EvidenceKind.TEST:
            return _("%(n)s 题", n=f"{piece.items:g}")
        if piece.role:
            return f"{assessor_role(piece.role)}"
        return _("%(n)s 位评价人", n=piece.assessors)

    def without(self, piece: LedgerLine, line: Line) -> str:
        """What would be said without this piece."""
        if piece.status_without is not line.status:
            return _("去掉它：%(status)s", status=status_name(piece.status_without))
        if piece.call_without is not line.call and piece.call_without is not None:
            return _("去掉它：%(call)s", call=call_name(piece.call_without))
        return _("去掉它，判断不变")

    def label(self, label: str, kind: EvidenceKind) -> str:
        """What a piece of evidence is called; a test by its title in the reader's language."""
        for test in self.pack.tests:
            if label and label in test.title.values():
                return self.text(test.title)
        return label or kind_name(kind)

    def moved(self, line: Line) -> str:
        """What moved the level most."""
        moved = line.moved
        if moved is None:
            return ""
        what = _(
            "“%(label)s”（%(day)s）",
            label=self.label(moved.label, moved.kind),
            day=moved.happened_on.isoformat(),
        )
        if moved.is_first:
            return _(
                "目前只有%(what)s，它把中性起点 %(before).0f 变成 %(after).0f。",
                what=what,
                before=moved.before,
                after=moved.after,
            )
        said = _("影响最大的是") + what
        more = moved.after >= moved.before
        pattern = (
            _("，把估计从 %(before).0f 提到 %(after).0f。", before=moved.before, after=moved.after)
            if more
            else _(
                "，把估计从 %(before).0f 拉到 %(after).0f。", before=moved.before, after=moved.after
            )
        )
        return said + pattern

    def settling(self, line: Line) -> str:
        """What would settle it."""
        if line.call in {Call.MET, Call.GAP}:
            changes = [p for p in line.ledger if p.call_without is not line.call]
            said = _("已经定了：%(call)s。", call=call_name(line.call))
            if not changes:
                return said + _("去掉任何一条证据，判断都不变。")
            return said + _("其中 %(n)s 条证据去掉后判断会变，见右列。", n=len(changes))
        if line.settling is None:
            return self.missing(line) or _("一条证据还定不下来，要再攒几条。")
        return self._one_piece(line)

    def _one_piece(self, line: Line) -> str:
        settling = line.settling
        if settling is None:
            return ""
        said = _("再有 %(what)s 就能定。", what=need_text(settling.need))
        if settling.met_from is not None:
            said += _("得 %(x)s 分以上：达标。", x=settling.met_from)
        if settling.gap_to is not None:
            said += _("得 %(x)s 分以下：差距。", x=settling.gap_to)
        return said

    # ------------------------------------------------------------ section E

    def cohort(self, rate: Rate | None) -> str:
        """The pass rate of everybody with its interval; the fraction alone below ten people."""
        return DASH if rate is None else rate_text(rate)

    # ------------------------------------------------------------ section H

    def prompt(self, prompt: Prompt) -> str:
        """A question to ask."""
        name = _("、").join(self.name(slug) for slug in prompt.competencies)
        a, b, c = (*prompt.facts, "", "", "")[:3]
        if prompt.kind is PromptKind.EVIDENCE and a in set(EvidenceKind):
            a = kind_name(EvidenceKind(a))  # a rating without a title of its own
        if prompt.kind in {PromptKind.EVIDENCE, PromptKind.TEST} and a:
            a = self.label(a, EvidenceKind.TEST)
        ask = partial(_, name=name, a=a, b=b, c=c)
        if prompt.kind is PromptKind.TO_PROVE:
            return self._to_prove(name, a)
        if not prompt.facts and not prompt.competencies:
            return open_question(prompt.kind)
        up = a.startswith("+")
        return {
            PromptKind.CHANGED: ask("%(name)s比上期高了 %(a)s 分，超出误差。你做了什么不一样的事？")
            if up
            else ask("%(name)s比上期变化 %(a)s 分，超出误差。这段时间发生了什么？"),
            PromptKind.GAP: ask("%(name)s期望 %(b)s，现在 %(a)s。哪一次拜访最能说明你的看法？"),
            PromptKind.EVIDENCE: ask("“%(a)s”得了 %(b)s 分（及格线 %(c)s）。当时卡在哪一步？"),
            PromptKind.WEAK_POINT: ask(
                "“%(a)s”%(b)s 题折合答对 %(c)s。能不能用本周的真实客户练一遍？"
            ),
            PromptKind.TEST: ask("“%(a)s”最近 %(b)s 分，及格线 %(c)s。哪一部分还没想通？"),
            PromptKind.UNDECIDED: ask("%(name)s还说不准（把握 %(a)s%%）。下一次演练你希望谁来评？"),
            PromptKind.STRENGTH: ask("%(name)s高于期望。愿不愿意带一位同事，或当模拟演练的评委？"),
        }[prompt.kind]

    def _to_prove(self, name: str, day: str) -> str:
        if not day:
            return _("%(name)s证据不够。这两周补哪一次最方便？", name=name)
        when = show_day(date.fromisoformat(day))
        return _("%(name)s证据不够。%(day)s前补哪一次最方便？", name=name, day=when)


def open_question(kind: PromptKind) -> str:
    """A question that needs no data."""
    return {
        PromptKind.PROUD: _("最近最顺的一单，你做对了什么？"),
        PromptKind.UNSURE: _("哪一步你做起来最没把握？"),
        PromptKind.CUSTOMER: _("最近哪位客户的一句话让你改变了做法？"),
        PromptKind.NEXT: _("下个月最想先练哪一项？为什么是它？"),
        PromptKind.LEARN: _("团队里谁的做法你想学？学哪一点？"),
        PromptKind.MONTH: _("一个月后看什么，就知道你有进步了？"),
        PromptKind.HELP: _("我能帮你搬开哪一块石头？"),
        PromptKind.TEST: _("目前学过的内容里，哪一部分最想再听一遍？"),
    }[kind]


# ---------------------------------------------------------------- words without a pack


def text_of(names: Mapping[str, str], lang: str) -> str:
    """A text in a language."""
    return names.get(lang) or names.get("zh-CN") or next(iter(names.values()), "")


def need_text(need: Need) -> str:
    """Evidence to arrange, in words."""
    n, m = need.times, need.assessors or 1
    said = {
        EvidenceKind.TEST: _("%(n)s 道测验题", n=need.items or 0),
        EvidenceKind.ROLEPLAY: _("%(n)s 次角色演练（%(m)s 位评委）", n=n, m=m),
        EvidenceKind.WORK: _("%(n)s 份交付物（%(m)s 位评委）", n=n, m=m),
        EvidenceKind.OBSERVATION: _("%(n)s 次现场观察", n=n),
        EvidenceKind.PEER: _("%(m)s 位同伴评价", m=n * m),
        EvidenceKind.DIRECT_REPORT: _("%(m)s 位下属评价", m=n * m),
    }[need.kind]
    return said + (_("，由不同的人在不同日子做") if need.dates else "")


def need_step(need: Need) -> str:
    """What to do about a piece of evidence that is missing, said plainly where we cannot yet."""
    what = need_text(need)
    if need.kind is EvidenceKind.TEST:
        return _("%(what)s：布置下面的测验，交卷公布后自动记入。", what=what)
    return _(
        "%(what)s：系统里还不能安排和记录，这一条现在补不上。照常线下做，"
        "评估时当面谈；能先补的是下面的测验和培训路径。",
        what=what,
    )


def percent(share: float) -> str:
    """A share in per cent, never rounded to certainty."""
    if share > 0.995:
        return "> 99%"
    return "< 1%" if share < 0.005 else f"{round(100 * share)}%"


def rate_text(rate: Rate) -> str:
    """Share and interval, or the fraction alone below ten people."""
    if rate.n == 0:
        return _("还没有人")
    if rate.few or rate.lo is None or rate.hi is None:
        return _("%(k)s / %(n)s 人", k=rate.passed, n=rate.n)
    return _(
        "%(share)s%%（%(lo)s–%(hi)s）",
        share=round(100 * rate.passed / rate.n),
        lo=round(100 * rate.lo),
        hi=round(100 * rate.hi),
    )


def ago(days: int | None) -> str:
    """How long ago."""
    if days is None:
        return DASH
    return _("今天") if days == 0 else _("%(n)s 天前", n=days)


def call_name(call: Call | None) -> str:
    """达标, 差距, 未定."""
    names = {Call.MET: _("达标"), Call.GAP: _("差距"), Call.UNDECIDED: _("未定")}
    return DASH if call is None else names[call]


def status_name(status: Status) -> str:
    """充分, 暂定, 不足, 过期."""
    return {
        Status.SUFFICIENT: _("充分"),
        Status.PROVISIONAL: _("暂定"),
        Status.INSUFFICIENT: _("不足"),
        Status.STALE: _("过期"),
    }[status]


def kind_name(kind: EvidenceKind) -> str:
    """Kinds of evidence."""
    return {
        EvidenceKind.TEST: str(pgettext("kind", "测验")),
        EvidenceKind.ROLEPLAY: _("角色演练"),
        EvidenceKind.WORK: _("交付物"),
        EvidenceKind.OBSERVATION: _("现场观察"),
        EvidenceKind.PEER: _("同伴评价"),
        EvidenceKind.DIRECT_REPORT: _("下属评价"),
    }[kind]


def step_name(step: str | None) -> str:
    """A career step."""
    names = {
        "day-30": _("新人第 30 天"),
        "day-90": _("新人第 90 天"),
        "backbone": _("骨干"),
        "manager": _("经理"),
    }
    return names.get(step or "", "")


def role_name(role: str) -> str:
    """The role a person is judged by."""
    return {"seller": _("销售"), "manager": _("团队经理"), "staff": _("职能")}.get(role, role)


def assessor_role(role: str) -> str:
    """Who rated, by role."""
    names = {
        "mentor": _("带教人"),
        "manager": _("经理"),
        "trainer": _("培训师"),
        "judge": _("评委"),
        "peer": _("同伴"),
    }
    return names.get(role, role)


def head_line(head: Head, code: str | None) -> str:
    """The running head of the PDF."""
    parts = [head.name, _("评审包")]
    if head.review:
        parts.append(head.review)
    if code:
        parts.append(_("快照 %(code)s", code=code))
    return _("，").join(parts)
