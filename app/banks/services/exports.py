"""What is kept of an export: who took which bank out, keys included."""

from datetime import datetime

from app.audit.services import record


def record_export(
    slug: str, *, number: int, to: str, with_key: bool, actor_id: int | None, now: datetime
) -> None:
    """Write the export of version `number` of a bank to the trail."""
    record(
        action="bank.export",
        object_type="bank",
        object_id=slug,
        actor_id=actor_id,
        now=now,
        detail={"version": number, "format": to, "key": with_key},
    )
