"""Keys, rubrics and explanations reach nobody but authors and markers before the release."""

import io
import json
import re

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from app.assessments import services as assessments
from app.assessments.models import Attempt
from app.banks import queries as banks
from app.banks import services as bank_services
from app.banks.models import Bank, BankVersion
from app.domain.items import PassMark
from tests.security import scene as scenes
from tests.security.routes import lines, pages, request
from tests.security.scene import ACTORS
from tests.security.test_matrix import undone

CANARY = re.compile(r"Canary[A-Z][a-z]+\d+x[0-9a-f]{8}")


@pytest.fixture
def planted(scene, db_session):
    """Bank -> its canaries."""
    rows = db_session.execute(
        select(Bank.slug, BankVersion.source).join(BankVersion, BankVersion.bank_id == Bank.id)
    )
    return {slug: set(CANARY.findall(source)) for slug, source in rows}


def said(answer):
    """Everything a response says: headers and text, the text of a PDF, the cells of a sheet."""
    parts = [str(answer.headers)]
    body = answer.get_data()
    if answer.mimetype == "application/pdf":
        document = pypdfium2.PdfDocument(body)
        parts += [page.get_textpage().get_text_bounded() for page in document]
        document.close()
    elif "spreadsheet" in answer.mimetype:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        parts += [str(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names]
    parts.append(body.decode("utf-8", "replace"))
    return "\n".join(parts)


def leaks(app, scene, page, who, secret):
    """(address, canaries) of every page that says one of the secret strings."""
    found, opened = [], 0
    for _line, label, path in pages(app, scene, who or ACTORS["learner"]):
        # JSON differs where there is something to refuse, and on the pages a script asks.
        is_json_too = label in {"-", "other", "missing"} or "/jobs/" in path
        for accept in ("text/html", "application/json")[: 1 + is_json_too]:
            answer = page.raw(path, as_=who, headers={"Accept": accept})
            seen = set(CANARY.findall(said(answer))) & secret
            opened += 1
            if seen:
                found.append(f"{path} ({answer.status_code}): {sorted(seen)[:3]}")
    assert opened > 100
    return found


def test_two_hundred_canaries_are_planted(planted):
    assert len(planted["own-bank"] | planted["other-bank"]) >= 200
    kinds = {re.match(r"Canary([A-Z][a-z]+)", one)[1] for one in planted["own-bank"]}
    assert len(kinds) == len(scenes.SECRETS)


@pytest.mark.parametrize("role", ["nobody", "learner", "manager", "mentor", "hr", "admin"])
def test_no_page_says_a_secret_before_the_release(app, scene, page, planted, role):
    secret = planted["own-bank"] | planted["other-bank"]
    found = leaks(app, scene, page, ACTORS.get(role), secret)
    assert not found, "\n".join(found)


def test_a_trainer_reads_nothing_of_another_trainers_bank(app, scene, page, planted):
    found = leaks(app, scene, page, "陈老师", planted["other-bank"])
    assert not found, "\n".join(found)


def test_a_marker_reads_the_rubric_of_her_questions_and_no_more(app, scene, page, planted):
    own = planted["own-bank"]
    choices = {one for one in own if one.startswith("CanaryFeedback")}
    found = leaks(app, scene, page, "阅卷人", planted["other-bank"] | choices)
    assert not found, "\n".join(found)


def test_no_refusal_and_no_reply_to_a_write_says_a_secret(app, scene, page, planted):
    """Saves, submits, refused bodies, pages after an error."""
    secret, found = planted["own-bank"] | planted["other-bank"], []
    for line in lines(app):
        if line.method == "GET":
            continue
        for label, target in line.route.kind(scene).items():
            path, more = request(app, scene, line, target, "小王")
            for body in (more, {"method": line.method, "data": {"x": "y"}}):
                with undone():
                    page.client("小王")
                    page.sign_in("小王")
                    answer = page.raw(path, as_="小王", **body)
                    if answer.status_code == 302 and not answer.location.endswith("/result"):
                        answer = page.raw(answer.location, as_="小王")
                if seen := set(CANARY.findall(said(answer))) & secret:
                    found.append(f"{line.name} {label}: {sorted(seen)[:3]}")
    assert not found, "\n".join(found)


def test_the_page_of_a_paper_is_the_same_whatever_the_keys_are(scene, page, db_session, tmp_path):
    """A key is a letter and cannot be a canary: so the key moves, and no byte may follow it."""
    shown = []
    for turn in (0, 1):
        with undone():
            page.client("小王")
            page.sign_in("小王")
            text = scenes.bank_yaml(scenes.PlainWords(), "twin", turn=turn)
            bank_services.import_bank(text.encode(), now=scene.now)
            version = banks.latest_bank("twin")
            bank_services.publish(bank_version_id=version.id, actor_id=None, now=scene.now)
            scene.ids["twin assessment"] = assessments.define(
                assessments.Definition(
                    title="Twin",
                    sources=(assessments.Source(version.id, "twin"),),
                    pass_mark=PassMark(points=50),
                    limit_seconds=600,
                ),
                owner_id=None,
                actor_id=None,
                now=scene.now,
            )
            assignment = scenes.assign(scene, "twin", "小王")["小王"]
            attempt = scenes.start(scene, assignment, "小王")
            answer = page(f"/attempts/{attempt}", as_="小王")
            save = {"client": "x", "saves": scenes.answers(attempt, lambda _where: "words")[:1]}
            save["saves"][0]["response"] = {"options": ["A"]}
            reply = page(f"/attempts/{attempt}/responses", as_="小王", json=save)
        html = re.sub(r'nonce="[^"]+"|value="[^"]{60,}"|content="[^"]{60,}"', "", answer.text)
        html = re.sub(r'"csrf[^,]+,|[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+', "", html)
        shown.append((html, reply.text))
    assert shown[0] == shown[1]


def test_the_control_a_released_result_with_keys_shows_them(scene, page, planted, db_session):
    released = planted["shared-bank"]
    shown = said(page(f"/attempts/{scene.finished['小王']}/result", as_="小王"))
    seen = set(CANARY.findall(shown)) & released
    assert {re.match(r"Canary([A-Z][a-z]+)", one)[1] for one in seen} >= {
        "Why",
        "Modelanswer",
        "Point",
    }
    printed = said(page(f"/attempts/{scene.finished['小王']}/result.pdf", as_="小王"))
    assert set(CANARY.findall(printed)) & released


def test_the_control_the_authors_page_shows_every_kind_of_secret(page, planted):
    shown = set(CANARY.findall(said(page("/banks/own-bank", as_="陈老师"))))
    assert shown >= planted["own-bank"]
    assert not set(CANARY.findall(said(page("/banks/own-bank?view=learner", as_="陈老师"))))


def test_the_control_the_marker_is_shown_the_rubric(scene, page, planted):
    attempt = scene.finished_of["own"]
    position = scenes.written(attempt)[0][0]
    shown = set(CANARY.findall(page(f"/marking/answers/{attempt}/{position}", as_="阅卷人").text))
    assert {re.match(r"Canary([A-Z][a-z]+)", one)[1] for one in shown} >= {"Point", "Modelanswer"}


def test_a_held_result_says_nothing_until_its_trainer_releases_it(scene, page, planted, person):
    """Complete and marked, but held back, and with a policy that never shows keys."""
    attempt = scene.finished_of["held"]
    for path in (f"/attempts/{attempt}/result", f"/attempts/{attempt}/result.pdf"):
        assert not set(CANARY.findall(said(page(path, as_="小冯"))))
    scenes.release(scene, "held")
    after = said(page(f"/attempts/{attempt}/result", as_="小冯"))
    assert not set(CANARY.findall(after)), "feedback policy: never"


def test_handing_in_is_what_opens_the_keys(scene, page, planted, db_session):
    attempt = scene.open_attempts["小王"]
    assert not set(CANARY.findall(page(f"/attempts/{attempt}", as_="小王").text))
    saves = json.dumps(scenes.answers(attempt, scenes.PlainWords()))
    page(f"/attempts/{attempt}/submit", as_="小王", data={"key": "k", "saves": saves})
    assert db_session.get(Attempt, attempt).submitted_at is not None
    shown = set(CANARY.findall(page(f"/attempts/{attempt}/result", as_="小王").text))
    kinds = {re.match(r"Canary([A-Z][a-z]+)", one)[1] for one in shown}
    assert "Why" in kinds, "objective items show after the submit"
    assert not kinds & {"Modelanswer", "Point", "Keywords", "Vetoes"}, "not marked yet"
