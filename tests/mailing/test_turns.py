"""When a notice becomes a mail: rules, over all hours and zones."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts import notices
from app.mailing.turns import (
    DEFAULTS,
    GRACE,
    KINDS,
    Group,
    Mode,
    Wishes,
    digest_day,
    is_quiet,
    is_turn,
    is_within,
)

minutes = st.integers(0, 1439)
moments = st.integers(0, 6 * 365 * 24 * 60).map(
    lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
zones = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"])
wishes = st.builds(
    Wishes, digest_at=minutes, quiet_from=minutes, quiet_to=minutes, no_weekends=st.booleans()
)


@given(minutes, minutes, minutes)
def test_a_minute_is_quiet_or_in_the_hours_between(start, end, minute):
    if start != end:
        assert is_within(start, end, minute) is not is_within(end, start, minute)
    else:
        assert not is_within(start, end, minute)


@given(wishes, moments, zones)
def test_nothing_goes_in_quiet_time(wish, now, zone):
    if is_quiet(wish, now, zone):
        assert not is_turn(wish, now - timedelta(days=1), now, zone)
        assert digest_day(wish, now, zone) is None


@given(wishes, moments, zones)
def test_every_week_has_a_moment_for_mail(wish, now, zone):
    steps = (now + timedelta(minutes=20 * n) for n in range(7 * 72))
    is_narrow = (wish.quiet_to - wish.quiet_from) % 1440 > 1380
    assert is_narrow or any(not is_quiet(wish, one, zone) for one in steps)


@given(moments, zones)
def test_the_grace_is_kept_to_the_second(now, zone):
    wish = Wishes(quiet_from=0, quiet_to=0)
    assert is_turn(wish, now - GRACE, now, zone)
    assert not is_turn(wish, now - GRACE + timedelta(seconds=1), now, zone)


def test_the_hour_that_the_clocks_skip_and_the_one_they_repeat():
    wish = Wishes(quiet_from=150, quiet_to=160, digest_at=150)  # 02:30-02:40
    spring = datetime(2026, 3, 29, 1, 5, tzinfo=UTC)  # 03:05: there was no 02:30
    assert digest_day(wish, spring, "Europe/Berlin") == spring.date()
    for hour in (0, 1):  # 02:35 twice
        assert is_quiet(wish, datetime(2026, 10, 25, hour, 35, tzinfo=UTC), "Europe/Berlin")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_grouped_kind_is_one_that_exists(kind):
    assert kind in notices.KINDS


def test_a_new_kind_of_notice_is_one_of_the_others():
    assert Wishes().mode_of("something new") is DEFAULTS[Group.OTHER]
    assert Wishes(modes={"other": "never"}).mode_of("something new") is Mode.NEVER
