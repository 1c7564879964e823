"""Run all parts, or those named: python -m tests.bench [attempts] [lint] [team] [pdf]."""

import platform
import sys

from tests.bench import attempts, lint, pdf, team

PARTS = {"attempts": attempts.run, "lint": lint.run, "team": team.run, "pdf": pdf.run}


def main() -> None:
    """Print the figures; a figure over its limit is marked MISS and does not fail the run."""
    print(f"Python {platform.python_version()} on {platform.machine()}, {platform.system()}")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
