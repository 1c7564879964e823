"""Items that ask the same thing are found, others are not; an index misses what brute force finds
at most once in twenty."""

import random
from collections.abc import Iterator

import pytest
from rapidfuzz import fuzz, process

from app.banks.loader import load_tree
from app.domain.duplicates import LEAST, Asked, Index, folded, nearest, pairs
from tests.itemlint.rates import GOOD, OURS


def asked(bank: str, item: str, stem: str, options: tuple[str, ...] = (), **more: str) -> Asked:
    return Asked(bank, item, {"zh-CN": stem, **more}, tuple({"zh-CN": one} for one in options))


def near(item: Asked, *others: Asked) -> list:
    return nearest(item, [Index(others)])


ONE = asked("a", "1", "客户说太贵，第一句应该怎么回应？", ("认同", "让价", "沉默"))


def test_punctuation_width_and_case_tell_nothing_apart() -> None:
    (found,) = near(ONE, asked("b", "2", "客户说“太贵”　第一句应该怎么回应"))
    assert found.share == 1
    assert not found.same_options


def test_a_stem_at_85_per_cent_counts_and_one_below_does_not() -> None:
    like = asked("b", "2", "客户说太贵，第一句应该如何回应？")
    far = asked("b", "3", "客户说没有预算，这时候先做哪一步？")
    assert [one.other.item for one in near(ONE, like, far)] == ["2"]


def test_the_same_options_in_any_order_count() -> None:
    other = asked("b", "2", "完全不同的另一道题目", ("沉默", "认同", "让价"))
    (found,) = near(ONE, other)
    assert found.same_options
    assert not near(ONE, asked("b", "2", "另一道", ("沉默", "认同")))


def test_an_item_is_not_like_itself_and_a_pair_is_named_once() -> None:
    twin = Asked("a", "2", ONE.stem)
    found = pairs([ONE, twin], [Index([Asked("b", "3", ONE.stem)])])
    assert [(one.one.item, one.other.item) for one in found] == [
        ("1", "2"),
        ("1", "3"),
        ("2", "3"),
    ]
    assert near(ONE, ONE) == []


def test_empty_stems_are_not_alike() -> None:
    assert not pairs([asked("a", "1", "？")], [Index([asked("b", "2", "。")])])


def test_an_item_written_in_one_language_is_found_in_a_bank_of_two() -> None:
    english = Asked("a", "1", {"en": "Which reply to a price objection follows the course?"})
    both = asked("b", "2", "另一句话", en="Which reply to a price objection follows that course?")
    (found,) = near(english, both)
    assert found.share >= LEAST


def test_options_are_the_same_in_either_language() -> None:
    two = ({"zh-CN": "认同", "en": "Agree"}, {"zh-CN": "沉默", "en": "Keep silent"})
    english = Asked("a", "1", {"en": "What to do?"}, ({"en": "Keep silent"}, {"en": "Agree"}))
    (found,) = near(english, Asked("b", "2", {"zh-CN": "怎么办"}, two))
    assert found.same_options


# ---------------------------------------------------------------- beside brute force


@pytest.fixture(scope="module", params=["zh-CN", "en"])
def stems(request) -> list[str]:
    """Every stem of the banks that are shipped and of the independent ones."""
    banks = [one.bank for one in load_tree([OURS, GOOD]) if one.bank]
    texts = (item.stem.get(request.param, "") for bank in banks for item in bank.items)
    return sorted({text for text in texts if folded(text)})


def mutants(stems: list[str], n: int) -> Iterator[str]:
    """Copies with up to a tenth of their characters changed, left out or put in."""
    rng = random.Random(7)
    signs = "".join(stems)
    for _ in range(n):
        text = list(rng.choice(stems))
        for _change in range(rng.randint(1, max(1, len(text) // 10))):
            at = rng.randrange(len(text))
            text[at : at + 1] = rng.choice(["", rng.choice(signs), text[at] + rng.choice(signs)])
        yield "".join(text)


def test_at_most_one_in_twenty_is_missed_that_brute_force_finds(stems) -> None:
    rng = random.Random(5)
    # Crowded on purpose: stems made of thirds of others share most of their runs.
    thirds = [[one[: len(one) // 3], one[len(one) // 3 :]] for one in stems]
    crowd = [rng.choice(thirds)[0] + rng.choice(thirds)[1] for _ in range(3_000)]
    known = [*stems, *crowd]
    index = Index(Asked("b", str(n), {"x": text}) for n, text in enumerate(known))
    plain = [folded(text) for text in known]
    found = wanted = 0
    for text in [*stems[:100], *mutants(stems, 300)]:
        brute = process.extract(
            folded(text), plain, scorer=fuzz.ratio, score_cutoff=100 * LEAST, limit=None
        )
        right = {str(place) for _text, _score, place in brute}
        got = {one.other.item for one in nearest(Asked("a", "", {"x": text}), [index])}
        assert got <= right
        found, wanted = found + len(got), wanted + len(right)
    assert wanted >= 300
    assert found / wanted >= 0.95
