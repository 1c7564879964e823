"""What a QTI item gives for a response: the part of response processing that choices need.

It is run, not guessed at: a reader asks for the score of every set of options, so whatever way
another program writes a rule, the rule that it amounts to is found.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from lxml import etree

from app.banks.importing.gathering import number_of
from app.banks.importing.qti_names import attribute, child, children, name, text_of

Value = Fraction | bool | str | frozenset[str] | None
MAX_STEPS: Final = 2_000


class UnknownRuleError(Exception):
    """The processing uses something outside of what choices need."""


@dataclass(frozen=True, slots=True)
class Points:
    """Points for each option; `default` for the rest; the sum is kept within the bounds."""

    entries: Mapping[str, Fraction]
    default: Fraction = Fraction(0)
    lower: Fraction | None = None
    upper: Fraction | None = None

    def total(self, chosen: Iterable[str]) -> Fraction:
        value = sum((self.entries.get(one, self.default) for one in chosen), Fraction(0))
        if self.lower is not None:
            value = max(value, self.lower)
        return value if self.upper is None else min(value, self.upper)


@dataclass(frozen=True, slots=True)
class Declaration:
    """A response variable: its key and its mapping."""

    identifier: str
    is_single: bool
    correct: tuple[str, ...] = ()
    mapping: Points | None = None


@dataclass(slots=True)
class Processing:
    """The response processing of one item with one response variable."""

    response: Declaration
    outcomes: Mapping[str, Value]
    rules: Sequence[etree._Element] = ()
    template: str = ""
    _values: dict[str, Value] = field(default_factory=dict)
    _steps: int = 0

    def score(self, chosen: frozenset[str]) -> Fraction:
        """SCORE after `chosen`. Raises UnknownRuleError."""
        self._values = dict(self.outcomes)
        self._values[self.response.identifier] = self._response(chosen)
        self._steps = 0
        if self.rules:
            self._run(self.rules)
        elif "map_response" in self.template or (not self.template and self.response.mapping):
            self._values["SCORE"] = self._mapped(chosen)
        elif "match_correct" in self.template or not self.template:
            self._values["SCORE"] = Fraction(chosen == frozenset(self.response.correct))
        else:
            raise UnknownRuleError(self.template)
        found = self._values.get("SCORE")
        if not isinstance(found, Fraction | None):
            raise UnknownRuleError("SCORE")
        return found or Fraction(0)

    def _response(self, chosen: frozenset[str]) -> Value:
        if not chosen:
            return None
        return next(iter(chosen)) if self.response.is_single else chosen

    def _mapped(self, chosen: Iterable[str]) -> Fraction:
        if self.response.mapping is None:
            raise UnknownRuleError("mapping")
        return self.response.mapping.total(chosen)

    # ------------------------------------------------------------ rules

    def _run(self, rules: Iterable[etree._Element]) -> None:
        for rule in rules:
            self._count()
            kind = name(rule)
            if kind == "setoutcomevalue":
                self._set(rule)
            elif kind == "responsecondition":
                self._condition(rule)
            elif kind == "responseprocessingfragment":
                self._run(rule)
            elif kind:
                raise UnknownRuleError(kind)

    def _set(self, rule: etree._Element) -> None:
        target = attribute(rule, "identifier")
        try:
            self._values[target] = self._of(rule[0])
        except (UnknownRuleError, IndexError):
            # A comment or a flag that cannot be worked out changes no score by itself.
            if target == "SCORE":
                raise UnknownRuleError(target) from None
            self._values[target] = None

    def _condition(self, rule: etree._Element) -> None:
        for branch in rule:
            kind = name(branch)
            if kind == "responseelse":
                self._run(branch)
                return
            is_branch = kind in {"responseif", "responseelseif"} and len(branch)
            if is_branch and self._of(branch[0]) is True:
                self._run(list(branch)[1:])
                return

    def _count(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise UnknownRuleError("too long")

    # ------------------------------------------------------------ expressions

    def _of(self, node: etree._Element) -> Value:
        self._count()
        kind = name(node)
        leaf = _LEAVES.get(kind)
        if leaf is not None:
            return leaf(self, node)
        operator = _OPERATORS.get(kind)
        if operator is None:
            raise UnknownRuleError(kind)
        return operator([self._of(one) for one in node])

    def _variable(self, node: etree._Element) -> Value:
        wanted = attribute(node, "identifier")
        if wanted not in self._values:
            raise UnknownRuleError(wanted)
        return self._values[wanted]

    def _correct(self, node: etree._Element) -> Value:
        if attribute(node, "identifier") != self.response.identifier:
            raise UnknownRuleError("correct")
        return self._response(frozenset(self.response.correct))

    def _base(self, node: etree._Element) -> Value:
        words, kind = text_of(node).strip(), attribute(node, "baseType")
        if kind in {"float", "integer"}:
            return _decimal(words)
        return words in {"true", "1"} if kind == "boolean" else words

    def _map(self, node: etree._Element) -> Value:
        if attribute(node, "identifier") != self.response.identifier:
            raise UnknownRuleError("mapResponse")
        value = self._values[self.response.identifier]
        return self._mapped(_members(value))


def _decimal(words: str) -> Fraction:
    value = number_of(words)
    if value is None:
        raise UnknownRuleError(words)
    return value


def _members(value: Value) -> frozenset[str]:
    if isinstance(value, frozenset):
        return value
    return frozenset({value}) if isinstance(value, str) else frozenset()


def _numbers(values: Sequence[Value]) -> list[Fraction] | None:
    """The numbers; None when one is missing, as QTI has it."""
    if any(value is None for value in values):
        return None
    found = [value for value in values if isinstance(value, Fraction)]
    if len(found) != len(values):
        raise UnknownRuleError("number")
    return found


def _arithmetic(work: Callable[[list[Fraction]], Value]) -> Callable[[list[Value]], Value]:
    def apply(values: list[Value]) -> Value:
        found = _numbers(values)
        try:
            return None if found is None else work(found)
        except (ZeroDivisionError, IndexError):
            return None

    return apply


def _product(values: list[Fraction]) -> Fraction:
    result = Fraction(1)
    for value in values:
        result *= value
    return result


def _match(values: list[Value]) -> Value:
    if len(values) != 2 or None in values:
        return None
    return values[0] == values[1]


def _contains(values: list[Value]) -> Value:
    if len(values) != 2 or None in values:
        return None
    return _members(values[1]) <= _members(values[0])


def _member(values: list[Value]) -> Value:
    return _contains(values[::-1])


def _truths(values: list[Value]) -> list[bool]:
    return [value is True for value in values]


def _multiple(values: list[Value]) -> Value:
    return frozenset().union(*map(_members, values)) or None


def _delete(values: list[Value]) -> Value:
    if len(values) != 2:
        return None
    return _members(values[1]) - _members(values[0]) or None


_LEAVES: Final[Mapping[str, Callable[[Processing, etree._Element], Value]]] = {
    "variable": Processing._variable,
    "correct": Processing._correct,
    "basevalue": Processing._base,
    "mapresponse": Processing._map,
    "null": lambda _of, _node: None,
}
_OPERATORS: Final[Mapping[str, Callable[[list[Value]], Value]]] = {
    "isnull": lambda values: values == [None],
    "match": _match,
    "contains": _contains,
    "member": _member,
    "multiple": _multiple,
    "delete": _delete,
    "containersize": lambda values: Fraction(len(_members(values[0]))) if values else None,
    "and": lambda values: all(_truths(values)),
    "or": lambda values: any(_truths(values)),
    "not": lambda values: None if values == [None] else values != [True],
    "sum": _arithmetic(lambda values: sum(values, Fraction(0))),
    "subtract": _arithmetic(lambda values: values[0] - values[1]),
    "product": _arithmetic(_product),
    "divide": _arithmetic(lambda values: values[0] / values[1]),
    "max": _arithmetic(max),
    "min": _arithmetic(min),
    "equal": _arithmetic(lambda values: values[0] == values[1]),
    "gt": _arithmetic(lambda values: values[0] > values[1]),
    "gte": _arithmetic(lambda values: values[0] >= values[1]),
    "lt": _arithmetic(lambda values: values[0] < values[1]),
    "lte": _arithmetic(lambda values: values[0] <= values[1]),
}


def read_declaration(node: etree._Element) -> Declaration:
    """A response declaration."""
    correct = child(node, "correctresponse")
    values = [text_of(v).strip() for v in children(correct, "value")] if correct is not None else []
    mapping = child(node, "mapping")
    return Declaration(
        identifier=attribute(node, "identifier"),
        is_single=attribute(node, "cardinality") in {"single", ""},
        correct=tuple(filter(None, values)),
        mapping=_read_mapping(mapping) if mapping is not None else None,
    )


def _read_mapping(node: etree._Element) -> Points:
    entries = {
        attribute(entry, "mapKey"): number_of(attribute(entry, "mappedValue")) or Fraction(0)
        for entry in children(node, "mapentry")
    }
    return Points(
        entries,
        number_of(attribute(node, "defaultValue")) or Fraction(0),
        number_of(attribute(node, "lowerBound")),
        number_of(attribute(node, "upperBound")),
    )
