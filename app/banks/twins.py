"""What the banks ask, kept ready to be searched for items that are alike.

One index a bank version, made when it is first asked for: a new version makes its own, and what
changed nowhere is never read again.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator
from typing import Final

from app.banks import queries
from app.domain.duplicates import Asked, Index
from app.domain.items import Bank, Choice, ItemStatus

# About a kilobyte an item.
MOST_KEPT: Final = 200_000


class _Kept:
    """Indexes by the token of their bank version, the longest unused left out first."""

    def __init__(self) -> None:
        self._indexes: OrderedDict[str, Index] = OrderedDict()
        self._items = 0
        self._lock = threading.Lock()

    def get(self, token: str) -> Index | None:
        with self._lock:
            if token in self._indexes:
                self._indexes.move_to_end(token)
            return self._indexes.get(token)

    def put(self, token: str, index: Index) -> None:
        with self._lock:
            if token in self._indexes:
                return
            self._indexes[token] = index
            self._items += len(index.items)
            while self._items > MOST_KEPT and len(self._indexes) > 1:
                _token, gone = self._indexes.popitem(last=False)
                self._items -= len(gone.items)


_kept: Final = _Kept()


def asked(bank: Bank) -> Iterator[Asked]:
    """What a bank asks; retired items are in no paper any more."""
    for item in bank.items:
        if item.status is not ItemStatus.RETIRED:
            options = item.body.options if isinstance(item.body, Choice) else ()
            yield Asked(bank.id, item.id, item.stem, tuple(option.text for option in options))


def indexes(actor_id: int, scopes: Collection[str], *, leave_out: str = "") -> list[Index]:
    """One index for each bank in this actor's scope, of its newest version; `leave_out` is a bank
    that is being looked at itself.

    One SELECT; two more for each version that this process has not read yet.
    """
    found = []
    for slug, version_id, token in queries.newest_tokens(actor_id, scopes):
        if slug == leave_out:
            continue
        index = _kept.get(token)
        if index is None:
            index = Index(asked(queries.bank_version(version_id).bank))
            _kept.put(token, index)
        found.append(index)
    return found
