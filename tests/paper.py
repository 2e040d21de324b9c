"""Whether PDF can be made on this machine; where it cannot, its tests are skipped for a reason that CI looks for."""

import ctypes.util
import importlib.util

import pytest

_READY = bool(importlib.util.find_spec("weasyprint") and ctypes.util.find_library("pango-1.0"))
needs_paper = pytest.mark.skipif(not _READY, reason="WeasyPrint cannot be loaded: nobody looked at the PDF")
