"""Every route of the URL map as requests on the scene."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app.kernel import auth
from tests.security.objects import PUBLIC, ROUTES, Route, Target
from tests.security.scene import Scene

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class Line:
    """One method of one route with its row of test data."""

    rule: Rule
    method: str
    action: str
    route: Route

    @property
    def name(self) -> str:
        return f"{self.method} {self.rule.rule}"


def lines(app: Flask) -> list[Line]:
    """All routes but the public ones. Fails with what to add when a row is missing."""
    found, lacking, known = [], [], set()
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        action = getattr(app.view_functions[rule.endpoint], "policy", None)
        if rule.endpoint in PUBLIC:
            assert action == auth.PUBLIC, f"{rule.endpoint} is not public any more"
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            key = f"{method} {rule.endpoint}"
            known.add(key)
            if key in ROUTES and action is not None:
                found.append(Line(rule, method, action, ROUTES[key]))
            else:
                lacking.append(f"{key} ({rule.rule}, {action})")
    assert not lacking, "add it to tests/security/objects.py:\n" + "\n".join(lacking)
    gone = set(ROUTES) - known
    assert not gone, f"no such route any more, take it out of tests/security/objects.py: {gone}"
    return found


def address(app: Flask, line: Line, target: Target, who: str) -> str:
    """The path of a route for an object; fails when the object does not fill its holes."""
    values = target.values(who)
    holes = line.rule.arguments
    assert holes <= set(values), (
        f"add {holes - set(values)} to the object of {line.name} in tests/security/objects.py"
    )
    adapter = app.url_map.bind("localhost")
    chosen = {name: values[name] for name in holes}
    path = adapter.build(line.rule.endpoint, chosen, method=line.method)
    return f"{path}?{line.route.query}" if line.route.query else path


def request(app: Flask, scene: Scene, line: Line, target: Target, who: str) -> tuple[str, dict]:
    """Path and the arguments of `page.raw` for one request."""
    more: dict[str, Any] = {"method": line.method}
    if line.route.json is not None:
        more["json"] = line.route.json
    elif line.route.body is not None:
        more["data"] = dict(line.route.body(scene, target.values(who)))
    return address(app, line, target, who), more


def pages(app: Flask, scene: Scene, who: str) -> Iterator[tuple[Line, str, str]]:
    """(line, object label, address) of every GET route, with its query strings too."""
    for line in lines(app):
        if line.method != "GET":
            continue
        for label, target in line.route.kind(scene).items():
            path = address(app, line, target, who)
            yield line, label, path
            for query in line.route.queries:
                yield line, label, f"{path}{'&' if '?' in path else '?'}{query}"
