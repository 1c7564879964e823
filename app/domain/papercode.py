"""Codes of printed papers: short enough to type, with a check sign that catches a slip.

31 signs (none of 0, I, L, O, U, which are read as others) and a prime modulus: one wrong sign and
any two signs exchanged are always noticed.
"""

import hashlib
from typing import Final

SIGNS: Final = "123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 7
_BODY: Final = LENGTH - 1
_READ_AS: Final = str.maketrans(
    {"0": "Q", "O": "Q", "I": "1", "L": "1", "U": "V", "-": None, " ": None}
)


def code_for(*parts: object, turn: int = 0) -> str:
    """A code of 7 signs that follows from `parts`; `turn` gives another one when it is taken."""
    text = "/".join(map(str, (*parts, turn)))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    body = ""
    for _place in range(_BODY):
        number, sign = divmod(number, len(SIGNS))
        body += SIGNS[sign]
    return body + _check_sign(body)


def shown(code: str) -> str:
    """As it is printed: `7KQ-3M2X`."""
    return f"{code[:3]}-{code[3:]}"


def read(typed: str) -> str | None:
    """The code somebody typed, in any case and with or without the dash; None when it is none."""
    code = typed.strip().upper().translate(_READ_AS)
    if len(code) != LENGTH or any(sign not in SIGNS for sign in code):
        return None
    return code if _check_sign(code[:-1]) == code[-1] else None


def _check_sign(body: str) -> str:
    """Weights 1, 2, 3 … are all different and none is 0 modulo a prime."""
    total = sum(weight * SIGNS.index(sign) for weight, sign in enumerate(body, start=1))
    # The check sign has the weight -1: exchanging it with a neighbour is noticed too.
    return SIGNS[total % len(SIGNS)]
