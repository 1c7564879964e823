"""Hostile texts, and a scene that holds them in every field a person or a file can fill."""

import zlib
from typing import Any, Final

from sqlalchemy import JSON, Column, String, select, update
from sqlalchemy.types import TypeDecorator

from app.kernel.db import Base, session

# `HIT(n)` tells the test that payload n ran; `planted` marks every element a payload makes.
SHAPES: Final = (
    "<script planted>HIT</script>",
    "</script><script planted>HIT</script>",
    "<ScRiPt planted>HIT</sCrIpT>",
    "<img planted src=x onerror=HIT>",
    '"><img planted src=x onerror=HIT>',
    "'><img planted src=x onerror=HIT>",
    "</textarea><img planted src=x onerror=HIT>",
    "</title><img planted src=x onerror=HIT>",
    "</option></select><img planted src=x onerror=HIT>",
    "</style><img planted src=x onerror=HIT>",
    "--><img planted src=x onerror=HIT>",
    "]]><img planted src=x onerror=HIT>",
    "<svg planted onload=HIT>",
    "<svg planted><script>HIT</script></svg>",
    "<svg planted><animate onbegin=HIT attributeName=x dur=1s></svg>",
    "<math planted><mtext><img src=x onerror=HIT></mtext></math>",
    "<body planted onload=HIT>",
    "<iframe planted srcdoc='<script>parent.HIT</script>'></iframe>",
    "<iframe planted src=javascript:HIT></iframe>",
    "<details planted open ontoggle=HIT>x</details>",
    "<video planted><source onerror=HIT></video>",
    "<audio planted src=x onerror=HIT></audio>",
    "<input planted autofocus onfocus=HIT>",
    "<a planted href=javascript:HIT>x</a>",
    "<form planted action=javascript:HIT><button>x</button></form>",
    "<object planted data=javascript:HIT></object>",
    "<embed planted src=javascript:HIT>",
    "<meta planted http-equiv=refresh content='0;url=javascript:HIT'>",
    "<base planted href=http://evil.example/>",
    "<link planted rel=stylesheet href=http://evil.example/x.css>",
    "<img planted src=//evil.example/x.png>",
    "<style planted>@import 'http://evil.example/x.css';</style>",
    '" autofocus onfocus=HIT planted x="',
    "' autofocus onfocus=HIT planted x='",
    "` onmouseover=HIT planted x=`",
    " onpointerenter=HIT planted=1 ",
    "javascript:HIT",
    "JaVa\tScRiPt:HIT",
    "data:text/html,<script>HIT</script>",
    "[x](javascript:HIT)",
    "![x](javascript:HIT)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "<javascript:HIT>",
    "[x]: javascript:HIT\n\n[x]",
    '[x](http://evil.example/ "\' onmouseover=HIT planted")',
    "{{7*7}}HIT",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "${7*7}HIT",
    "%(name)s %s %n #{7*7}",
    "\\u003cimg planted src=x onerror=HIT\\u003e",
    "\\x3cimg planted src=x onerror=HIT\\x3e",
    "&lt;img planted src=x onerror=HIT&gt;",
    "&#60;img planted src=x onerror=HIT&#62;",
    "＜img planted src=x onerror=HIT＞",
    "<img planted src=x onerror=HIT//",
    "<<img planted src=x onerror=HIT>>",
    "<img/planted/src=x/onerror=HIT>",
    "';HIT//",
    '";HIT//',
    "\u2028HIT\u2029",
    "\u202ehtml reversed\u202c HIT",
    "<template planted><script>HIT</script></template>",
    "<noscript><p title='</noscript><img planted src=x onerror=HIT>'></noscript>",
    '<a planted href="&#106;avascript:HIT">x</a>',
)


MIXED: Final = 13  # has no divisor in common with the number of shapes: all come round


def payload(number: int) -> str:
    """Shape `number`, telling its number when it runs."""
    return SHAPES[number % len(SHAPES)].replace("HIT", f"hit({number % len(SHAPES)})")


def cocktail(start: int) -> str:
    """Several payloads in one text, from number `start` on, the other way round when odd.

    Not all in one: a page with hundreds of such texts must still open in a second.
    """
    order = range(start, start + MIXED)
    return " ".join(payload(n) for n in (reversed(order) if start % 2 else order))


class HostileWords:
    """For the scene: a cocktail per field, each beginning with another payload."""

    # The file format allows neither line ends nor controls in a one-line text.
    def __init__(self) -> None:
        self.fields: dict[str, int] = {}

    def __call__(self, where: str) -> str:
        n = self.fields[where] = self.fields.get(where, -1) + 1
        text = cocktail(zlib.crc32(where.encode()) + n * MIXED)
        for sign in "\n\t\u2028\u2029\u202e\u202c":
            text = text.replace(sign, " ")
        # Braces name option letters in an author's text; the loader refuses other ones.
        return f"{n} " + text.replace("{", "{ ").replace("}", " }")


# ---------------------------------------------------------------- every text column

# Text columns that nobody types into. Each has its reason; a new column is planted by itself.
KEPT: Final = {
    # written by the program: digests, tokens, codes, seeds, versions
    "user.password_hash": "digest",
    "user_session.token_hash": "digest",
    "audit_event.previous": "digest",
    "audit_event.hash": "digest",
    "bank_version.sha256": "digest",
    "bank_version.token": "key of a cache",
    "bank_import.sha256": "digest",
    "bank_import.text_sha256": "digest",
    "bank_import.choices": "JSON; planted in the import",
    "staff_import.sha256": "digest",
    "staff_import.rows": "JSON; planted in the rows",
    "staff_import.wishes": "JSON written by the program",
    "staff_import.report": "JSON; planted in the rows",
    "staff_import.journal": "JSON; planted in the rows",
    "invitation.nonce": "random",
    "invitation.token_hash": "digest",
    "item_version.content_hash": "digest",
    "item_version.scoring_hash": "digest",
    "item_version.image_sha256": "digest",
    "item_image.sha256": "digest",
    "item_image.mime": "closed set",
    "framework_version.sha256": "digest",
    "track_version.sha256": "digest",
    "attempt_paper.digest": "digest",
    "answer_event.digest": "digest",
    "late_answer.digest": "digest",
    "snapshot.hash": "digest",
    "snapshot.code": "made of a digest",
    "attempt.seed": "random",
    "attempt.engine": "names an engine",
    "attempt.submit_key": "random",
    "attempt.medium": "closed set",
    "paper_form.code": "made of a digest",
    "paper_form.digest": "digest",
    "paper_sheet.code": "made of a digest",
    "paper_sheet.digest": "digest",
    "attempt.receipt": "digest",
    "result.engine": "names an engine",
    # closed sets (with a CHECK, or read through one)
    "user.locale": "closed set",
    "user.timezone": "must be a zone",
    "user.theme": "closed set",
    "user.job_role": "closed set",
    "user.set_step": "closed set",
    "role_grant.role": "closed set",
    "notice.kind": "closed set",
    "job_run.kind": "names a function",
    "job_run.state": "closed set",
    "job_run.worker": "machine, process and a random sign",
    "mail.kind": "closed set",
    "mail.key": "names what it holds",
    "mail.state": "closed set",
    "worker.name": "machine, process and a random sign",
    "worker.host": "name of a machine",
    "worker.store": "closed set",
    "step_run.name": "names a function",
    "step_run.message": "a refusal of ours, or the name of a mistake",
    "assessment.counts": "closed set",
    "assessment.feedback": "closed set",
    "assessment.release_by": "closed set",
    "assessment.display": "closed set",
    "item_score.outcome": "closed set",
    "item_score.reason": "closed set",
    "result.cause": "closed set",
    "signal.kind": "closed set",
    "expectation.role": "closed set",
    "expectation.step": "closed set",
    "expectation.level": "closed set",
    "expectation.origin": "closed set",
    "evidence.kind": "closed set",
    "profile_level.role": "closed set",
    "profile_level.step": "closed set",
    "profile_level.status": "closed set",
    "profile_level.call": "closed set",
    "profile_level.level": "closed set",
    "profile_level.expected": "closed set",
    # names that code looks things up by; the file format allows letters, digits and dashes alone
    "bank.slug": "slug",
    "item.slug": "slug",
    "assessment.track": "slug",
    "assessment_source.bank": "slug",
    "item_score.item_id": "slug",
    "item_report.item_id": "slug",
    "item_report.reason": "closed set",
    "item_report.verdict": "closed set",
    "seen_item.item_id": "slug",
    "framework_version.slug": "slug",
    "expectation.competency": "slug",
    "evidence.competency": "slug",
    "profile_level.competency": "slug",
    "goal.competency": "slug",
    "track_version.slug": "slug",
    "lesson_text.activity_id": "slug",
    "lesson_text.lang": "closed set",
    "calendar_feed.nonce": "random",
    "calendar_feed.token_hash": "digest",
    "track_exam.activity_id": "slug",
    "enrolment.track_slug": "slug",
    "enrolment.state": "closed set",
    "enrolment.back_to": "closed set",
    "enrolment_event.event": "closed set",
    "enrolment_event.from_state": "closed set",
    "enrolment_event.to_state": "closed set",
    "enrolment_event.rule": "slug, or names a rule",
    "gate_passage.gate_id": "slug",
    "gate_extension.gate_id": "slug",
    "gate_signature.gate_id": "slug",
    "gate_signature.party": "closed set",
    "step_result.activity_id": "slug",
    "step_result.source_type": "names a room",
    "step_result.source_id": "id",
    "recall.track_slug": "slug",
    "cohort.track_slug": "slug",
    "credential.slug": "slug",
    "credential.void_reason": "goes with the recall; planted in the scene",
    "rate_cell.month": "a month",
    "lesson_read.activity_id": "slug",
    "track_tally.track": "slug",
    "track_tally.month": "a month",
    "bank_version.closed_as": "closed set",
    "bank_image.name": "letters, digits, dots and dashes alone",
    "bank_image.sha256": "digest",
    "profile_summary.asked": "slugs",
    "profile_summary.gaps_in": "slugs",
    "throttle.key": "digest",
    "document.activity_id": "slug",
    "document.stage": "closed set",
    "document_section.row_id": "slug",
    "document_section.client": "random",
    "document_revision.handed": "closed set",
    "document_revision.key": "random",
    "document_comment.row_id": "slug",
    "document_comment.party": "closed set",
    "document_comment.key": "random",
    "document_file.suffix": "closed set",
    "document_file.sha256": "digest",
    "document_milestone.state": "closed set",
    "knowledge_entry.kind": "closed set",
    "knowledge_entry.slug": "slug",
    "knowledge_entry.competency": "slug",
    "knowledge_entry.source_type": "names a room",
    "knowledge_entry.source_id": "id",
    "knowledge_version.state": "closed set",
    "knowledge_text.lang": "closed set",
    "knowledge_use.customer": "closed set",
    "field_record.activity_id": "slug",
    "field_record.kind": "closed set",
    "field_record.party": "closed set",
    "field_record.verdict": "closed set",
    "field_record.because": "goes with the verdict; planted in the scene",
    "field_record.key": "random",
    "check_signature.activity_id": "slug",
    "check_signature.row_id": "slug",
    "check_signature.party": "closed set",
    "check_signature.key": "random",
    "check_in.track_slug": "slug",
    "check_in.activity_id": "slug",
    "check_in.code": "six digits",
    "performance.activity_id": "slug",
    "performance.kind": "closed set",
    "performance.occasion": "made by the program",
    "performance.form_id": "slug",
    "performance.form_version": "digest",
    "performance.state": "closed set",
    "performance.void_reason": "goes with the state; planted in the scene",
    "seat.role": "closed set",
    "seat.party": "closed set",
    "seat.state": "closed set",
    "seat.because": "goes with the state; planted in the scene",
    "rated_mark.key": "random",
    "outcome.how": "closed set",
    "rated_appeal.state": "closed set",
    "answer_appeal.state": "closed set",
    "demo_load.seed": "a figure of the command",
    # texts with a grammar: planted through the files and forms they are made from
    "bank_version.source": "planted in the bank",
    "bank_version.header": "planted in the bank",
    "bank_draft.source": "planted in the bank",
    "bank_draft.title": "planted in the bank",
    "item_version.body": "planted in the bank",
    "bank_version_item.meta": "planted in the bank",
    "framework_version.source": "planted in the framework",
    "track_version.source": "planted in the track",
    "attempt_paper.body": "planted in the bank",
    "paper_form.body": "planted in the bank",
    "paper_sheet.body": "planted in the bank",
    "answer_event.body": "planted in the answers",
    "answer.body": "planted in the answers",
    "late_answer.body": "planted in the answers",
    "snapshot.body": "planted in the plan and the evidence",
    "audit_event.detail": "JSON written by the program",
}
JSON_KEPT: Final = {
    "assessment.plan": "slugs and figures",
    "item_score.awarded": "points by criterion",
    "mark.awarded": "points by criterion",
    "job_run.params": "arguments of a function",
    "enrolment_event.detail": "days, figures and slugs; the plan is planted in the scene",
    "mail_wish.modes": "closed sets",
    "field_record.content": "marks by row; texts planted in the scene",
    "performance.form": "planted in the track",
    "performance.rules": "closed sets and figures",
    "rated_mark.rows": "marks by row",
    "rated_mark.said": "numbers of lines",
    "outcome.rows": "shares by row",
    "outcome.marks": "ids",
}


def text_columns() -> list[Column[Any]]:
    """Every column of every table that holds free text."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, String) and not isinstance(column.type, TypeDecorator)
    ]


def json_columns() -> list[Column[Any]]:
    """Every column with JSON."""
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, JSON)
    ]


def plant() -> dict[str, int]:
    """Put cocktails into every text column but those of `KEPT`; gives column -> rows planted."""
    done = {}
    for column in text_columns():
        name = str(column)
        if name not in KEPT:
            done[name] = _plant_text(column)
    for column in json_columns():
        name = str(column)
        if name not in JSON_KEPT:
            done[name] = _plant_json(column)
    session().flush()
    return done


def _rows(column: Column[Any]) -> list[tuple[Any, ...]]:
    keys = list(column.table.primary_key.columns)
    query = select(*keys, column.label("planted_value")).where(column.is_not(None))
    return [tuple(row) for row in session().execute(query)]


def _write(column: Column[Any], keys: tuple[Any, ...], value: object) -> None:
    table = column.table
    where = [key == found for key, found in zip(table.primary_key.columns, keys, strict=True)]
    session().execute(update(table).where(*where).values({column.name: value}))


def _plant_text(column: Column[Any]) -> int:
    """An empty or missing text is filled too: a form could have filled it."""
    keys = list(column.table.primary_key.columns)
    rows = session().execute(select(*keys)).all()
    for n, row in enumerate(rows):
        if column.primary_key:
            continue
        start = zlib.crc32(str(column).encode()) + n * MIXED
        text = payload(start) if column.name == "url" else f"{n} {cocktail(start)}"
        _write(column, tuple(row), text)
    return len(rows)


def _plant_json(column: Column[Any]) -> int:
    rows = _rows(column)
    for n, row in enumerate(rows):
        value = row[-1]
        if isinstance(value, dict):
            _write(column, row[:-1], {key: cocktail(n * MIXED) for key in value})
    return len(rows)
