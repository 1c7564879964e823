"""How often the repeated tests repeat: few times in `make test`, many in `make soak`."""

import os
from typing import Final

SCALE: Final = int(os.environ.get("LB_SCALE", "1"))
SOAK: Final = 20  # LB_SCALE of `make soak`
IS_SOAK: Final = SCALE > 1


def times(count: int, *, soak: int | None = None) -> int:
    """`count` repetitions; in a soak `soak` of them (in proportion to LB_SCALE / 20)."""
    if not IS_SOAK:
        return count
    return max(count, round((soak or count * SOAK) * SCALE / SOAK))
