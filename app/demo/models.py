"""The mark of a demo database: only where it stands may the demo company be thrown away."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, UtcDateTime


class DemoLoad(Base):
    """When the demo company was put into this database; one row, or none.

    `finished_at` stays empty while the company is being made: a row without it after a start
    means that the load was killed, and that nobody has worked in this database yet.
    """

    __tablename__ = "demo_load"

    id: Mapped[int] = mapped_column(primary_key=True)
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seed: Mapped[str]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
