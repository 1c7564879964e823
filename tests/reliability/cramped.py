"""The real application on a disk that can be filled by hand, where the user may mount none.

While the file `full` lies in the instance folder, SQLite may not take one more page: it answers
as on a full disk.
"""

from pathlib import Path

from sqlalchemy import event

from app import create_app
from app.kernel.db import db

app = create_app()

with app.app_context():
    mark = Path(app.instance_path) / "full"

    @event.listens_for(db.engine, "checkout")
    def _cramp(connection, _record, _proxy) -> None:
        most = 1 if mark.exists() else 1_000_000  # never below what is in use
        connection.execute(f"PRAGMA max_page_count={most}")
