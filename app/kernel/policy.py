"""The policy table as data: action -> role -> scope words. Knows nothing of requests."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

POLICY_FILE: Final = Path(__file__).resolve().parents[1] / "policy.toml"
ROLES: Final = ("learner", "trainer", "marker", "manager", "mentor", "hr", "admin")


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person of this request. Everybody has the role learner."""

    id: int
    name: str
    roles: frozenset[str]
    locale: str
    timezone: str
    session_id: int = 0
    must_change_password: bool = False
    theme: str = "auto"
    unread: int = 0

    def has(self, role: str) -> bool:
        """True when the person holds this role."""
        return role in self.roles


class Policy(NamedTuple):
    """One action of the table: role -> scope words, and what object the matrix test builds."""

    action: str
    roles: Mapping[str, frozenset[str]]
    object: str


@lru_cache(maxsize=1)
def policies() -> Mapping[str, Policy]:
    """The table, read once."""
    raw = tomllib.loads(POLICY_FILE.read_text(encoding="utf-8"))
    table = {}
    for action, line in raw.items():
        roles = {role: frozenset(line[role].split()) for role in ROLES if role in line}
        unknown = set(line) - set(ROLES) - {"object"}
        if unknown:
            raise ValueError(f"{POLICY_FILE.name}: {action}: unknown {sorted(unknown)}")
        table[action] = Policy(action, roles, line.get("object", ""))
    return table


def allowed_scopes(actor: Actor, action: str) -> frozenset[str]:
    """The scope words of all the actor's roles for an action; empty = not allowed."""
    roles = policies()[action].roles
    return frozenset().union(*(roles.get(role, frozenset()) for role in actor.roles))
