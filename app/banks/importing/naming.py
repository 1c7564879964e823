"""Names for what is imported: always the same for the same file."""

import hashlib
import re
import unicodedata
from pathlib import PurePath
from typing import Final

from app.domain.imports import FoundBank
from app.domain.items import text_in

_MOST: Final = 48


def suggested_id(name: str) -> str:
    """A bank id from a file name: its Latin letters and digits, else a short digest of it."""
    stem = unicodedata.normalize("NFKC", PurePath(name).stem)
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:_MOST].strip("-")
    if len(re.sub(r"[^a-z]", "", slug)) >= 2:
        return slug
    digest = hashlib.sha256(unicodedata.normalize("NFC", stem).encode()).hexdigest()[:8]
    return f"{slug}-{digest}" if slug else f"bank-{digest}"


def suggested_title(found: FoundBank, name: str) -> str:
    """The title of the paper, else the file's name."""
    title = text_in(found.title or {}, found.lang).strip()
    return title or PurePath(name).stem.strip() or "题库"
