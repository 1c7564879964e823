"""Each look at another person's data is written down, also on a GET."""

from app.accounts.services import log_access
from app.kernel.auth import actor
from app.kernel.clock import now
from app.kernel.web import client_address, side_write


def record_look(subject_id: int, kind: str = "profile", detail: str = "") -> None:
    """In a view: the actor looks at `subject_id`. A look at oneself is not written down.

    `kind` is one of `admin.words.KINDS`: profile, pack, result, export. The line is written in a
    transaction of its own after the view.
    """
    me = actor().id
    if subject_id == me:
        return
    moment, address = now(), client_address()
    side_write(
        lambda: log_access(
            kind=kind,
            now=moment,
            actor_id=me,
            subject_id=subject_id,
            detail=detail,
            address=address,
        )
    )
