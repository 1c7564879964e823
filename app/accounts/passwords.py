"""Passwords: argon2id, the same work for unknown people, and first passwords one can read out."""

import secrets
from functools import lru_cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MIN_LENGTH: Final = 8
MAX_LENGTH: Final = 256
# No 0/O, 1/l/I: a first password is read from paper or heard on the phone.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"

# OWASP's second profile: 19 MiB, two passes, one lane.
_hasher: Final = PasswordHasher(
    time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16, type=Type.ID
)


def hash_password(password: str) -> str:
    """An argon2id hash. About 30 ms of work: do it before the turn to write is taken."""
    return _hasher.hash(password)


def verify(password_hash: str | None, password: str) -> bool:
    """True when it fits. An unknown person (None) costs the same time as a wrong password."""
    try:
        _hasher.verify(password_hash or _nobody(), password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False
    return password_hash is not None


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def one_time_password() -> str:
    """A first password such as `k7mx-4pqr-n9ta` (about 59 bits)."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    return "-".join(groups)
