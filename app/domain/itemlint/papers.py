"""Rules that look at a whole bank: where keys stand, what is asked twice, what is too little."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import exp, lgamma, log
from typing import Final

from app.domain.banks import (
    BankDraft,
    Finding,
    ItemDraft,
    Path,
    PlainText,
    Ref,
    SectionDraft,
    parse_letters,
    parse_true_false,
)
from app.domain.itemlint.nearness import near_duplicates
from app.domain.itemlint.numbers import spans
from app.domain.items import ItemStatus, ItemType

FEWEST_FOR_LENGTH: Final = 20
LONGEST_IS_KEY: Final = (0.10, 0.35)
P_UNEVEN: Final = 0.01
PER_POSITION: Final = 5
RUN: Final = 4
BALANCE: Final = (0.35, 0.65)
FEWEST_STATEMENTS: Final = 5
FEWEST_ITEMS: Final = 5
FEWEST_ALONE: Final = 10
SECONDS: Final[Mapping[ItemType, int]] = {
    ItemType.SINGLE: 30,
    ItemType.TRUE_FALSE: 20,
    ItemType.MULTI: 45,
    ItemType.SHORT: 240,
}
DIFFICULTIES: Final = 5
BEYOND: Final = 0.30
FEWEST_FOR_SPREAD: Final = 10
SAME_COUNT: Final = 3
MOST_COMPARED: Final = 5_000
GIVEN_AWAY: Final[Mapping[str, int]] = {"zh": 8, "en": 24}


def look_at_bank(bank: BankDraft) -> Iterator[Finding]:
    """What the rules say about the bank as a paper."""
    counted = [item for item in bank.items if is_counted(item)]
    if not counted:
        return
    yield from _longest_is_key(counted)
    for section in bank.sections:
        yield from _same_number_of_keys(section)
    yield from _key_positions(bank, counted)
    yield from _balance(counted)
    yield from _few_items(counted)
    yield from _asked_twice(bank)
    yield from _given_away(counted)
    yield from _too_short(bank)
    yield from _one_difficulty(counted)


def is_counted(item: ItemDraft) -> bool:
    """Retired items are in no paper any more."""
    return item.status is not ItemStatus.RETIRED and item.type is not None


def key_of(item: ItemDraft) -> tuple[str, ...]:
    """The letters of its key that are options."""
    options = item.options or {}
    return tuple(letter for letter in parse_letters(item.answer) if letter in options)


# ---------------------------------------------------------------- keys


def longest_is_key(items: Sequence[ItemDraft], lang: str) -> tuple[float, int]:
    """(how often the key is the longest option, of how many single items); ties are shared."""
    share, n = 0.0, 0
    for item in items:
        if item.type is not ItemType.SINGLE:
            continue
        lengths = {
            letter: len(text[lang]) for letter, text in (item.options or {}).items() if lang in text
        }
        # The length of a figure catches no eye.
        if spans([text.get(lang, "") for text in (item.options or {}).values()]):
            continue
        key = key_of(item)
        if len(key) != 1 or key[0] not in lengths or len(set(lengths.values())) == 1:
            continue
        most = max(lengths.values())
        longest = [letter for letter, length in lengths.items() if length == most]
        n += 1
        share += (key[0] in longest) / len(longest)
    return share, n


def _longest_is_key(items: Sequence[ItemDraft]) -> Iterator[Finding]:
    for lang in _languages(items):
        times, n = longest_is_key(items, lang)
        low, high = LONGEST_IS_KEY
        if n < FEWEST_FOR_LENGTH or low <= times / n <= high:
            continue
        key = "W522" if times / n > high else "W522.seldom"
        params = {"percent": round(100 * times / n), "n": n, "lang": lang}
        yield Finding(key, (), params, at_key=True)


def _languages(items: Sequence[ItemDraft]) -> list[str]:
    return list(dict.fromkeys(lang for item in items for lang in item.stem or ()))


def _same_number_of_keys(section: SectionDraft) -> Iterator[Finding]:
    items = [i for i in section.items if is_counted(i) and i.type is ItemType.MULTI]
    counts = [len(key_of(item)) for item in items]
    if len(items) >= SAME_COUNT and len(set(counts)) == 1 and counts[0]:
        params = {"count": len(items), "keys": counts[0]}
        yield Finding("W542", items[0].path, params, at_key=True)


def _key_positions(bank: BankDraft, items: Sequence[ItemDraft]) -> Iterator[Finding]:
    by_size: dict[int, list[str]] = defaultdict(list)
    for item in items:
        if item.type is ItemType.SINGLE and len(key := key_of(item)) == 1:
            by_size[len(item.options or {})].append(key[0])
    for size, keys in sorted(by_size.items()):
        letters = "ABCDEFGHIJ"[:size]
        counts = Counter(keys)
        if (
            len(keys) >= PER_POSITION * size
            and uneven([counts[letter] for letter in letters]) < P_UNEVEN
        ):
            shown = tuple(f"{letter} {counts[letter]}" for letter in letters)
            yield Finding("W550", (), {"counts": shown, "n": len(keys)}, at_key=True)
    for section in bank.sections:
        row = [
            (item, key_of(item))
            for item in section.items
            if is_counted(item) and item.type is ItemType.SINGLE
        ]
        for key, run in groupby(row, key=lambda one: one[1]):
            same = list(run)
            if len(same) >= RUN and len(key) == 1:
                params = {"count": len(same), "letter": key[0], "last": same[-1][0].id or "?"}
                yield Finding("W550.run", same[0][0].path, params, at_key=True)


def uneven(counts: Sequence[int]) -> float:
    """p of Pearson's χ² test that all positions are equally likely.

    p = Q(k/2, χ²/2) with k = positions - 1 (Abramowitz and Stegun 26.4.19); the regularised
    incomplete gamma function by its power series (6.5.29).
    """
    n, k = sum(counts), len(counts) - 1
    if n == 0 or k < 1:
        return 1.0
    expected = n / len(counts)
    chi = sum((count - expected) ** 2 / expected for count in counts)
    return 1 - _lower_gamma(k / 2, chi / 2)


def _lower_gamma(a: float, x: float) -> float:
    """P(a, x) = e^-x x^a sum x^n / Γ(a + n + 1)."""
    if x <= 0:
        return 0.0
    term = total = 1 / a
    n = 0
    while term > total * 1e-15:
        n += 1
        term *= x / (a + n)
        total += term
    return min(1.0, total * exp(-x + a * log(x) - lgamma(a)))


def _balance(items: Sequence[ItemDraft]) -> Iterator[Finding]:
    keys = [
        key
        for item in items
        if item.type is ItemType.TRUE_FALSE
        and item.answer
        and (key := parse_true_false(item.answer[0])) is not None
    ]
    low, high = BALANCE
    if len(keys) >= FEWEST_STATEMENTS and not low <= sum(keys) / len(keys) <= high:
        first = next(item for item in items if item.type is ItemType.TRUE_FALSE)
        params = {"true": sum(keys), "n": len(keys)}
        yield Finding("W551", first.path, params, at_key=True)


# ---------------------------------------------------------------- enough and not twice


def per_competency(items: Sequence[ItemDraft]) -> dict[str, list[ItemDraft]]:
    """The items that claim each competency."""
    found: dict[str, list[ItemDraft]] = defaultdict(list)
    for item in items:
        for slug in item.competencies:
            found[slug].append(item)
    return found


def least_items(competencies: int) -> int:
    """How many items a competency needs: more where it alone decides."""
    return FEWEST_ALONE if competencies == 1 else FEWEST_ITEMS


def _few_items(items: Sequence[ItemDraft]) -> Iterator[Finding]:
    claimed = per_competency(items)
    least = least_items(len(claimed))
    few = {slug: of_it for slug, of_it in claimed.items() if len(of_it) < least}
    if few:
        shown = tuple(f"{slug} {len(of_it)}" for slug, of_it in few.items())
        first = next(iter(few.values()))[0]
        yield Finding("W552", first.path, {"few": shown, "least": least}, at_key=True)


def _asked_twice(bank: BankDraft) -> Iterator[Finding]:
    """Of a very large bank the health page tells: it would take longer than reading the file."""
    if sum(map(is_counted, bank.items)) > MOST_COMPARED:
        return
    for lang in _languages([item for item in bank.items if is_counted(item)]):
        items = [item for item in bank.items if is_counted(item) and lang in (item.stem or {})]
        stems = [(item.stem or {})[lang] for item in items]
        for later, earlier, share in near_duplicates(stems):
            item, first = items[later], items[earlier]
            params = {
                "id": first.id or "?",
                "first": Ref((*first.path, "stem")),
                "percent": int(100 * share),
            }
            yield Finding("W553", stem_path(item, lang), params)


def _choices(item: ItemDraft, lang: str) -> tuple[str, ...]:
    return tuple(text.get(lang, "") for text in (item.options or {}).values())


def stem_path(item: ItemDraft, lang: str) -> Path:
    """The stem's text in a language."""
    path = (*item.path, "stem")
    return path if isinstance(item.stem, PlainText) else (*path, lang)


def _given_away(items: Sequence[ItemDraft]) -> Iterator[Finding]:
    """A key that stands word for word in the stem of another item, and no distractor does."""
    for lang in _languages(items):
        size = GIVEN_AWAY.get(lang[:2].lower())
        if size is None:
            continue
        keys: dict[str, list[tuple[ItemDraft, str]]] = defaultdict(list)
        for item in items:
            key = key_of(item)
            if item.type is not ItemType.SINGLE or len(key) != 1:
                continue
            text = (item.options or {})[key[0]].get(lang, "").strip('。. “”"').casefold()
            if len(text) >= size:
                keys[text[:size]].append((item, text))
        if keys:
            yield from _told(items, keys, lang, size)


def _told(
    items: Sequence[ItemDraft],
    keys: Mapping[str, Sequence[tuple[ItemDraft, str]]],
    lang: str,
    size: int,
) -> Iterator[Finding]:
    for item in items:
        stem = (item.stem or {}).get(lang, "").casefold()
        for at in range(len(stem) - size + 1):
            for other, text in keys.get(stem[at : at + size], ()):
                if other is item or not stem.startswith(text, at):
                    continue
                wrong = [o for o in _choices(other, lang) if o.strip('。. “”"').casefold() != text]
                if any(o and o.casefold() in stem for o in wrong):
                    continue
                params = {
                    "id": other.id or "?",
                    "first": Ref((*other.path, "options")),
                    "text": text,
                }
                yield Finding("W554", stem_path(item, lang), params)


# ---------------------------------------------------------------- time and difficulty


def seconds_needed(bank: BankDraft) -> int:
    """Seconds for the paper; of a drawn section the mean of its items times the draw."""
    total = 0.0
    for section in bank.sections:
        needs = [
            SECONDS[i.type]
            for i in section.items
            if i.type is not None and i.status is ItemStatus.ACTIVE
        ]
        if not needs:
            continue
        share = 1.0 if section.draw is None else min(1.0, section.draw / len(needs))
        total += sum(needs) * share
    return round(total)


def _too_short(bank: BankDraft) -> Iterator[Finding]:
    if bank.time_limit_minutes is None:
        return
    needed = seconds_needed(bank)
    if bank.time_limit_minutes * 60 < needed:
        minutes = -(-needed // 60)
        params = {"minutes": bank.time_limit_minutes, "needed": minutes}
        yield Finding("W555", ("time_limit",), params)


def _one_difficulty(items: Sequence[ItemDraft]) -> Iterator[Finding]:
    """No plan is written in a bank, so the five steps count as planned alike."""
    if len(items) < FEWEST_FOR_SPREAD:
        return
    counts = Counter(item.difficulty for item in items)
    (step, n), *_ = counts.most_common(1)
    if n / len(items) > 1 / DIFFICULTIES + BEYOND:
        params = {
            "difficulty": step,
            "n": n,
            "of": len(items),
            "percent": round(100 * n / len(items)),
        }
        yield Finding("W556", (), params, at_key=True)
