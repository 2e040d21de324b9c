"""What each document must say, worked out by hand from its story; no code of the bot had a part in these figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tests.golden.hostile import nasty


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The figures of one incident; moments as people write them (UTC), spans, and what nobody can know as None.

    `open_tasks` are the tasks and action items, of every ending, that are not done. `ahead` is by how much our first
    failure came before the provider's page told of the same trouble (below zero: after it).
    """

    first_failure: str | None = None
    last_failure: str | None = None
    detect: timedelta | None = None
    acknowledge: timedelta | None = None
    mitigate: timedelta | None = None
    resolve: timedelta | None = None
    ahead: timedelta | None = None
    failures: Mapping[str, int] = field(default_factory=dict)
    reopened: int = 0
    open_tasks: int = 0
    severity: str
    fault: str = ""
    branch: str = ""


def _min(minutes: int, seconds: int = 0) -> timedelta:
    return timedelta(minutes=minutes, seconds=seconds)


FACTS: Final[Mapping[str, Facts]] = {
    "one_minute_blip": Facts(
        first_failure="2026-09-14 09:12:10",
        last_failure="2026-09-14 09:12:13",
        detect=_min(0, 10),  # opened 09:12:20
        acknowledge=_min(0, 20),  # 09:12:40
        mitigate=_min(0, 38),  # 09:12:58, the first clean measurement after the last failure, though nobody did a thing
        resolve=_min(0, 55),  # 09:13:15
        failures={"overloaded": 5},
        severity="P1",
        fault="theirs",
        branch="overloaded",
    ),
    "three_days": Facts(
        first_failure="2026-10-05 07:59:56",
        last_failure="2026-10-07 21:11:59",  # measurement 680
        detect=_min(2, 4),  # opened 08:02:00
        acknowledge=_min(18),
        # Measurement 681, at 21:17:24, is the first after which nothing failed: the clean ones before it lie between
        # failures, and so does the recovery that was told after 14 minutes.
        mitigate=timedelta(days=2, hours=13, minutes=15, seconds=24),
        resolve=timedelta(days=3, hours=1),
        ahead=timedelta(hours=5, minutes=30, seconds=4),  # the page spoke at 13:30:00
        failures={"server_error": 35, "timeout": 7},  # 0, 20 ... 680, and 50, 150 ... 650
        open_tasks=1,
        severity="P3",
        fault="theirs",
        branch="server_error",
    ),
    "key_compromise": Facts(
        acknowledge=_min(1, 30),
        mitigate=_min(4, 12),  # the key was read back as inactive at 14:07:12: that ended the danger
        resolve=timedelta(hours=2, minutes=42),
        open_tasks=1,
        severity="P1",
        fault="ours",
        branch="auth.exposed",
    ),
    "nothing_measured": Facts(
        acknowledge=_min(1, 30),
        mitigate=_min(45),
        resolve=_min(75),
        open_tasks=2,
        severity="P2",
    ),
    "reopened_twice": Facts(
        first_failure="2026-09-21 10:00:00",
        last_failure="2026-09-21 13:00:33",
        detect=_min(1),
        acknowledge=_min(1),
        mitigate=_min(11),  # in the first round
        resolve=_min(19 + 38 + 45),
        ahead=_min(41),
        failures={"overloaded": 15},
        reopened=2,
        open_tasks=2,  # one of the first ending, one of the second: nobody has done them
        severity="P1",
        fault="theirs",
        branch="overloaded",
    ),
    "many_scripts": Facts(
        first_failure="2026-12-01 05:00:00",
        last_failure="2026-12-01 05:00:03",
        detect=_min(2),
        acknowledge=_min(3),
        mitigate=_min(18),  # clean from 05:20:00 on
        resolve=_min(30),
        failures={"overloaded": 5},
        open_tasks=2,
        severity="P2",
        fault="theirs",
        branch="overloaded",
    ),
    "hostile_markup": Facts(
        first_failure="2026-07-15 08:59:00",
        last_failure="2026-07-15 08:59:00",
        detect=_min(1),
        acknowledge=_min(1),
        mitigate=_min(9),
        resolve=_min(17 + 1),
        ahead=-_min(1),
        failures={nasty("leaf"): 5},
        reopened=1,
        open_tasks=5,  # a task, and two items of each ending
        severity="P2",
        fault="theirs",
        branch=nasty("branch"),
    ),
    "clock_change": Facts(
        first_failure="2026-10-25 00:37:00",
        last_failure="2026-10-25 00:37:03",
        detect=_min(3),
        acknowledge=_min(10),
        mitigate=_min(20),
        resolve=_min(45),
        failures={"overloaded": 5},
        severity="P1",
        fault="theirs",
        branch="overloaded",
    ),
    "one_model_of_three": Facts(
        first_failure="2026-11-03 17:30:00",
        last_failure="2026-11-03 17:45:03",
        detect=_min(2, 30),
        acknowledge=_min(2, 30),
        mitigate=_min(22, 30),  # 17:55:00
        resolve=_min(30),
        failures={"overloaded": 5, "timeout": 3},
        open_tasks=1,
        severity="P2",
        fault="theirs",
        branch="overloaded",
    ),
    "private": Facts(
        first_failure="2026-05-11 08:31:00",
        last_failure="2026-05-11 08:31:03",
        detect=_min(5),
        acknowledge=_min(0, 30),
        mitigate=timedelta(hours=4, minutes=34),  # the first clean measurement; that it is lifted was said later
        resolve=timedelta(hours=5),
        failures={"permission.hold": 10},
        open_tasks=1,
        severity="P1",
        fault="ours",
        branch="permission.hold",
    ),
    "never_resolved": Facts(
        first_failure="2026-11-16 16:00:00",
        last_failure="2026-11-16 18:00:03",
        detect=_min(4),
        acknowledge=_min(48),
        failures={"rate_limit": 11},
        reopened=1,
        open_tasks=2,
        severity="P3",
        fault="ours",
        branch="rate_limit",
    ),
    "severity_overridden_twice": Facts(
        first_failure="2026-04-28 06:00:00",
        last_failure="2026-04-28 06:40:03",
        detect=_min(3),
        acknowledge=_min(9),
        mitigate=_min(62),
        resolve=_min(90),
        failures={"timeout": 8},
        severity="P1",
        fault="unknown",
        branch="timeout",
    ),
    "balance_used_up": Facts(
        first_failure="2026-03-17 10:46:00",
        last_failure="2026-03-17 11:05:03",
        detect=None,  # it was opened before our own requests met a failure: they cannot say how long that took
        acknowledge=_min(1),
        mitigate=_min(38),
        resolve=_min(50),
        ahead=None,  # the page told of something else, and the fault was ours
        failures={"billing.credit": 10},
        open_tasks=2,
        severity="P2",
        fault="ours",  # measured after the opening, which knew nothing yet
        branch="billing.credit",
    ),
    "mended_words": Facts(
        first_failure="2026-07-07 12:00:00",
        last_failure="2026-07-07 12:00:03",
        detect=_min(2),
        acknowledge=_min(1),
        mitigate=_min(23),
        resolve=_min(30),
        failures={"network.dns": 5},
        open_tasks=2,
        severity="P1",
        fault="ours",
        branch="network.dns",
    ),
    "page_first": Facts(
        first_failure="2026-06-09 21:30:00",
        last_failure="2026-06-09 21:30:03",
        detect=_min(3),
        acknowledge=_min(1),
        mitigate=_min(12),  # clean from 21:45:00 on; that this was the end was certain 13 minutes later
        resolve=_min(30),
        ahead=-_min(20),
        failures={"server_error": 6},
        severity="P2",
        fault="theirs",
        branch="server_error",
    ),
    "page_unreadable": Facts(
        first_failure="2026-06-23 04:15:00",
        last_failure="2026-06-23 04:38:30",  # of production; our own requests got through by then
        detect=_min(1),
        acknowledge=_min(5),
        mitigate=_min(34),
        resolve=_min(60),
        failures={"server_error.gateway": 20},
        severity="P1",
        fault="theirs",
        branch="server_error.gateway",
    ),
    "rewritten_postmortem": Facts(
        first_failure="2026-10-12 20:10:00",
        last_failure="2026-10-12 20:10:03",
        detect=_min(1),
        acknowledge=_min(2),
        mitigate=_min(29),
        resolve=_min(45),
        failures={"streaming_error": 5},
        severity="P1",
        fault="theirs",
        branch="streaming_error",
    ),
    "ten_thousand_events": Facts(
        first_failure="2026-01-04 23:59:56",
        last_failure="2026-01-11 22:35:59",  # minute 9,996
        detect=_min(0, 34),  # opened 00:00:30
        acknowledge=_min(0, 15),
        resolve=_min(9_999, 30),
        failures={"server_error": 29_994},  # six in the first measurement, and six in every other minute up to 9,996
        severity="P2",
        fault="theirs",
        branch="server_error",
    ),
}

SAYS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("one_minute_blip", ("To detect", "10 s")),
    ("one_minute_blip", ("To resolve", "55 s")),
    ("three_days", ("To acknowledge", "18 min")),
    ("three_days", ("To resolve", "3 d 1 h")),
    ("three_days", ("5 h 30 min before", "status page")),
    ("three_days", ("first failure", "2026-10-05 07:59:56")),
    ("three_days", ("42 of 16000", "failed")),
    ("three_days", ("server_error", "35", "2026-10-07 21:11:59")),
    ("key_compromise", ("To resolve", "2 h 42 min")),
    ("nothing_measured", ("began in production", "2026-08-19 06:40:00", "Jonas Lindqvist")),
    ("nothing_measured", ("Affected", "the shops in France and Spain", "Ines Duarte")),
    ("reopened_twice", ("To resolve", "1 h 42 min")),
    ("reopened_twice", ("41 min before", "status page")),
    ("reopened_twice", ("Reopened", "10:52:00", "Chat fails again since we switched back.", "Seun Adeyemi")),
    ("clock_change", ("To resolve", "45 min")),
    ("clock_change", ("Duration", "2026-10-25 00:40:00 UTC", "2026-10-25 01:25:00 UTC")),
    ("private", ("INC-111", "private")),
    ("never_resolved", ("Spread the batch over the night", "2026-11-20")),
    ("severity_overridden_twice", ("Severity", "P1", "Ines Duarte", "Orders are down by a third.")),
    ("severity_overridden_twice", ("2026-04-28 06:10:00", "P2", "checkout assistant", "Tomasz Wrona")),
    ("balance_used_up", ("began in production", "2026-03-17 10:31:00", "Seun Adeyemi")),
    ("mended_words", ("Impact", "Only those who logged in anew were shut out.")),
    ("mended_words", ("The proxy is at fault.", "taken back: it was the resolver")),
    ("mended_words", ("Tomasz Wrona said", "[erased]")),
    ("page_first", ("20 min", "status page")),
    ("page_first", ("2026-06-09 21:42:00", "monitoring", "A fix is in place and we are watching it.")),
    ("page_unreadable", ("status page", "could not be read")),
    ("balance_used_up", ("billing.credit: 5 of 5 attempts failed", "(measured)")),
    ("balance_used_up", ("Root cause: The prepaid credit ran out", "Seun Adeyemi")),
    ("balance_used_up", ("Advised: The account cannot pay", "(decision tree)")),
    ("balance_used_up", ("Slow uploads to the Files API", "posted")),  # it stays in the provider's view
    ("key_compromise", ("active for 4 min 12 s", "14:03 UTC", "14:07 UTC", "(Mirela Kostova, measured)")),
    ("key_compromise", ("in the wrong hands", "(Mirela Kostova)")),
    ("key_compromise", ("Refuse commits that contain a key", "(Mirela Kostova)")),
    ("one_minute_blip", ("It hurt for 48 s", "09:12:10", "09:12:58")),
    ("one_minute_blip", ("Why: nobody has written it down.",)),
    ("reopened_twice", ("It hurt for 52 min in 3 rounds", "10:00", "10:12", "10:50", "11:10", "13:00", "13:20")),
    ("reopened_twice", ("the measurement spoke for 529, measured 2026-09-21 10:00:00 UTC",)),
    ("mended_words", ("Request IDs", "none: what failed came without one")),
    ("severity_overridden_twice", ("Request IDs", "none: what failed came without one")),
    ("never_resolved", ("not over", "16:00", "18:00")),
    ("rewritten_postmortem", ("Root Cause", "as their log of changes says", "Tomasz Wrona")),
    ("rewritten_postmortem", ("Detection", "A customer called before our alert did.", "Mirela Kostova")),
    ("rewritten_postmortem", ("Mitigation", "not recorded")),
    ("rewritten_postmortem", ("Alert on streams without an end.", "Ines Duarte")),
)
"""What one paragraph, item or row of the document must hold."""

NEVER_SAYS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("never_resolved", ("thought to be over", "2 times")),  # it was once
    ("never_resolved", ("Duration", "not recorded")),  # it is known: it is still open
    ("key_compromise", ("People say it began",)),  # what began at 14:07 are the failures after we switched the key off
    ("balance_used_up", ("status page named", "Slow uploads")),  # it is no part of what broke
    ("key_compromise", ("in the wrong hands", "(measured)")),  # a person's word
    ("balance_used_up", ("before", "status page")),  # the page spoke of other trouble
    ("nothing_measured", ("Nothing was measured", "(measured)")),  # then it is not the measurements that say it
    ("one_minute_blip", ("rule 2-all-500-529", "(Ines Duarte)")),  # a rule said it, not the one who opened
    ("mended_words", ("Helena Brandt",)),  # erased
    ("mended_words", ("Impact", "Nobody could log in")),  # corrected
    ("rewritten_postmortem", ("Root Cause", "gateway")),  # rewritten
    ("rewritten_postmortem", ("Mitigation", "restarted")),  # taken back
)
"""What no line of the document may hold."""
