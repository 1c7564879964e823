"""Pictures: what is kept of them, and what is no picture."""

import io
import struct
import zlib

import pytest
from PIL import Image

from app.banks.errors import PictureError, PictureHugeError
from app.banks.services import check_picture


def picture(kind: str, size=(40, 20), mode="RGB", **more) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "teal" if mode not in {"P", "LA"} else 0).save(out, kind, **more)
    return out.getvalue()


def bomb(side: int) -> bytes:
    """A png of a few bytes that says it is huge."""

    def chunk(name: bytes, body: bytes) -> bytes:
        check = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
def test_real_pictures_are_kept_in_their_kind(kind: str, suffix: str) -> None:
    kept = check_picture(picture(kind))
    assert kept.suffix == suffix
    assert Image.open(io.BytesIO(kept.data)).format == kind


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "LA", "1", "I;16"])
def test_every_mode_of_png_comes_through(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (30, 30)).save(out, "PNG")
    assert Image.open(io.BytesIO(check_picture(out.getvalue()).data)).size == (30, 30)


def test_large_ones_are_reduced_and_small_ones_left() -> None:
    assert Image.open(io.BytesIO(check_picture(picture("PNG", (3200, 800))).data)).size == (
        1600,
        400,
    )
    assert Image.open(io.BytesIO(check_picture(picture("PNG")).data)).size == (40, 20)


def test_what_the_camera_wrote_is_dropped_and_its_turn_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Secret Camera"
    data = picture("JPEG", exif=exif)
    assert b"Secret Camera" in data
    kept = check_picture(data).data
    assert b"Secret Camera" not in kept
    found = Image.open(io.BytesIO(kept))
    assert not found.getexif()
    assert found.size == (20, 40)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + b"\0" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 60,
        picture("PNG")[:60],
        picture("JPEG")[:200],
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"\xff" * 9_000_000,
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PictureError):
        check_picture(data)


def test_a_bomb_is_refused_by_its_head() -> None:
    with pytest.raises(PictureHugeError):
        check_picture(bomb(5001))
    with pytest.raises(PictureError):
        check_picture(bomb(60_000))


def test_equal_pictures_give_equal_bytes() -> None:
    assert check_picture(picture("PNG")) == check_picture(picture("PNG"))
