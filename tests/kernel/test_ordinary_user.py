"""What an ordinary user of the machine can do: run the tests' PostgreSQL, read what to install.

Where the tests run as root, both are done here as another user.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from app.kernel.config import ROOT
from tests import servers

SERVER = """
import os, psycopg
from tests import servers
with servers.postgres() as url:
    name = servers.new_database(url, "of_a_user")
    with psycopg.connect(name.replace("+psycopg", "")) as connection:
        print(os.geteuid(), connection.execute("SELECT current_database()").fetchone()[0])
"""
# Everything that is asked for is missing.
BARE_PYTHON = """#!/bin/sh
case "$*" in *ensurepip*|*CDLL*) exit 1;; esac
exit 0
"""


def as_user() -> list[str]:
    """What to put before a command so that it runs without root's rights.

    Python and the checkout may lie where only root may look, so reading files stays allowed.
    """
    if os.geteuid() != 0:
        return []
    change = ["setpriv", f"--reuid={servers.UNPRIVILEGED}", "--regid=65534", "--clear-groups"]
    return [*change, "--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]


@pytest.fixture
def open_folder():
    """A folder that every user may enter and use."""
    folder = Path(tempfile.mkdtemp(prefix="lb-user-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def test_an_ordinary_user_starts_postgresql(open_folder):
    done = subprocess.run(
        [*as_user(), sys.executable, "-B", "-c", SERVER],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(open_folder), "TMPDIR": str(open_folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    user, database = done.stdout.split()
    assert int(user) != 0
    assert database == "of_a_user"
    assert list(open_folder.iterdir()) == []


@pytest.mark.parametrize("step", ["venv", "pdf", "browser"])
def test_an_ordinary_user_is_told_one_line_to_type(open_folder, step):
    (open_folder / "python3").write_text(BARE_PYTHON)
    (open_folder / "python3").chmod(0o755)
    done = subprocess.run(
        [*as_user(), "bash", ROOT / "deploy" / "bootstrap.sh", step, "python3", "no-venv"],
        cwd=open_folder,
        env={"PATH": f"{open_folder}:/usr/bin:/bin", "HOME": str(open_folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    lines = [line.strip() for line in done.stderr.splitlines()]
    command = [line for line in lines if line.startswith("sudo apt-get install -y ")]
    assert len(command) == 1, done.stderr
    assert {"libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"} <= {*command[0].split()}
    assert ("python3-venv" in command[0]) == (step != "pdf")
    assert not (open_folder / "no-venv").exists()
