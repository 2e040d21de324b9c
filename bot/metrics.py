"""What Prometheus reads of the bot as a whole; each label takes words of a list, never what people or others write."""

import platform
from collections.abc import Iterable
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from bot import __version__

ACK: Final = Histogram(
    "anth_triage_ack_seconds",
    "From the arrival of what a person did in Slack, or of an event, to its acknowledgement.",
    ["kind"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 3, 5),
)
QUEUED: Final = Gauge("anth_triage_queue_jobs", "Work that is due or was tried, and is not done.", ["kind"])
OLDEST: Final = Gauge("anth_triage_queue_oldest_seconds", "For how long the oldest of that work is due.", ["kind"])
DEAD: Final = Gauge("anth_triage_dead_jobs", "Work that was given up and that nobody has retried.", ["kind"])
TRIES: Final = Counter("anth_triage_job_tries_total", "Attempts at work, by how they ended.", ["kind", "outcome"])
CHECK: Final = Histogram(
    "anth_triage_check_seconds",
    "How long a check took.",
    ["check", "status"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 15, 20),
)
VERDICTS: Final = Counter("anth_triage_verdicts_total", "Verdicts that triages ended in.", ["severity", "fault"])
SOCKETS: Final = Gauge("anth_triage_open_sockets", "Open Socket Mode connections; none in HTTP mode.")
RECONNECTIONS: Final = Counter("anth_triage_socket_reconnections_total", "Connections that took an ended one's place.")
WAIT: Final = Histogram(
    "anth_triage_database_wait_seconds",
    "From asking for a transaction to having it.",
    ["access"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REFUSED: Final = Counter("anth_triage_http_refused_total", "Requests of HTTP mode that were turned away.", ["reason"])
READY: Final = Gauge("anth_triage_ready", "1 when nothing keeps the bot from working, else 0.")
BUILD: Final = Gauge("anth_triage_build_info", "Always 1; the labels say what runs.", ["version", "python"])
BUILD.labels(__version__, platform.python_version()).set(1)
UNKNOWN: Final = "other"
"""The label of work that only another version knows."""


def show_queue(rows: Iterable[tuple[str, int, float, int]], kinds: Iterable[str]) -> None:
    """Show the queue by kind: (kind, how many wait, seconds of the oldest, how many were given up)."""
    known = dict.fromkeys((*kinds, UNKNOWN), (0, 0.0, 0))
    for kind, waiting, oldest, dead in rows:
        name = kind if kind in known else UNKNOWN
        before = known[name]
        known[name] = (before[0] + waiting, max(before[1], oldest), before[2] + dead)
    for kind, (waiting, oldest, dead) in known.items():
        QUEUED.labels(kind).set(waiting)
        OLDEST.labels(kind).set(oldest)
        DEAD.labels(kind).set(dead)
