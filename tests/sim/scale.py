"""How large the suites' figures are: a gate's by default, a multiple of it by CHAOS."""

import os

CHAOS = float(os.environ.get("CHAOS", "1"))
