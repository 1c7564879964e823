"""The first start over a small demo company, to be killed: `python -m tests.demo.start FOLDER`."""

import sys
from pathlib import Path

from app import create_app
from app.demo import cast
from app.kernel.config import Settings
from app.serve import prepare
from tests.demo.small import FEW


def main() -> None:
    cast.SELLERS = tuple(one for one in cast.SELLERS if one.login in FEW)
    settings = Settings.from_env({"INSTANCE_DIR": sys.argv[1]})
    assert settings.env == "demo"
    assert Path(sys.argv[1]) in Path(settings.database_url.split("///")[1]).parents
    prepare(create_app(settings))
    print("prepared")


if __name__ == "__main__":
    main()
