"""One item: its number is cut off; here it becomes stem, options, key and the rest."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from app.banks.importing import fields
from app.banks.importing.fields import JUDGED, Field, Label, find_labels
from app.banks.importing.headings import KIND, NUM, kind_in, number
from app.banks.importing.options import Token, find_options
from app.banks.importing.script import PICTURE, RULE, Script, joined, narrow
from app.domain.banks import parse_true_false
from app.domain.imports import FoundItem, Note
from app.domain.items import ItemType, Text

_BRACKET: Final = re.compile(
    rf"[(（\[【]\s*(?P<inner>[A-J](?:[\s,、;/]*[A-J])*|{JUDGED})\s*[)）\]】]", re.IGNORECASE
)
_BLANK: Final = "（  ）"
_EMPTY: Final = re.compile(r"[(]\s*[)]")
_AT_MARGIN: Final = re.compile(r"\t *[(（][ \u3000]*[)）]\s*$")
_TAG: Final = re.compile(
    rf"[(\[【]\s*(?:(?P<kind>{KIND})|本?题?\s*(?P<points>{NUM})\s*(?:分|points?|pts?|marks?))"
    rf"(?:\s*[,、;:]\s*(?:(?P<kind2>{KIND})|本?题?\s*(?P<points2>{NUM})\s*(?:分|points?|pts?|marks?)))?\s*[)\]】]"
    r"\s*[*]?",
    re.IGNORECASE,
)
_SAYS_RIGHT: Final = re.compile(
    r"\s*(?:[(\[【]\s*(?:正确答案|正确选项|正确|答案|对|√|correct|right)\s*[)\]】]|√|(?<![*])[*])\s*$",
    re.IGNORECASE,
)
_BOLD_OPTION: Final = re.compile(r"\*\*([^*]+)\*\*")
_CLOSING: Final = re.compile(
    r"\s*(?:以上(?:就是|是|为|试|内容|题目|便)|希望(?:这|以上|对|能)|如(?:果)?(?:需|您|你|还)|祝(?:大家|各位|您|你|考试|学习)"
    r"|需要(?:我|的话)|这份(?:试卷|题)|您可以|你可以|我可以|[(]?\s*(?:全卷|试卷|试题|本卷|答题|考试|测试)?(?:结束|完)\s*[)]?\s*$"
    r"|Hope|Let me know|Feel free|Would you like|If you|I can|Good luck|End of|-+\s*END)",
    re.IGNORECASE,
)
_FORM_WORD: Final = (
    r"姓\s*名|部\s*门|得\s*分|分\s*数|成\s*绩|工\s*号|日\s*期|岗\s*位|班\s*级|单\s*位|公\s*司|学\s*号|考\s*号|职\s*位|职\s*务|阅卷人"
    r"|评卷人|评分人|签\s*名|电\s*话|门\s*店|区\s*域|考试时间|Name|Department|Dept|Score|Date|Position|Team|Marker"
)
_FORM: Final = re.compile(rf"(?:{_FORM_WORD})", re.IGNORECASE)
_FORM_REST: Final = re.compile(r"[\s:_\-/\\|()\[\].、,年月日分~\d]*")
_TAIL_WIDTH: Final = 20


def is_form_line(norm: str) -> bool:
    """`姓名：____ 部门：____`: blanks to be filled in by hand."""
    if not _FORM.search(norm):
        return False
    is_blank = ":" in norm or "_" in norm or len(_FORM.findall(norm)) > 1
    return is_blank and _FORM_REST.fullmatch(_FORM.sub("", norm)) is not None


def is_closing_line(norm: str) -> bool:
    """What a chat program or a teacher writes below a paper."""
    return _CLOSING.match(norm) is not None


@dataclass(slots=True)
class Segment:
    """The text of one item while it is read. `kind` is what its section says."""

    script: Script
    start: int
    text_start: int
    end: int
    kind: ItemType | None
    is_last: bool
    notes: list[Note] = field(default_factory=list)
    options: list[Token] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    prefix: str = ""

    def note(self, key: str, at: int, **params: object) -> None:
        """Remember something to tell about this item."""
        self.notes.append(Note(key, self.script.place(at), params))


def read_item(segment: Segment) -> FoundItem:
    """The item. `segment.end` is moved to where the item really ends, notes are left in it."""
    script = segment.script
    if segment.kind in {None, ItemType.SINGLE, ItemType.MULTI, ItemType.TRUE_FALSE}:
        segment.options = find_options(script, segment.text_start, segment.end)
        _stop_options_at_labels(segment)
        if segment.kind is ItemType.TRUE_FALSE and any(t.style == "bare" for t in segment.options):
            segment.options = []  # `A 客户比 B 客户大` is a statement
    stem_end = segment.options[-1].start if segment.options else segment.end
    zone = stem_end if segment.options else segment.text_start
    segment.labels = find_labels(script, segment.text_start, segment.end, zone)
    segment.end = _real_end(segment)
    segment.labels = [label for label in segment.labels if label.start < segment.end]
    segment.options = [token for token in segment.options if token.start < segment.end]
    return _build(segment)


def _stop_options_at_labels(segment: Segment) -> None:
    """Letters below 答案 or 解析 are no options."""
    if not segment.options:
        return
    script = segment.script
    first = segment.options[0].start
    labels = find_labels(script, first, segment.end, first)
    for label in labels:
        kept = [token for token in segment.options if token.start < label.start]
        if label.field in {Field.KEY, Field.WHY} and len(kept) >= 2:
            segment.options = kept
            return


# ---------------------------------------------------------------- where an item ends


def _real_end(segment: Segment) -> int:
    """Cut off what only stands below the item: closing words, other text after a gap."""
    state = _Tail(segment)
    script = segment.script
    at = script.line_end(segment.text_start) + 1
    while at < segment.end:
        line_end = min(script.line_end(at), segment.end)
        if state.stops(at, line_end):
            return at
        at = line_end + 1
    return segment.end


class _Tail:
    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.has_gap = False
        self.has_rule = False
        self.in_field = False
        self.labels = sorted(label.start for label in segment.labels)
        self.last_option = segment.options[-1].start if segment.options else -1
        self.before = segment.text_start

    def stops(self, at: int, end: int) -> bool:
        """True when the item has ended before this line."""
        line = self.segment.script.norm[at:end]
        if not line.strip() or RULE.fullmatch(line):
            self.has_gap = True
            self.has_rule = self.has_rule or bool(line.strip(" _\t"))
            return False
        if end <= self.last_option or at <= self.last_option < end:
            self._go_on(at)
            return False
        if bisect_left(self.labels, at) < bisect_left(self.labels, end):
            self.in_field = True
            self._go_on(at)
            return False
        if is_closing_line(line) or self.has_rule:
            return True
        is_over = self._is_over()
        self._go_on(at)
        return is_over

    def _go_on(self, at: int) -> None:
        self.has_gap = self.has_rule = False
        self.before = at

    def _is_over(self) -> bool:
        segment = self.segment
        is_choice = bool(segment.options)
        if is_choice or segment.kind is ItemType.TRUE_FALSE:
            if self.in_field:
                return self.has_gap and segment.is_last
            if self.has_gap or not segment.script.is_wrapped:
                return True
            # A broken sentence fills its line first.
            return segment.script.line_end(self.before) - self.before < _TAIL_WIDTH
        return self.has_gap and segment.is_last


# ---------------------------------------------------------------- building


def _build(segment: Segment) -> FoundItem:
    script = segment.script
    values = dict(_field_values(segment))
    stem_end = segment.options[0].start if segment.options else _first_label(segment)
    stem_end = min(stem_end, segment.end)
    stem = _Stem(script.text[segment.text_start : stem_end], segment)
    options, marked = _options(segment)
    kind = segment.kind or stem.kind or _kind_of(values.get(Field.KIND, ("", 0))[0])
    item = FoundItem(
        place=script.place(segment.start),
        source=script.text[segment.start : segment.end].rstrip(),
        stem={"": stem.text},
        type=kind,
        options=options,
        points=stem.points or _points(values.get(Field.POINTS, ("", 0))[0]),
    )
    item = _with_fields(segment, item, values)
    return _with_key(segment, item, values.get(Field.KEY), stem, marked)


def _first_label(segment: Segment) -> int:
    return min((label.start for label in segment.labels), default=segment.end)


def _field_values(segment: Segment) -> Iterator[tuple[Field, tuple[str, int]]]:
    """The text of each labelled field; of two with one label the first that says something."""
    said: set[Field] = set()
    starts = [label.start for label in segment.labels] + [segment.end]
    for label, stop in zip(segment.labels, starts[1:], strict=True):
        end = label.close if label.close is not None else stop
        text = _field_text(segment.script.text[label.end : end])
        if label.is_reply and fields.says_nothing(text):
            continue  # room to write on
        if label.field in said:
            segment.note("W602", label.start, text=text, lines=1)
            continue
        said.add(label.field)
        yield label.field, (text, label.start)


def _field_text(text: str) -> str:
    lines = [line.strip() for line in text.split("\n")]
    return "\n".join(line for line in lines if line and not RULE.fullmatch(line))


def _kind_of(text: str) -> ItemType | None:
    return kind_in(narrow(text))[1] if text else None


def _points(text: str) -> Fraction | None:
    found = re.match(rf"\s*({NUM})\s*(?:分|points?|pts?|marks?)?\s*$", narrow(text), re.IGNORECASE)
    value = number(found.group(1)) if found else None
    return value or None


def _options(segment: Segment) -> tuple[tuple[tuple[str, dict[str, str]], ...], list[str]]:
    script = segment.script
    stop = min(
        (label.start for label in segment.labels if segment.options
         and label.start > segment.options[-1].start),
        default=segment.end,
    )  # fmt: skip
    ends = [token.start for token in segment.options[1:]] + [min(stop, segment.end)]
    found, marked = [], []
    for token, end in zip(segment.options, ends, strict=False):
        text = joined(
            line for line in script.text[token.end : end].split("\n") if not RULE.fullmatch(line)
        )
        if bold := _BOLD_OPTION.fullmatch(text):
            text = bold.group(1)
        right = _SAYS_RIGHT.search(narrow(text))
        if right is not None:
            text = text[: right.start()].rstrip()
        if token.is_marked or right is not None:
            marked.append(token.letter)
        found.append((token.letter, {"": text.rstrip("；;，,、 ").strip()}))
    return tuple(found), marked


class _Stem:
    """The stem without its bracket key, its 【单选】 and its （5 分）."""

    def __init__(self, text: str, segment: Segment) -> None:
        self.kind: ItemType | None = None
        self.points: Fraction | None = None
        self.key_text = ""
        text = self._without_tags(text)
        # A bracket behind a tab is a place at the margin to write on, not part of the sentence.
        text = _AT_MARGIN.sub("", text)
        self.text = self._emptied(_paragraphs(text, segment.script), segment)
        if not self.key_text:
            self._key_before_number(segment)

    def _without_tags(self, text: str) -> str:
        for _ in range(3):
            norm = narrow(text)
            match = _TAG.match(norm, len(norm) - len(norm.lstrip())) or _TAG_AT_END.search(norm)
            if match is None:
                break
            kind = match["kind"] or match["kind2"]
            points = match["points"] or match["points2"]
            if kind:
                self.kind = self.kind or kind_in(kind)[1]
            if points:
                self.points = self.points or number(points)
            text = text[: match.start()] + text[match.end() :]
        return text

    def _emptied(self, text: str, segment: Segment) -> str:
        found = [m for m in _BRACKET.finditer(narrow(text)) if self._fits(m["inner"], segment)]
        if len(found) > 1 or (found and _EMPTY.search(narrow(text))):
            # A letter in a bracket may name a customer: only the one at the end is the key's.
            at_end = [m for m in found if not narrow(text)[m.end() :].strip(" .。:?？!,，")]
            found = at_end[-1:]
        if len(found) != 1:
            return text
        match = found[0]
        self.key_text = match["inner"]
        return text[: match.start()] + _BLANK + text[match.end() :]

    @staticmethod
    def _fits(inner: str, segment: Segment) -> bool:
        is_letters = re.fullmatch(r"[A-J](?:[\s,、;/]*[A-J])*", inner) is not None
        if segment.kind in {ItemType.SINGLE, ItemType.MULTI}:
            return is_letters
        if segment.kind is ItemType.TRUE_FALSE:
            return not is_letters or bool(segment.options) or inner.upper() == "F"
        if segment.kind is ItemType.SHORT:
            return False
        return is_letters == bool(segment.options)

    def _key_before_number(self, segment: Segment) -> None:
        """`（√）1. …`: the bracket stands before the number."""
        before = segment.script.norm[segment.start : segment.text_start]
        match = _BRACKET.match(before.lstrip())
        if match is not None and segment.kind is not ItemType.SHORT:
            self.key_text = match["inner"]


_TAG_AT_END: Final = re.compile(rf"(?:{_TAG.pattern})\s*$", re.IGNORECASE)


def _paragraphs(text: str, script: Script) -> str:
    """Paragraphs of a stem; lines that were only broken are joined again."""
    lines = [line for line in text.split("\n") if not RULE.fullmatch(line) or "|" in line]
    kept: list[str] = []
    for line in (line.strip() for line in lines):
        if not line:
            kept.append("")
        elif kept and kept[-1] and script.is_wrapped and _goes_on(kept[-1], line):
            kept[-1] = joined([kept[-1], line])
        else:
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _goes_on(above: str, line: str) -> bool:
    if above[-1] in "。！？!?：:；;…|" or line[0] in "|-*•①②③④⑤⑥（(>#" or line[0].isdigit():
        return False
    return len(above) >= _TAIL_WIDTH


def _with_fields(
    segment: Segment, item: FoundItem, values: dict[Field, tuple[str, int]]
) -> FoundItem:
    why = values.get(Field.WHY, ("", 0))[0]
    source = values.get(Field.SOURCE, ("", 0))[0]
    level = None
    if Field.DIFFICULTY in values:
        text, at = values[Field.DIFFICULTY]
        level = fields.difficulty(text)
        if level is None and text:
            segment.note("W603.difficulty", at, value=text)
    tags = fields.tags(values[Field.TAGS][0]) if Field.TAGS in values else ()
    if Field.POINTS in values and item.points is None:
        segment.note("W603.points", values[Field.POINTS][1], value=values[Field.POINTS][0])
    return replace(
        item,
        why={"": why} if why and not fields.says_nothing(why) else None,
        difficulty=level,
        tags=tags,
        reference=source[:300] or None,
    )


# ---------------------------------------------------------------- the key of an item


def key_line(segment: Segment) -> str:
    """The text of a key label that begins a line and ends the item; empty without one."""
    if not segment.labels or segment.labels[-1].field is not Field.KEY:
        return ""
    last = segment.labels[-1]
    if last.is_reply or not segment.script.at_line_start(last.start):
        return ""
    return _field_text(segment.script.text[last.end : segment.end])


def _with_key(
    segment: Segment,
    item: FoundItem,
    line: tuple[str, int] | None,
    stem: _Stem,
    marked: Sequence[str],
) -> FoundItem:
    keys: list[tuple[str, ...]] = []
    if stem.key_text:
        keys.append(_key(segment, item, stem.key_text, segment.text_start)[0])
    if marked and len(marked) < len(item.options):
        keys.append(tuple(marked))
    model = ""
    if line is not None:
        answer, model = _key(segment, item, *line)
        keys.append(answer)
        if answer and model:
            rest = _rest_of_key(item, answer, model)
            item = replace(item, why=item.why or ({"": rest} if rest else None))
    return settle(segment, item, [key for key in keys if key], model)


def _key(segment: Segment, item: FoundItem, text: str, at: int) -> tuple[tuple[str, ...], str]:
    if item.type is ItemType.SHORT:
        return (), text
    key = fields.read_key(text, narrow(text), item.type, has_options=bool(item.options))
    unreadable = not key.answer and not fields.says_nothing(text)
    if unreadable and (item.type is not None or item.options):
        segment.note("W603.key", at, value=text)
    return key.answer, key.rest


def _rest_of_key(item: FoundItem, answer: Sequence[str], rest: str) -> str:
    """What stands behind a key, unless it only says the option again."""
    texts = {text[""] for letter, text in item.options if letter in answer}
    return "" if rest.rstrip("。.") in {text.rstrip("。.") for text in texts} else rest


def settle(
    segment: Segment, item: FoundItem, keys: Sequence[tuple[str, ...]], model: str
) -> FoundItem:
    """One key, or none when two differ; and the type, where only the key tells it."""
    different = {tuple(sorted(key)) for key in keys}
    if len(different) > 1:
        segment.note("W604", segment.start, keys=tuple("".join(key) for key in keys))
    answer = tuple(sorted(keys[0])) if len(different) == 1 else ()
    item = _as_judgement(item)
    if item.type is ItemType.TRUE_FALSE and answer and answer[0] not in {"true", "false"}:
        answer = _judged_letter(segment, answer)
    kind = item.type or _kind_by_key(item, answer, model)
    short = kind is ItemType.SHORT and model and not fields.says_nothing(model)
    return replace(
        item,
        type=kind,
        answer=answer if kind is not ItemType.SHORT else (),
        model_answer={"": model} if short else None,
    )


def _as_judgement(item: FoundItem) -> FoundItem:
    """A statement with the options 对 and 错 is a true/false item."""
    if item.type in {ItemType.TRUE_FALSE, None} and len(item.options) == 2:
        readings = [parse_true_false(next(iter(text.values()))) for _, text in item.options]
        if set(readings) == {True, False}:
            return replace(item, type=ItemType.TRUE_FALSE, options=())
    return item


def _judged_letter(segment: Segment, answer: tuple[str, ...]) -> tuple[str, ...]:
    """A or B under 对 and 错."""
    texts = {letter: text[""] for letter, text in _options(segment)[0]}
    if len(answer) == 1 and (reading := parse_true_false(texts.get(answer[0], ""))) is not None:
        return ("true" if reading else "false",)
    return answer


def _kind_by_key(item: FoundItem, answer: tuple[str, ...], model: str) -> ItemType | None:
    if answer and answer[0] in {"true", "false"}:
        return ItemType.TRUE_FALSE
    if item.options:
        return (ItemType.SINGLE if len(answer) == 1 else ItemType.MULTI) if answer else None
    if model and not answer and not fields.says_nothing(model):
        return ItemType.SHORT
    return None


def picture_of(text: str) -> tuple[str, list[int]]:
    """The text without picture signs, and the numbers of its pictures."""
    numbers = [int(found) for found in PICTURE.findall(text)]
    return PICTURE.sub("", text).strip(), numbers


def settle_row(item: FoundItem, text: str) -> tuple[FoundItem, bool]:
    """An item of a table with the key of its cell; and whether that could not be read."""
    if item.type is ItemType.SHORT:
        has_text = bool(text) and not fields.says_nothing(text)
        return replace(item, model_answer=_like(item.stem, text) if has_text else None), False
    key = fields.read_key(text, narrow(text), item.type, has_options=bool(item.options))
    answer = key.answer
    judged = _as_judgement(item)
    if judged.type is ItemType.TRUE_FALSE and answer and answer[0] not in {"true", "false"}:
        letters = {letter: next(iter(said.values()), "") for letter, said in item.options}
        reading = parse_true_false(letters.get(answer[0], ""))
        answer = answer if reading is None else ("true" if reading else "false",)
    # A long text under a choice is no key, even when it begins with a letter.
    is_unread = bool(text) and not answer and not fields.says_nothing(text)
    model = text if is_unread and judged.type is None and not judged.options else ""
    kind = judged.type or _kind_by_key(judged, answer, model)
    if kind is ItemType.SHORT:
        return replace(judged, type=kind, model_answer=_like(item.stem, text)), False
    return replace(judged, type=kind, answer=tuple(sorted(answer))), is_unread


def _like(text: Text, words: str) -> Text:
    return dict.fromkeys(text, words)
