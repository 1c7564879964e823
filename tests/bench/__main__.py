"""Run all parts, or those named: python -m tests.bench [attempts] [lint] [likeness] [team]."""

import platform
import sys

from tests.bench import attempts, likeness, lint, pdf, team

PARTS = {
    "attempts": attempts.run,
    "lint": lint.run,
    "likeness": likeness.run,
    "team": team.run,
    "pdf": pdf.run,
}


def main() -> None:
    """Print the figures; a figure over its limit is marked MISS and does not fail the run."""
    print(f"Python {platform.python_version()} on {platform.machine()}, {platform.system()}")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
