"""Two real PostgreSQL servers, one following the other synchronously, that change places."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests import servers

# A commit is acknowledged when the follower has it on its disk too.
PAIR = "ANY 1 (*)"


class Node:
    """One server in a folder of its own, reached by a socket there."""

    def __init__(self, root: Path, name: str, binaries: Path, user: dict[str, str]) -> None:
        self.folder = root / name
        self.folder.mkdir()
        self.binaries, self.user = binaries, user
        if user:
            shutil.chown(self.folder, user["user"])
        self.data = self.folder / "data"
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, program: str, *arguments: str | Path) -> None:
        command = [self.binaries / program, *arguments]
        env = self._env()
        subprocess.run(
            command, cwd=self.folder, env=env, check=True, capture_output=True, **self.user
        )

    def _env(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}

    def initialise(self) -> None:
        self.run("initdb", "-D", self.data, "-U", "lianbing", "-A", "trust", "-E", "UTF8", "-N")
        with (self.data / "pg_hba.conf").open("a") as rules:
            rules.write("local replication all trust\n")

    def follow(self, other: "Node") -> None:
        """Throw away what is here and begin as a follower of the other."""
        shutil.rmtree(self.data, ignore_errors=True)
        where = ["-h", str(other.folder), "-U", "lianbing", "-D", str(self.data)]
        self.run("pg_basebackup", *where, "-R", "-X", "stream", "-c", "fast", "--no-sync")

    def start(self) -> None:
        options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}"]
        options += ["-c", "max_connections=60", "-c", "shared_buffers=32MB"]
        options += ["-c", "synchronous_commit=on", "-c", f"synchronous_standby_names={PAIR}"]
        self.process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.data, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=self._env(),
            start_new_session=True,
            **self.user,
        )
        servers.wait_for_postgres(self.folder / ".s.PGSQL.5432", self.process)

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement here; the rows, if it gives any."""
        where = f"postgresql://lianbing@/{database}?host={self.folder}"
        with psycopg.connect(where, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def kill(self) -> None:
        """All of its processes at once, as when the machine is gone."""
        if self.process is None:
            return
        for pid in _family(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=10)
        self.process = None
        for left in self.folder.glob(".s.PGSQL.*"):
            left.unlink()


def _family(pid: int) -> list[int]:
    """A server and its backends; each backend has a session of its own."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


class Cluster:
    """`first` takes writes, `second` follows it; `fail_over` makes them change places."""

    def __init__(self, first: Node, second: Node) -> None:
        self.first, self.second = first, second

    def url(self, name: str) -> str:
        """An address that leads to whichever of the two takes writes."""
        hosts = ",".join(sorted(str(one.folder) for one in (self.first, self.second)))
        more = "port=5432,5432&target_session_attrs=read-write&connect_timeout=2"
        return f"postgresql+psycopg://lianbing@/{name}?host={hosts}&{more}"

    def wait_for_pair(self) -> None:
        """Until the follower is one that commits wait for."""
        until = time.monotonic() + 20
        while time.monotonic() < until:
            found = self.first.ask("SELECT sync_state FROM pg_stat_replication")
            if found and found[0][0] in {"sync", "quorum"}:
                return
            time.sleep(0.05)
        raise AssertionError("the follower did not come up in 20 s")

    def fail_over(self) -> None:
        """The first is killed outright; the second takes over, then the first follows it."""
        self.first.kill()
        self.second.ask("SELECT pg_promote(true, 20)")
        self.first, self.second = self.second, self.first
        self.second.follow(self.first)
        self.second.start()
        self.wait_for_pair()


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A pair of fresh servers. As root they run as `nobody`."""
    root = Path(tempfile.mkdtemp(prefix="lb-pair-"))
    root.chmod(0o755)
    user = {"user": servers.UNPRIVILEGED} if os.geteuid() == 0 else {}
    binaries = servers.postgres_binaries(root, **user)
    first, second = (Node(root, name, binaries, user) for name in ("a", "b"))
    try:
        first.initialise()
        first.start()
        second.follow(first)
        second.start()
        pair = Cluster(first, second)
        pair.wait_for_pair()
        yield pair
    finally:
        first.kill()
        second.kill()
        shutil.rmtree(root, ignore_errors=True)
