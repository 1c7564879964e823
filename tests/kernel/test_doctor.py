"""The doctor tries the servers that the settings name, and says the cure."""

import subprocess
import sys
from dataclasses import replace

import pytest

from app.kernel.config import ROOT
from app.kernel.health import checks
from tests import servers
from tests.mailing.server import certificate, taking

FROM = "Lianbing <notices@chengyu.example>"
pytestmark = pytest.mark.one_database


@pytest.fixture
def seen(app, monkeypatch):
    """What the doctor says of one thing, with settings of the test."""

    def look(name, **more):
        wanted = replace(app.extensions["settings"], mail_from=FROM, **more)
        monkeypatch.setitem(app.extensions, "settings", wanted)
        [one] = [check for check in checks() if check.name == name]
        return one

    return look


def test_mail_is_tried_up_to_the_door(seen, tmp_path, monkeypatch):
    tls = certificate(tmp_path)
    assert seen("mail").is_ok
    with taking() as box:
        here = f"smtp://127.0.0.1:{box.port}?tls=none"
        assert seen("mail", mail_url=here).is_ok
        assert box.mails == []
        refused = seen("mail", mail_url=here.replace("tls=none", "tls=starttls"))
        assert "tls=none" in refused.cure
    with taking(tls=tls, login=("boss", "right")) as box:
        here = f"smtp://boss:wr0ng@127.0.0.1:{box.port}"
        assert "certificate" in seen("mail", mail_url=here).cure
        monkeypatch.setenv("SSL_CERT_FILE", str(tls[0]))
        wrong = seen("mail", mail_url=here)
        assert seen("mail", mail_url=here.replace("wr0ng", "right")).is_ok
    assert "user and password" in wrong.cure
    assert "wr0ng" not in wrong.found
    nobody = seen("mail", mail_url=f"smtp://127.0.0.1:{servers.free_port()}?tls=none")
    assert "host and port" in nobody.cure
    for password in ("1/2", "a#b"):
        url = f"smtp://boss:{password}@mail.example"
        assert "percent-encode" in seen("mail", mail_url=url).cure


def test_the_store_of_the_jobs_is_tried(seen):
    assert seen("jobs").is_ok
    with servers.redis() as url:
        assert seen("jobs", jobs_url=url).is_ok
    for lost in (
        url,
        f"redis://127.0.0.1:{servers.free_port()}/0",
        "postgresql://a:b@127.0.0.1:1/x",
    ):
        assert "JOBS_URL" in seen("jobs", jobs_url=lost).cure
    broken = seen("jobs", jobs_url="redis://:s3cret/2@host:6379/0")
    assert broken.cure
    assert "s3cret" not in broken.found


def test_settings_that_cannot_be_read_are_named_without_a_trace(tmp_path):
    environment = {"INSTANCE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    environment |= {"MAIL_URL": "smtp://boss:s3cret/2@mail.example", "PORT": "much"}
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "run", "doctor"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    first, *named = done.stderr.splitlines()
    assert first == "Settings to mend:"
    assert [line.partition("=")[0].partition(":")[0] for line in named] == [
        "PORT",
        "MAIL_URL",
        "MAIL_FROM",
    ]
    assert "s3cret" not in done.stderr
