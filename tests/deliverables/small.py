"""A track of one deliverable, for tests on a database of their own."""

from datetime import date

from app.banks.loader import load_text
from app.tracks import services

TRACK = """
schema: track/1
id: small
title: {zh-CN: 小工坊, en: Small workshop}
tier: backbone
anchor: cohort_start
forms:
  - id: template
    title: {zh-CN: 案例, en: Case}
    rows:
      - {id: people, title: {zh-CN: 关键人, en: Key people}, least: 4}
      - {id: mine, title: {zh-CN: 我的做法, en: What I did}, least: 4}
  - id: rubric
    title: {zh-CN: 互评, en: Peer review}
    rows:
      - {id: clear, title: {zh-CN: 说得清, en: Clear}}
      - {id: honest, title: {zh-CN: 有数字, en: In figures}}
stages:
  - id: only
    title: {zh-CN: 交案例, en: Hand in}
    activities:
      - id: case
        kind: deliverable
        title: {zh-CN: 交一个案例, en: Hand in a case}
        due: 5
        form: template
        marking: single
        pass: 60%
        reviews: 2
        review_form: rubric
        publish: case
"""


def enrolled(*person_ids, now):
    """The track is loaded, these are on it; gives their enrolments."""
    loaded = load_text(TRACK)
    assert loaded.track is not None, [str(one) for one in loaded.errors]
    services.load_track(loaded.track, source=TRACK, lessons={}, actor_id=None, now=now)
    return services.enrol(
        person_ids=person_ids, slug="small", anchor_on=date(2026, 3, 2), actor_id=None, now=now
    )
