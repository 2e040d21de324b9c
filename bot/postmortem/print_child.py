"""Lays a page out as PDF, or as a picture of its first sheet, in this process alone: started by `prints.py`.

Argument: `pdf` or `png`. Standard input: the page. Standard output: the document, exit status 0; or why there is
none, in one line, exit status 1.
"""

import importlib
import io
import logging
import resource
import sys
from typing import Any, Final

CPU_S: Final = 120
_MEMORY: Final = 4 << 30
_SCALE: Final = 2
"""Pixels of the picture for each of the page's."""
_INCH: Final = 96
_POINTS: Final = 72


class Unprintable(Exception):
    """There is no document; the text says why, in one line."""


def printed(page: str, kind: str) -> bytes:
    """Return the page as PDF or PNG; the same page gives the same bytes. Raises Unprintable.

    No address is fetched: what the page shows is in it.
    """
    weasyprint = _loaded("weasyprint")
    nothing = _loaded("weasyprint.urls").URLFetcher(allowed_protocols={"data"}, allow_redirects=False)
    sheets = weasyprint.HTML(string=page, url_fetcher=nothing).render()
    if kind == "pdf":
        content: bytes = sheets.write_pdf(pdf_identifier=b"anth-triage", pdf_tags=True)
        return content
    return _picture(sheets.copy(sheets.pages[:1]).write_pdf())


def _picture(pdf: bytes) -> bytes:
    drawn = _loaded("pypdfium2").PdfDocument(pdf)[0].render(scale=_SCALE * _INCH / _POINTS).to_pil()
    written = io.BytesIO()
    _trimmed(drawn).save(written, "PNG", optimize=True)
    return written.getvalue()


def _trimmed(drawn: Any) -> Any:  # noqa: ANN401 - an image of Pillow's
    """Return the picture without the empty paper below."""
    empty = _loaded("PIL.ImageOps").invert(drawn.convert("L")).getbbox()
    below = min(drawn.height, (empty[3] if empty else drawn.height) + 20 * _SCALE)
    return drawn.crop((0, 0, drawn.width, below))


def _loaded(name: str) -> Any:  # noqa: ANN401 - a module without types
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Unprintable("PDF and pictures need the extra: pip install 'anth-triage[pdf]'") from None
    except OSError as error:
        library = str(error).partition("'")[2].partition("'")[0] or "a library"
        raise Unprintable(f"PDF and pictures need {library} of the system: install Pango (libpango-1.0-0)") from None


def main() -> int:
    """Take the limits, read, lay out, write."""
    logging.disable()
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    try:
        content, status = printed(sys.stdin.read(), sys.argv[1]), 0
    except Unprintable as error:
        content, status = str(error).encode(), 1
    sys.stdout.buffer.write(content)
    return status


if __name__ == "__main__":
    sys.exit(main())
