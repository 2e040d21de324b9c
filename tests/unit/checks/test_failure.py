"""A failed transport is named by its class and the cause beneath it."""

import socket
import ssl

import pytest

from bot.checks.failure import name_failure


def raised(error: BaseException, cause: BaseException) -> BaseException:
    """Return the error as if raised from the cause."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (socket.gaierror(-2, "Name or service not known"), "OSError: gaierror: [Errno -2] Name or service not known"),
        (ConnectionRefusedError(111, "refused"), "OSError: ConnectionRefusedError: [Errno 111] refused"),
        (ssl.SSLCertVerificationError("self-signed"), "OSError: SSLCertVerificationError: ('self-signed',)"),
        (KeyError("odd"), "OSError: failed"),
    ],
)
def test_the_telling_cause_is_named(cause: BaseException, expected: str) -> None:
    """What says nothing is passed over."""
    assert expected == name_failure(raised(OSError("failed"), cause))


def test_the_cause_is_found_in_a_group() -> None:
    """One error per address that was tried comes as a group."""
    group = ExceptionGroup("all failed", [ValueError("x"), ConnectionRefusedError(111, "refused")])
    assert "OSError: ConnectionRefusedError: [Errno 111] refused" == name_failure(raised(OSError("failed"), group))


def test_an_error_without_text_is_its_name() -> None:
    """No trailing colon."""
    assert "TimeoutError" == name_failure(TimeoutError())


def test_a_circle_of_causes_ends() -> None:
    """An error that is its own cause is named, too."""
    error = OSError("round")
    error.__cause__ = error
    assert "OSError: round" == name_failure(error)


def test_a_long_text_is_cut_and_on_one_line() -> None:
    """Foreign text never fills a page."""
    named = name_failure(OSError("x\n" * 1_000))
    assert "\n" not in named
    assert len(named) < 250
