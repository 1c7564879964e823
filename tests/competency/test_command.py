"""`flask framework load` puts the file in force."""

from app.competency import queries
from tests.competency.conftest import FRAMEWORK


def run(app, *words: str):
    return app.test_cli_runner().invoke(args=["framework", "load", *words])


def test_the_shipped_framework_is_found_and_loaded_once(app) -> None:
    first = run(app)
    assert first.exit_code == 0, first.output
    assert "loaded\texpectations changed 38, kept 0" in first.output
    assert queries.required().framework.id == "sales-framework"
    assert "already loaded" in run(app, str(FRAMEWORK)).output


def test_a_broken_file_is_reported_with_its_place(app, tmp_path) -> None:
    broken = tmp_path / "framework.yaml"
    text = FRAMEWORK.read_text(encoding="utf-8").replace("sd: 25", "sd: 很大", 1)
    broken.write_text(text, encoding="utf-8")
    done = run(app, str(broken))
    assert done.exit_code == 1
    assert "E103" in done.output
    assert queries.in_force() is None


def test_a_changed_file_with_the_old_version_is_refused(app, tmp_path) -> None:
    run(app)
    changed = tmp_path / "framework.yaml"
    text = FRAMEWORK.read_text(encoding="utf-8").replace("sd: 25", "sd: 24", 1)
    changed.write_text(text, encoding="utf-8")
    done = run(app, str(changed))
    assert done.exit_code == 1
    assert "version 加 1" in done.output


def test_a_bank_is_no_framework(app) -> None:
    bank = FRAMEWORK.parent / "product-knowledge.yaml"
    assert run(app, str(bank)).exit_code == 2
