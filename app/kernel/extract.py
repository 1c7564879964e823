"""Which texts of the Python sources belong in the catalogue. Read by babel.cfg, never at run time.

Babel finds the arguments of `_`, `gettext` and their like. A refusal carries its text as a class
attribute (or an argument of its own) and is translated at the edge by `gettext(error.message)`;
those are found here, so that nobody has to mark them.
"""

import ast
from collections.abc import Collection, Iterator
from io import BytesIO
from typing import IO, Any, Final

from babel.messages.extract import extract_python

# `_l` is the lazy gettext of forms; `ask` a partial of gettext where prompts are written.
OWN_KEYWORDS: Final = ("_l", "ask")
Found = tuple[int, str | None, Any, list[str]]


def extract(
    fileobj: IO[bytes], keywords: Collection[str], comment_tags: Collection[str], options: Any
) -> Iterator[Found]:
    """Babel's extraction method: `(line, function, message, comments)` for one Python file."""
    source = fileobj.read()
    called: Iterator[Any] = extract_python(
        BytesIO(source),
        dict.fromkeys((*keywords, *OWN_KEYWORDS)),
        comment_tags,
        options,
    )
    for line, function, text, comments in called:
        yield line, None if function in OWN_KEYWORDS else function, text, comments
    for node in ast.walk(ast.parse(source)):
        for value in _refusals(node):
            # Our sources are Chinese: what is ASCII is a word for programs.
            if (
                isinstance(value, ast.Constant)
                and isinstance(value.value, str)
                and not value.value.isascii()
            ):
                yield value.lineno, None, value.value, []


def _refusals(node: ast.AST) -> Iterator[ast.expr | None]:
    """The text of `message = "…"` in a class, and of `SomeError("…")` anywhere."""
    match node:
        case ast.ClassDef(body=body):
            for line in body:
                if isinstance(line, ast.Assign | ast.AnnAssign) and _is_message(line):
                    yield line.value
        case ast.Call(func=ast.Name(id=name)) if name.endswith("Error"):
            yield from node.args[:1]


def _is_message(line: ast.Assign | ast.AnnAssign) -> bool:
    targets = line.targets if isinstance(line, ast.Assign) else [line.target]
    return any(isinstance(target, ast.Name) and target.id == "message" for target in targets)
