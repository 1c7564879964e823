"""The Chinese font of the PDFs: static Regular and Bold, pinned once from a wheel's variable font.

A variable or woff2 font costs WeasyPrint seconds in every process; a static TTF does not.
`python -m app.kernel.fonts` builds the cache, `make setup` calls it.
"""

import sys
from importlib.resources import files
from pathlib import Path
from typing import Final

FAMILY: Final = "Noto Sans SC"
WEIGHTS: Final = {"Regular": 400, "Bold": 700}
SOURCE: Final = "fonts/ofl/notosanssc/NotoSansSC[wght].ttf"
CACHE: Final = Path(__file__).resolve().parents[2] / "build" / "fonts"


class FontMissingError(RuntimeError):
    """There is no Chinese font: better a loud error than blank boxes."""


def font_files() -> dict[int, Path]:
    """Weight -> static TTF. Raises FontMissingError when the cache was not built."""
    found = {weight: CACHE / f"LianbingSans-{name}.ttf" for name, weight in WEIGHTS.items()}
    for path in found.values():
        if not path.exists():
            raise FontMissingError(
                f"No Chinese font for PDFs at {path}. Run: make setup (or python -m {__name__})"
            )
    return found


def build() -> list[Path]:
    """Pin the variable font to the two weights; nothing to do when they are there."""
    CACHE.mkdir(parents=True, exist_ok=True)
    made = []
    for name, weight in WEIGHTS.items():
        target = CACHE / f"LianbingSans-{name}.ttf"
        if not target.exists():
            target.with_suffix(".new").write_bytes(_pin(weight))
            target.with_suffix(".new").replace(target)
        made.append(target)
    return made


def _pin(weight: int) -> bytes:
    import uharfbuzz as hb  # noqa: PLC0415  heavy, and needed once

    source = files("justmytype_intl_cjk").joinpath(SOURCE)
    face = hb.Face(hb.Blob(source.read_bytes()))
    wish = hb.SubsetInput()
    wish.keep_everything()
    wish.pin_axis_location(face, "wght", weight)
    return bytes(hb.subset(face, wish).blob.data)


if __name__ == "__main__":
    for path in build():
        sys.stdout.write(f"{path.name}\n")
