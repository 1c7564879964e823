"""A certificate is one page with number, name and dates, and says when it holds no more."""

from datetime import UTC, date, datetime

import pypdfium2
import pytest
from sqlalchemy import update

from app.tracks.models import Credential, Enrolment
from tests.tracks.conftest import MONDAY


@pytest.fixture
def credential(bootcamp, person, clock, db_session):
    """小王 holds one."""
    [enrolment] = bootcamp.enrol("小王")
    row = Credential(
        number="INDEPENDENT-20260302-000001",
        person_id=person("小王").id,
        enrolment_id=enrolment,
        slug="independent",
        title={"zh-CN": "独立上岗", "en": "Works independently"},
        issued_on=MONDAY,
        expires_on=date(2027, 3, 2),
    )
    db_session.add(row)
    db_session.flush()
    assert db_session.get(Enrolment, enrolment) is not None
    return row.id


def words(page, credential, as_="小王") -> str:
    answer = page(f"/credentials/{credential}/certificate.pdf", as_=as_)
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    try:
        assert len(document) == 1
        assert tuple(map(round, document[0].get_size())) == (842, 595)
        return "".join(document[0].get_textpage().get_text_range().split())
    finally:
        document.close()


def test_it_is_one_lying_page_in_both_languages(credential, page) -> None:
    text = words(page, credential)
    for said in (
        "小王",
        "INDEPENDENT-20260302-000001",
        "独立上岗",
        "Worksindependently",
        "新人速成营",
        "2026-03-02",
        "2027-03-02",
        "Certificate",
    ):
        assert said in text
    assert "已过期" not in text
    assert "已作废" not in text


def test_a_certificate_that_holds_no_more_says_so(credential, page, clock, db_session) -> None:
    clock.set(datetime(2027, 3, 2, 15, 0, tzinfo=UTC))
    assert "已过期" not in words(page, credential)
    clock.set(datetime(2027, 3, 2, 17, 0, tzinfo=UTC))
    assert "已过期Expired2027-03-02" in words(page, credential)
    db_session.execute(
        update(Credential).values(
            voided_at=datetime(2027, 3, 1, 20, 0, tzinfo=UTC), void_reason="新产品"
        )
    )
    text = words(page, credential)
    assert "已作废Void2027-03-02" in text
    assert "已过期" not in text


def test_only_those_responsible_open_it(credential, page) -> None:
    for name in ("李经理", "HR"):
        words(page, credential, as_=name)
    page(f"/credentials/{credential}/certificate.pdf", as_="小陈", status=404)
    page(f"/credentials/{credential}/certificate.pdf", as_="赵经理", status=404)
    page("/credentials/999999/certificate.pdf", as_="HR", status=404)
