"""What `bank load` says where a file and the database went different ways."""

from collections.abc import Iterable

import click

from app.banks import queries
from app.banks.loader import load_text
from app.domain.bankdiff import compare, sentence


def say_differences(slug: str, text: str, lang: str) -> None:
    """What putting the file over the newest version would change, on standard error."""
    latest, given = queries.latest_bank(slug), load_text(text).bank
    if latest is None or given is None:
        return
    for change in compare(latest.bank, given):
        click.echo(f"  {sentence(change, lang)}", err=True)


def say_drafts(slugs: Iterable[str], lang: str) -> None:
    """Which of these banks somebody is editing in the browser: nothing of it is lost."""
    for slug in slugs:
        if not queries.has_open_draft(slug):
            continue
        words = (
            f"题库 {slug} 在网页上有没提交的草稿，原样留着；提交前会先显示它和新版本的出入"
            if lang == "zh-CN"
            else f"bank {slug} has an unsubmitted draft in the browser; it is kept, and what"
            " differs from the new version is shown before it can be submitted"
        )
        click.echo(words, err=True)
