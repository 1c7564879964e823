"""Loads banks, tracks and frameworks from files: bytes in, frozen values and problems out.

Nothing in a file is trusted and nothing in it runs. A file is parsed once per content: results
are kept by the SHA-256 of the bytes; what depends on other files is checked on every load.
"""

import hashlib
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from app.banks.lint_track import RowUse, lint_track, rows_used
from app.banks.messages import Problem, Where, most_telling, problem
from app.banks.reader import Map, Scalar, StopReadingError, read, without_collector
from app.banks.shape import ENOUGH, Shape, closest
from app.banks.shape_bank import read_bank
from app.banks.shape_framework import read_framework
from app.banks.shape_track import read_track
from app.domain.banks import BankDraft, build, check
from app.domain.framework import EvidenceKind, Framework
from app.domain.itemlint import lint
from app.domain.itemlint.wording import forget
from app.domain.items import Bank
from app.domain.tracks import Track

SUFFIXES: Final = (".yaml", ".yml")
# What lies beside banks and is read by the knowledge base or the demo; a folder is walked past it.
_ELSEWHERE: Final = re.compile(rb"^schema:[ \t]*(?:objections|works)/1[ \t]*\r?$", re.MULTILINE)
MAX_CACHED_FILES: Final = 256
MAX_CACHED_BYTES: Final = 64 * 1024 * 1024

Place = tuple[int, int]


class Kind(StrEnum):
    """What the line `schema:` says."""

    BANK = "qbank/1"
    TRACK = "track/1"
    FRAMEWORK = "framework/1"


# A file that forgot its `schema:` is told apart by the field only its kind has.
_TELLTALE: Final = {
    "sections": Kind.BANK,
    "stages": Kind.TRACK,
    "expectations": Kind.FRAMEWORK,
    "formula": Kind.FRAMEWORK,
}


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding of the item lint that is not among the problems, and why.

    `on` says where it was silenced: `item`, `section` or `bank`.
    """

    problem: Problem
    reason: str
    on: str


@dataclass(frozen=True, slots=True)
class _Parsed:
    """All that the bytes of a file alone decide."""

    kind: Kind | None
    sha256: str
    problems: tuple[Problem, ...]
    style: tuple[Problem, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    bank: Bank | None = None
    track: Track | None = None
    framework: Framework | None = None
    id: str | None = None
    id_at: Place = (1, 1)
    items: Mapping[str, Place] = field(default_factory=dict)
    uses: Mapping[str, Sequence[Place]] = field(default_factory=dict)
    files: Sequence[tuple[str, int, int]] = ()
    banks: Sequence[tuple[str, int, int]] = ()
    rows: Sequence[RowUse] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file after loading. The value of its kind is None when there is an error in it.

    `problems` are sorted by place, at most 100, errors before warnings where cut; `style` are all
    findings of the item lint. `items` says where the id of each item stands.
    """

    file: str
    kind: Kind | None
    sha256: str
    problems: tuple[Problem, ...]
    style: tuple[Problem, ...] = ()
    silenced: tuple[Silenced, ...] = ()
    bank: Bank | None = None
    track: Track | None = None
    framework: Framework | None = None
    items: Mapping[str, Place] = field(default_factory=dict, repr=False)
    data: bytes = field(default=b"", repr=False)
    folder: Path | None = None

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that stop loading."""
        return tuple(found for found in self.problems if found.level == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that do not."""
        return tuple(found for found in self.problems if found.level == "warning")


# ---------------------------------------------------------------- one file


class _Cache:
    """The most recent results, bounded by number and by the size of what they came from."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[_Parsed, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, sha256: str) -> _Parsed | None:
        with self._lock:
            found = self._kept.get(sha256)
            if found is None:
                return None
            self._kept.move_to_end(sha256)
            return found[0]

    def put(self, parsed: _Parsed, size: int) -> None:
        with self._lock:
            if parsed.sha256 in self._kept:
                return
            self._kept[parsed.sha256] = (parsed, size)
            self._bytes += size
            while len(self._kept) > MAX_CACHED_FILES or (
                self._bytes > MAX_CACHED_BYTES and len(self._kept) > 1
            ):
                _, (_, old) = self._kept.popitem(last=False)
                self._bytes -= old

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0


_cache: Final = _Cache()


def forget_all() -> None:
    """Forget what was parsed and linted, as a new process would."""
    _cache.clear()
    forget()


def parse(data: bytes, *, parser: Any = None) -> _Parsed:
    """What the bytes alone decide; kept by their SHA-256."""
    sha256 = hashlib.sha256(data).hexdigest()
    if parser is None and (kept := _cache.get(sha256)):
        return kept
    with without_collector():
        parsed = _parse(data, sha256, parser)
    if parser is None:
        _cache.put(parsed, len(data))
    return parsed


def _parse(data: bytes, sha256: str, parser: Any) -> _Parsed:
    try:
        source = read(data, parser=parser)
    except StopReadingError as stop:
        return _Parsed(None, sha256, (stop.problem,))
    root = source.root
    if root is None or (isinstance(root, Scalar) and not root.text):
        return _Parsed(None, sha256, (problem("E102", 1, 1),))
    shape = Shape(source)
    if isinstance(root, Map):
        return _parse_map(shape, root, sha256)
    shape.not_a_map("schema", root)
    return _Parsed(None, sha256, tuple(shape.problems))


def _parse_map(shape: Shape, root: Map, sha256: str) -> _Parsed:
    kind = _kind(shape, root)
    draft = read_bank(shape, root) if kind is Kind.BANK else None
    bank = _bank(shape, draft) if draft else None
    silenced = _lint(shape, draft) if draft else ()
    track = read_track(shape, root) if kind is Kind.TRACK else None
    if track is not None:
        shape.problems.extend(lint_track(track, root))
    framework = read_framework(shape, root) if kind is Kind.FRAMEWORK else None
    identity = root.entries.get("id")
    name = identity.value if identity and isinstance(identity.value, Scalar) else None
    return _Parsed(
        kind,
        sha256,
        most_telling(shape.problems),
        style=tuple(sorted((p for p in shape.problems if p.is_style), key=lambda p: p.order)),
        silenced=silenced,
        bank=bank,
        track=track,
        framework=framework,
        id=name.text if name else None,
        id_at=(name.line, name.col) if name else (1, 1),
        items=_item_ids(root) if kind is Kind.BANK else {},
        uses=shape.uses,
        files=shape.files,
        banks=shape.banks,
        rows=rows_used(track, root) if track is not None else (),
    )


def _kind(shape: Shape, root: Map) -> Kind | None:
    kinds = {kind.value: kind for kind in Kind}
    schema = root.entries.get("schema")
    if schema is None:
        shape.note("E102", next(iter(root.entries.values()), root))
    elif not isinstance(schema.value, Scalar) or schema.value.text not in kinds:
        text = schema.value.text if isinstance(schema.value, Scalar) else ""
        hint = closest(text, kinds) or tuple(kinds)
        shape.note("E102.unknown", schema.value, value=text, hint=hint)
    else:
        return kinds[schema.value.text]
    return next((kind for key, kind in _TELLTALE.items() if key in root.entries), None)


def _bank(shape: Shape, draft: BankDraft) -> Bank | None:
    for finding in check(draft):
        shape.note_finding(finding)
    if any(found.level == "error" for found in shape.problems):
        return None
    return build(draft)


def _lint(shape: Shape, draft: BankDraft) -> tuple[Silenced, ...]:
    """Note what the item lint finds, and give what was silenced."""
    report = lint(draft)
    for finding in report.findings:
        shape.note_finding(finding)
    return tuple(
        Silenced(shape.problem_of(one.finding), one.reason, one.on) for one in report.silenced
    )


def _item_ids(root: Map) -> dict[str, Place]:
    places: dict[str, Place] = {}
    sections = root.entries.get("sections")
    for section in getattr(sections.value, "items", ()) if sections else ():
        items = section.entries.get("items") if isinstance(section, Map) else None
        for item in getattr(items.value, "items", ()) if items else ():
            identity = item.entries.get("id") if isinstance(item, Map) else None
            if identity and isinstance(identity.value, Scalar):
                node = identity.value
                places.setdefault(node.text.strip(), (node.line, node.col))
    return places


def load_bytes(
    data: bytes,
    *,
    file: str = "",
    folder: Path | None = None,
    framework: Framework | None = None,
) -> Loaded:
    """Load what an editor or an upload holds.

    `folder` is where images are looked for; without it they are not. Competencies are checked
    against `framework` when one is given.
    """
    return _loaded(_Candidate(file, data, parse(data), folder), _Surroundings.of(framework))


def load_text(text: str, *, name: str = "", framework: Framework | None = None) -> Loaded:
    """Load what a database or a form holds as text."""
    return load_bytes(text.encode(), file=name, framework=framework)


def load_path(path: Path | str, *, framework: Framework | None = None) -> Loaded:
    """Load one file. Raises OSError when it cannot be read."""
    path = Path(path)
    candidate = _Candidate.at(path, str(path))
    return _loaded(candidate, _Surroundings.of(framework))


# ---------------------------------------------------------------- many files


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A file that was read, before its neighbours are looked at."""

    file: str
    data: bytes
    parsed: _Parsed
    folder: Path | None

    @staticmethod
    def at(path: Path, name: str) -> "_Candidate":
        # One byte more than allowed is enough to say "too large".
        with path.open("rb") as stream:
            data = stream.read(8 * 1024 * 1024 + 1)
        return _Candidate(name, data, parse(data), path.resolve().parent)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a file is checked against. None: not known, so not checked."""

    competencies: tuple[str, ...] | None = None
    banks: tuple[str, ...] | None = None
    root: Path | None = None
    evidence: Mapping[str, tuple[EvidenceKind, ...]] = field(default_factory=dict)

    @staticmethod
    def of(framework: Framework | None) -> "_Surroundings":
        if framework is None:
            return _Surroundings()
        evidence = {one.slug: one.evidence for one in framework.competencies}
        return _Surroundings(tuple(evidence), evidence=evidence)


def load_tree(paths: Iterable[Path | str], *, root: Path | None = None) -> list[Loaded]:
    """Load files and folders (walked), and check them against each other and against `root`.

    `root` is the folder `question_banks/`: its ids must not be used again, its framework names
    the competencies, its banks may be named by tracks. A file outside `root` whose bank has the
    id of a bank inside counts as that bank's next edition. Results come sorted by file name.
    Raises OSError when a path cannot be read.
    """
    found = {path.resolve(): name for path, name in _walk_all(paths)}
    given = [_Candidate.at(path, name) for path, name in sorted(found.items(), key=_by_name)]
    others: list[_Candidate] = []
    if root is not None and root.is_dir():
        named = {c.parsed.id for c in given if c.parsed.kind is Kind.BANK}
        others = [
            candidate
            for path, name in _walk(root)
            if path.resolve() not in found
            and (candidate := _Candidate.at(path, name)).parsed.id not in named
        ]
    surroundings = _surroundings([*given, *others], root)
    repeated = _repeated_ids(others, given)
    return [
        _loaded(candidate, surroundings, repeated.get(candidate.file, ())) for candidate in given
    ]


def _by_name(entry: tuple[Path, str]) -> str:
    return entry[1]


def _walk_all(paths: Iterable[Path | str]) -> Iterator[tuple[Path, str]]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path, str(path)


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    """YAML files below `folder`; hidden ones, links that lead out of it and the files of other
    rooms are left alone."""
    top = folder.resolve()
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent) / name
            if name.startswith(".") or not name.endswith(SUFFIXES):
                continue
            if path.resolve().is_relative_to(top) and not _is_read_elsewhere(path):
                yield path, str(path)


def _is_read_elsewhere(path: Path) -> bool:
    with path.open("rb") as stream:
        return _ELSEWHERE.search(stream.read(4096)) is not None


def _surroundings(candidates: Sequence[_Candidate], root: Path | None) -> _Surroundings:
    frameworks = [c.parsed.framework for c in candidates if c.parsed.kind is Kind.FRAMEWORK]
    slugs: tuple[str, ...] | None = None
    evidence: dict[str, tuple[EvidenceKind, ...]] = {}
    if frameworks and all(frameworks):  # a broken framework names nothing for sure
        evidence = {c.slug: c.evidence for f in frameworks if f for c in f.competencies}
        slugs = tuple(evidence)
    banks = tuple(c.parsed.id for c in candidates if c.parsed.kind is Kind.BANK and c.parsed.id)
    return _Surroundings(slugs, banks if root is not None else None, root, evidence)


def _repeated_ids(
    others: Sequence[_Candidate], given: Sequence[_Candidate]
) -> dict[str, list[Problem]]:
    """E201 for ids of banks, tracks and items that another file uses, by file."""
    seen: dict[tuple[str, str], Where] = {}
    found: dict[str, list[Problem]] = {}
    given_files = {candidate.file for candidate in given}
    for candidate in [*others, *given]:
        parsed = candidate.parsed
        ids: list[tuple[str, str, Place]] = [("item", id_, at) for id_, at in parsed.items.items()]
        if parsed.id and parsed.kind:
            ids.append((parsed.kind.value, parsed.id, parsed.id_at))
        for space, id_, (line, col) in ids:
            first = seen.setdefault((space, id_), Where(line, candidate.file))
            if first.file != candidate.file and candidate.file in given_files:
                params = {"id": id_, "first": first}
                found.setdefault(candidate.file, []).append(Problem(line, col, "E201", params))
    return found


def _loaded(candidate: _Candidate, around: _Surroundings, more: Iterable[Problem] = ()) -> Loaded:
    parsed = candidate.parsed
    problems = [*parsed.problems, *more]
    problems += _unknown_competencies(parsed, around)
    problems += _unknown_banks(parsed, around)
    problems += _evidence_not_accepted(parsed, around)
    problems += _missing_files(candidate, around)
    is_right = not any(found.level == "error" for found in problems)
    return Loaded(
        file=candidate.file,
        kind=parsed.kind,
        sha256=parsed.sha256,
        problems=most_telling([found.in_file(candidate.file) for found in problems]),
        style=parsed.style,
        silenced=parsed.silenced,
        items=parsed.items,
        bank=parsed.bank if is_right else None,
        track=parsed.track if is_right else None,
        framework=parsed.framework if is_right else None,
        data=candidate.data,
        folder=candidate.folder,
    )


def _unknown_competencies(parsed: _Parsed, around: _Surroundings) -> Iterator[Problem]:
    known = around.competencies
    if known is None:
        return
    for number, slug in enumerate(sorted(parsed.uses.keys() - set(known))):
        hint = closest(slug, known) if number < ENOUGH else None
        key, params = "E202.list", {"slug": slug, "known": known}
        if hint:
            key, params = "E202", {"slug": slug, "hint": hint}
        for line, col in parsed.uses[slug]:
            yield Problem(line, col, key, params)


def _evidence_not_accepted(parsed: _Parsed, around: _Surroundings) -> Iterator[Problem]:
    """W422: what is filled in there could never count for the competency it names."""
    for row in parsed.rows:
        accepted = around.evidence.get(row.competency)
        if accepted is None or row.kinds & set(accepted):
            continue
        params: dict[str, object] = {
            "slug": row.competency,
            "kind": tuple(sorted(kind.value for kind in row.kinds)),
            "known": tuple(kind.value for kind in accepted),
        }
        yield Problem(row.line, row.col, "W422", params)


def _unknown_banks(parsed: _Parsed, around: _Surroundings) -> Iterator[Problem]:
    if around.banks is None:
        return
    for slug, line, col in parsed.banks:
        if slug in around.banks:
            continue
        params: dict[str, object] = {"key": "bank", "value": slug}
        if hint := closest(slug, around.banks):
            yield Problem(line, col, "E103.reference", {**params, "hint": hint})
        else:
            yield Problem(line, col, "E103.references", {**params, "known": around.banks})


# ---------------------------------------------------------------- files named by files

_IMAGE_STARTS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


def _missing_files(candidate: _Candidate, around: _Surroundings) -> Iterator[Problem]:
    if candidate.folder is None:
        return
    is_bank = candidate.parsed.kind is Kind.BANK
    for value, line, col in candidate.parsed.files:
        if not is_bank:
            folders = [candidate.folder, candidate.folder.parent, around.root]
            if not any(folder and find_below(folder, value) for folder in folders):
                yield problem("E240.file", line, col, value=value)
            continue
        path = find_below(candidate.folder, value)
        if path is None:
            yield problem("E240", line, col, value=value)
        elif not _is_image(path):
            yield problem("E240.content", line, col, value=value)


def find_below(folder: Path, name: str) -> Path | None:
    """The file `name` below `folder`, or None; links that lead out of it do not count."""
    top = folder.resolve()
    path = (top / name).resolve()
    return path if path.is_relative_to(top) and path.is_file() else None


def _is_image(path: Path) -> bool:
    with path.open("rb") as stream:
        start = stream.read(12)
    if start.startswith(b"RIFF"):
        return start[8:] == b"WEBP"
    return start.startswith(_IMAGE_STARTS[:2])
