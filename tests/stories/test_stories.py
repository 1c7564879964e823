"""The main job, whole, as its three people live it in a real browser."""

import pytest

from tests.stories import manager, new_hire, trainer
from tests.stories.company import POST_COURSE

pytestmark = pytest.mark.timeout(180)
NAME = "方小满"


def test_a_post_course_test_becomes_a_gap_before_a_review(company, devices):
    manager.Manager(company, devices, NAME).sees_an_open_question()
    her = new_hire.whole_day(company, devices, NAME, "zh-CN", "phone")
    trainer.whole_day(company, devices, NAME)
    her.sees_the_total(company.attempt_of(NAME, company.exams[POST_COURSE]), "66.5")
    manager.whole_day(company, devices, her)


def test_a_new_hire_in_english_on_a_small_phone(once, company, devices):
    new_hire.whole_day(company, devices, "Amy Lin", "en", "phone360")
