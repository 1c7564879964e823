"""Items that ask the same thing are found, others are not."""

from app.domain.duplicates import Asked, nearest, pairs

ONE = Asked("a", "1", "客户说太贵，第一句应该怎么回应？", ("认同", "让价", "沉默"))


def test_punctuation_width_and_case_tell_nothing_apart() -> None:
    other = Asked("b", "2", "客户说“太贵”　第一句应该怎么回应")
    (found,) = nearest(ONE, [other])
    assert found.share == 1
    assert not found.same_options


def test_a_stem_at_85_per_cent_counts_and_one_below_does_not() -> None:
    near = Asked("b", "2", "客户说太贵，第一句应该如何回应？")
    far = Asked("b", "3", "客户说没有预算，这时候先做哪一步？")
    assert [one.other.item for one in nearest(ONE, [near, far])] == ["2"]


def test_the_same_options_in_any_order_count() -> None:
    other = Asked("b", "2", "完全不同的另一道题目", ("沉默", "认同", "让价"))
    (found,) = nearest(ONE, [other])
    assert found.same_options
    assert not nearest(ONE, [Asked("b", "2", "另一道", ("沉默", "认同"))])


def test_an_item_is_not_like_itself_and_a_pair_is_named_once() -> None:
    twin = Asked("a", "2", ONE.stem)
    found = pairs([ONE, twin], [Asked("b", "3", ONE.stem)])
    assert [(one.one.item, one.other.item) for one in found] == [
        ("1", "2"),
        ("1", "3"),
        ("2", "3"),
    ]
    assert nearest(ONE, [ONE]) == []


def test_empty_stems_are_not_alike() -> None:
    assert not pairs([Asked("a", "1", "？")], [Asked("b", "2", "。")])
