"""Bare Flask views that answer with as many bytes as the product's, for the same requests."""

import os

from flask import Flask, Response, request

app = Flask(__name__)
SIZES = {
    name: int(os.environ.get(f"BARE_{name.upper()}", "0")) for name in ("start", "take", "result")
}
PAGES = {name: b"x" * size for name, size in SIZES.items()}


@app.get("/healthz")
def alive() -> str:
    return "ok"


@app.get("/assignments/<int:assignment_id>/start")
def start_page(assignment_id: int) -> bytes:
    return PAGES["start"]


@app.post("/assignments/<int:assignment_id>/start")
def start(assignment_id: int) -> Response:
    return Response(status=302, headers={"Location": f"/attempts/{assignment_id}"})


@app.get("/attempts/<int:attempt_id>")
def take(attempt_id: int) -> bytes:
    return PAGES["take"]


@app.post("/attempts/<int:attempt_id>/responses")
def save(attempt_id: int) -> dict[str, object]:
    body = request.get_json()
    results = [
        {"item": one["item"], "status": "saved", "revision": one["revision"]}
        for one in body["saves"]
    ]
    return {"results": results, "state": "open"}


@app.post("/attempts/<int:attempt_id>/submit")
def submit(attempt_id: int) -> dict[str, object]:
    return {"url": f"/attempts/{attempt_id}/result", "receipt": "0" * 8}


@app.get("/attempts/<int:attempt_id>/result")
def result(attempt_id: int) -> bytes:
    return PAGES["result"]
