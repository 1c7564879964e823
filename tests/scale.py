"""How often the repeated tests repeat: once in `make test`, LB_SCALE times in `make soak`."""

import os
from typing import Final

SCALE: Final = int(os.environ.get("LB_SCALE", "1"))


def times(count: int) -> int:
    """`count` repetitions, more of them in a soak."""
    return count * SCALE
