"""Pictures of items: checked, made small enough, freed of what the camera wrote into them."""

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from app.audit.services import record
from app.banks import queries
from app.banks.errors import PictureError, PictureHugeError, PictureNameError
from app.banks.models import BankImage, ImageType, ItemImage
from app.banks.shape_bank import IMAGE
from app.kernel.db import insert_once, session, upsert

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_SIDE: Final = 5000
MAX_SHOWN: Final = 1600
MAX_NAME: Final = 200
_KINDS: Final = {
    "PNG": (ImageType.PNG, "png"),
    "JPEG": (ImageType.JPEG, "jpg"),
    "WEBP": (ImageType.WEBP, "webp"),
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture fit to be kept; `suffix` without a dot."""

    data: bytes
    mime: ImageType
    suffix: str


def check_picture(data: bytes) -> Picture:
    """The picture as it will be kept: at most 1600 pixels wide or high, without metadata.

    The size is read from the head before anything is unpacked. Raises PictureError and
    PictureHugeError.
    """
    if not data or len(data) > MAX_BYTES:
        raise PictureError
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _cleaned(data)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError from None
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError):
        # Pillow's decoders raise any of these for a file that lies about itself.
        raise PictureError from None


def _cleaned(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=list(_KINDS)) as found:
        width, height = found.size
        if width > MAX_SIDE or height > MAX_SIDE:
            raise PictureHugeError(width=width, height=height)
        kind = str(found.format)
        found.load()
        shown = ImageOps.exif_transpose(found)
    mime, suffix = _KINDS[kind]
    if kind == "JPEG":
        shown = shown.convert("RGB")
    elif shown.mode not in {"RGB", "RGBA", "L", "LA", "P"}:
        shown = shown.convert("RGBA")
    if max(shown.size) > MAX_SHOWN:
        shown = shown.convert("RGBA") if shown.mode == "P" else shown
        shown.thumbnail((MAX_SHOWN, MAX_SHOWN))
    clean = Image.new(shown.mode, shown.size)
    clean.paste(shown)
    if shown.mode == "P":
        clean.putpalette(shown.getpalette() or [])
        if "transparency" in shown.info:
            clean.info["transparency"] = shown.info["transparency"]
    out = io.BytesIO()
    more = {"quality": 88} if kind != "PNG" else {"optimize": True}
    clean.save(out, format=kind, **more)
    return Picture(out.getvalue(), mime, suffix)


def keep_picture(
    *,
    slug: str,
    data: bytes | Picture,
    actor_id: int | None,
    now: datetime,
    name: str = "",
    stem: str = "",
) -> str:
    """Keep a picture of a bank's working copy; gives the name to write into the item.

    Without a `name` one is made of `stem` and the picture. Raises PictureError,
    PictureNameError, BankNotFoundError.
    """
    picture = check_picture(data) if isinstance(data, bytes) else data
    digest = hashlib.sha256(picture.data).hexdigest()
    name = name or f"{_stem(stem)}-{digest[:8]}.{picture.suffix}"
    if len(name) > MAX_NAME or not IMAGE.fullmatch(name):
        raise PictureNameError
    bank = queries.bank_row(slug)
    if session().get(ItemImage, digest) is None:
        values = {"sha256": digest, "mime": picture.mime.value, "data": picture.data}
        insert_once(ItemImage, values)  # the same picture may come in twice at one moment
    upsert(
        BankImage,
        {"bank_id": bank.id, "name": name, "sha256": digest},
        keys=("bank_id", "name"),
    )
    record(
        action="bank.picture",
        object_type="bank",
        object_id=slug,
        actor_id=actor_id,
        now=now,
        detail={"name": name, "sha256": digest},
    )
    return name


def _stem(text: str) -> str:
    words = re.sub(r"[^a-z0-9-]+", "-", text.lower()).strip("-")
    return words[:60] or "image"
