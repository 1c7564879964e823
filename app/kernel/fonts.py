"""The Chinese font of the PDFs: static Regular and Bold, pinned once from a wheel's variable font.

A variable or woff2 font costs WeasyPrint seconds in every process; a static TTF does not.
`make setup` builds the cache with `python -m app.kernel.fonts`; without it the first PDF does,
from the same installed package.
"""

import fcntl
import os
import sys
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from app.kernel.errors import DomainError

FAMILY: Final = "Noto Sans SC"
WEIGHTS: Final = {"Regular": 400, "Bold": 700}
SOURCE: Final = "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / "build" / "fonts"
PACKAGES: Final = {"uharfbuzz": "uharfbuzz", "justmytype_intl_cjk": "justmytype-intl-cjk"}
CURE: Final = "make setup (or pip install -r requirements.txt, then python -m app.kernel.fonts)"


class FontMissingError(DomainError):
    """There is no Chinese font, and it cannot be made here: a clear word, never blank boxes.

    `__cause__` says what stood in the way.
    """

    code = "pdf_font"
    status = 503
    message = (
        "服务器上还没有 PDF 用的中文字体，所以 PDF 还做不了。请告诉管理员：在服务器的项目文件夹里"
        "运行 make setup，再打开这一页。"
    )


def folders() -> tuple[Path, ...]:
    """Where the cache may lie; the second is for who may not write beside the program."""
    instance = Path(os.environ.get("INSTANCE_DIR") or ROOT / "instance").resolve()
    return CACHE, instance / "fonts"


def font_files() -> dict[int, Path]:
    """Weight -> static TTF. Raises FontMissingError when the cache was not built."""
    for folder in folders():
        found = _in(folder)
        if all(path.exists() for path in found.values()):
            return found
    raise FontMissingError


def ready() -> dict[int, Path]:
    """As `font_files`, made now where they are missing: seconds, once an installation."""
    try:
        return font_files()
    except FontMissingError:
        return build()


def build() -> dict[int, Path]:
    """Pin the variable font to the two weights, in the first folder that can be written.

    Several processes at once make each file once. Raises FontMissingError with its cause.
    """
    refused: Exception | None = None
    for folder in folders():
        try:
            return _build(folder)
        except (OSError, ImportError) as error:
            refused = error
    raise FontMissingError from refused


def problem() -> str:
    """What keeps the fonts from being there or being made; empty when nothing does."""
    try:
        font_files()
    except FontMissingError:
        missing = [name for module, name in PACKAGES.items() if find_spec(module) is None]
        if missing:
            return f"not installed: {', '.join(missing)}"
        if not any(_is_writable(folder) for folder in folders()):
            return f"cannot write into {' or '.join(map(str, folders()))}"
    return ""


def _in(folder: Path) -> dict[int, Path]:
    return {weight: folder / f"LianbingSans-{name}.ttf" for name, weight in WEIGHTS.items()}


def _build(folder: Path) -> dict[int, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # whoever waited finds them made
        for weight, target in _in(folder).items():
            if not target.exists():
                fresh = target.with_suffix(".new")
                fresh.write_bytes(_pin(weight))
                fresh.replace(target)
    return _in(folder)


def _is_writable(folder: Path) -> bool:
    """Whether it can be made or written; asks without making anything."""
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)


def _pin(weight: int) -> bytes:
    import uharfbuzz as hb  # noqa: PLC0415  heavy, and needed once

    source = files("justmytype_intl_cjk").joinpath(SOURCE)
    face = hb.Face(hb.Blob(source.read_bytes()))
    wish = hb.SubsetInput()
    wish.keep_everything()
    wish.pin_axis_location(face, "wght", weight)
    return bytes(hb.subset(face, wish).blob.data)


if __name__ == "__main__":
    for path in build().values():
        sys.stdout.write(f"{path.name}\n")
