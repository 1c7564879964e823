"""A frozen paper without its person, as it is stored for a form or a printed sheet."""

import hashlib
import json

from app.domain.papers import Paper


def as_text(paper: Paper) -> str:
    """A paper as it is stored."""
    return json.dumps(paper.to_json(), ensure_ascii=False, separators=(",", ":"))


def digest_of(body: str) -> str:
    """SHA-256 of the stored text."""
    return hashlib.sha256(body.encode()).hexdigest()


def paper_from(body: str) -> Paper:
    """The inverse of `as_text`."""
    return Paper.from_json(json.loads(body))
