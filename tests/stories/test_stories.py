"""The main job as its people live it in a real browser.

Only its beginning stands here: the days of the new hire, the trainer and the manager
(`new_hire`, `trainer`, `manager`) have to follow the plan table and the pages of tracks first.
"""

import pytest

from tests.stories import manager

pytestmark = [pytest.mark.xdist_group("stories"), pytest.mark.timeout(180)]
NAME = "方小满"


def test_a_manager_sees_what_is_known_before_the_test(once, company, devices):
    manager.Manager(company, devices, NAME).sees_an_open_question()
