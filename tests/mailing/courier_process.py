"""A courier as it really runs, until it is killed or told that there is nothing more to do."""

import os
import time
from datetime import timedelta
from pathlib import Path

from app import create_app
from app.mailing import tasks, turns


def main():
    turns.GRACE = timedelta(0)
    app = create_app()
    stop = Path(os.environ["LB_STOP"])
    with app.app_context():
        while not stop.exists():
            tasks.deliver()
            time.sleep(0.05)


if __name__ == "__main__":
    main()
