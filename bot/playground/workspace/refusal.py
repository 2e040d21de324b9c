"""How the stand-in says no: Slack's own error names."""

from collections.abc import Iterable

from bot.playground.workspace.model import Json


class Refused(Exception):
    """A Web API call is answered with `ok: false` and this error name.

    `messages` become `response_metadata.messages`; `status` and `retry_after` (seconds) are those of the HTTP answer;
    `extra` fields stand beside the error.
    """

    def __init__(
        self,
        error: str,
        *,
        messages: Iterable[str] = (),
        status: int = 200,
        retry_after: int | None = None,
        extra: Json | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = list(messages)
        self.status = status
        self.retry_after = retry_after
        self.extra = extra or {}

    def as_json(self) -> Json:
        """Return the body of the answer."""
        body: Json = {"ok": False, "error": self.error, **self.extra}
        if self.messages:
            body["response_metadata"] = {"messages": self.messages}
        return body


class NotPossible(AssertionError):
    """A person could not do this in Slack: there is no such button, form or channel for them."""
