"""HTML to PDF in warm child processes: limited in memory, CPU and time, without network.

The fetcher gives `data:` addresses and the font cache alone; everything else is an error, so a
template can neither reach the network nor read a file of the server.
"""

import gc
import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as LateError
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from app.kernel.errors import DomainError
from app.kernel.fonts import FAMILY, FontMissingError, font_files, ready
from app.kernel.limits import limit

SECONDS: Final = 60
MEMORY: Final = 2 * 1024**3
DOCUMENTS_PER_CHILD: Final = 200
# A document that says ROOMY at its root is set TIGHT when that saves a page; where its text ends
# it has an element with the id END. A last page that is fuller than _FULL is left as it is.
ROOMY: Final = ' class="is-roomy"'
TIGHT: Final = ' class="is-tight"'
END: Final = "end"
_FULL: Final = 0.8
_pools: Final[dict[int, ProcessPoolExecutor]] = {}
_making: Final = threading.Lock()
PRINT_CSS: Final = Path(__file__).resolve().parents[1] / "static" / "css" / "print.css"


class PdfError(DomainError):
    """The document could not be made."""

    code = "pdf"
    status = 500
    message = "PDF 没有做成。请再试一次；还不行请告诉管理员。"


class LayoutMissingError(DomainError):
    """The libraries that lay out a PDF cannot be loaded on this machine."""

    code = "pdf_libraries"
    status = 503
    message = (
        "服务器上缺排 PDF 要的系统库，所以 PDF 还做不了。请告诉管理员：在服务器的项目文件夹里运行 "
        "flask --app run doctor，按它说的装好，再打开这一页。"
    )


def render_pdf(html: str) -> bytes:
    """One document. Raises as `render_many`."""
    return next(render_many([html], processes=1))


def render_many(documents: Sequence[str], *, processes: int = 2) -> Iterator[bytes]:
    """Several documents, in order, with up to `processes` children at work.

    Raises PdfError when one takes too long or cannot be laid out; FontMissingError or
    LayoutMissingError when this machine lacks what every PDF needs.
    """
    ready()  # here, not in the children: they are limited, and there are several
    pool = _pool(processes)
    futures: list[Future[bytes]] = [pool.submit(_render, html) for html in documents]
    for future in futures:
        try:
            yield future.result(timeout=SECONDS)
        except LateError as late:
            _forget(pool)
            _stop(pool)
            raise PdfError from late
        except (FontMissingError, LayoutMissingError):
            _forget(pool)  # what failed to load stays half loaded in a child
            _stop(pool)
            raise
        except Exception as error:
            _forget(pool)
            raise PdfError from error


def close() -> None:
    """End the children. To be called before the process ends.

    Otherwise nobody gives back the pool's semaphores, and Python complains about them on the
    terminal when the server is stopped.
    """
    while _pools:
        _stop(_pools.popitem()[1], wait=True)
    gc.collect()  # a semaphore is given back when its queue goes


def _pool(processes: int) -> ProcessPoolExecutor:
    with _making:
        if processes not in _pools:
            _pools[processes] = ProcessPoolExecutor(
                max_workers=processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_limit,
                max_tasks_per_child=DOCUMENTS_PER_CHILD,
            )
        return _pools[processes]


def _forget(pool: ProcessPoolExecutor) -> None:
    """The next document gets a new pool."""
    with _making:
        for processes, known in list(_pools.items()):
            if known is pool:
                del _pools[processes]


def _stop(pool: ProcessPoolExecutor, *, wait: bool = False) -> None:
    for child in list((getattr(pool, "_processes", None) or {}).values()):
        child.kill()
    pool.shutdown(wait=wait, cancel_futures=True)


def _limit() -> None:
    limit(memory=MEMORY)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A killed server leaves no children behind: they hold their own queue open and never hear."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


@lru_cache(maxsize=1)
def _style() -> tuple[Any, Any]:
    """Font configuration and print style, built once per process."""
    from weasyprint import CSS  # noqa: PLC0415  0.5-2 s, only where a PDF is made
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415  slow to load, see above

    fonts = FontConfiguration()
    faces = "".join(
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weight};src:url("{path.as_uri()}")}}'
        for weight, path in font_files().items()
    )
    sheet = faces + PRINT_CSS.read_text(encoding="utf-8")
    return fonts, CSS(string=sheet, font_config=fonts, url_fetcher=_fetcher())


@lru_cache(maxsize=1)
def _fetcher() -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher  # noqa: PLC0415  slow to load, see above

    allowed = {path.as_uri() for path in font_files().values()}

    class Guarded(URLFetcher):  # type: ignore[misc]
        """`data:` and our two font files, nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith("data:") or url in allowed:
                return super().fetch(url, headers)
            raise FatalURLFetchingError(f"a PDF may not load {url[:80]}")

    return Guarded(allowed_protocols={"data", "file"})


def _render(html: str) -> bytes:
    try:
        from weasyprint import HTML  # noqa: PLC0415  slow to load, see above
        from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415  slow to load, see above
    except (ImportError, OSError) as error:  # it loads pango while it is imported
        raise LayoutMissingError from error

    fonts, style = _style()

    def laid_out(text: str) -> Any:
        document = HTML(string=text, url_fetcher=_fetcher())
        return document.render(stylesheets=[style], font_config=fonts)

    try:
        document = laid_out(html)
        if ROOMY in html and _has_room(document.pages):
            tight = laid_out(html.replace(ROOMY, TIGHT, 1))
            if len(tight.pages) < len(document.pages):
                document = tight
        pdf: bytes = document.write_pdf()
    except FatalURLFetchingError as error:
        # The parent must not import WeasyPrint only to read this error.
        raise ValueError(str(error)) from None
    return pdf


def _has_room(pages: Sequence[Any]) -> bool:
    """Whether there are several pages and the last one is not full."""
    last = pages[-1]
    return len(pages) > 1 and last.anchors[END][1] < _FULL * last.height
