"""The answers that are not a success, by name: the API's own refusals, and what stands in front of it.

Bodies follow the API's documentation and public captures; those of 401 and 402 are built from the schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.playground.provider.wire import Reply

_RETRY = {"x-should-retry": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One error of the API as JSON; `{next_month}` and `{model}` in `message` are filled in.

    `details` is None (absent), "null" (present and null), or the `error_code` within it.
    """

    status: int
    type: str
    message: str
    details: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def reply(self, request_id: str, **words: str) -> Reply:
        """Return the answer as the API sends it, with the request id in body and header."""
        error: dict[str, object] = {"type": self.type, "message": self.message.format(**words)}
        if self.details is not None:
            error["details"] = None if self.details == "null" else {"error_code": self.details}
        payload = {"type": "error", "error": error, "request_id": request_id}
        return Reply.of_json(self.status, payload, {**self.headers, "request-id": request_id})


def invalid(message: str) -> Refusal:
    """Return the refusal of a request that is not in order; braces in `message` are text."""
    text = message.replace("{", "{{").replace("}", "}}")
    return Refusal(status=400, type="invalid_request_error", message=text)


REFUSALS: Mapping[str, Refusal] = {
    "credit": Refusal(
        status=400,
        type="invalid_request_error",
        message="Your credit balance is too low to access the Anthropic API. "
        "Please go to Plans & Billing to upgrade or purchase credits.",
    ),
    "own_limit": Refusal(
        status=400,
        type="invalid_request_error",
        message="You have reached your specified workspace API usage limits. "
        "You will regain access on {next_month} at 00:00 UTC.",
    ),
    "on_hold": Refusal(
        status=400,
        type="invalid_request_error",
        message="This organization has been disabled.",
        details="organization_on_hold",
    ),
    "unauthorized": Refusal(status=401, type="authentication_error", message="invalid x-api-key"),
    "key_missing": Refusal(status=401, type="authentication_error", message="x-api-key header is required"),
    "payment": Refusal(
        status=402,
        type="billing_error",
        message="Billing of the linked organization is unavailable.",
        details="linked_organization_billing_unavailable",
    ),
    "forbidden": Refusal(status=403, type="permission_error", message="Permission denied"),
    "not_found": Refusal(status=404, type="not_found_error", message="The requested resource could not be found."),
    "model_not_found": Refusal(status=404, type="not_found_error", message="model: {model}"),
    "method_not_allowed": Refusal(status=405, type="invalid_request_error", message="Method Not Allowed"),
    "rate_limited": Refusal(
        status=429,
        type="rate_limit_error",
        message="This request would exceed your organization's rate limit of {limit} per minute "
        "(org: {organization}, model: {model}).",
        headers=_RETRY,
    ),
    "ramp_limited": Refusal(
        status=429,
        type="rate_limit_error",
        message="This request would exceed your organization's maximum usage increase rate.",
        details="ramp_limit_exceeded",
        headers={"retry-after": "20", **_RETRY},
    ),
    "spend_cap": Refusal(
        status=429,
        type="rate_limit_error",
        message="You have reached your API usage limits: your organization has crossed its monthly API usage "
        "threshold, set based on your organization's API tier. You will regain access on {next_month} at 00:00 UTC.",
        details="enforced_spend_limit_reached",
    ),
    "server_error": Refusal(status=500, type="api_error", message="Internal server error", headers=_RETRY),
    "unavailable": Refusal(status=503, type="api_error", message="Service unavailable", headers=_RETRY),
    "server_timeout": Refusal(status=504, type="timeout_error", message="Request timeout", headers=_RETRY),
    "overloaded": Refusal(
        status=529,
        type="overloaded_error",
        message="Overloaded",
        details="null",
        headers={"via": "1.1 google", **_RETRY},
    ),
}
"""Refusals that name their cause; sent only after the request itself was found in order."""


def _gateway(status: int, title: str) -> Reply:
    page = f"<!DOCTYPE html>\n<html><head><title>stand-in | {status}: {title}</title></head><body>{title}</body></html>"
    return Reply.of_html(status, page, {"server": "cloudflare", "cf-ray": "9f0000000000stand-FRA"})


EDGE: Mapping[str, Reply] = {
    "edge_block": Reply.of_html(
        403,
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>",
        {"server": "cloudflare", "cf-mitigated": "challenge", "cf-ray": "9f0000000000stand-FRA"},
    ),
    "region_block": Reply.of_json(
        403, {"error": {"type": "forbidden", "message": "Request not allowed"}}, {"server": "cloudflare"}
    ),
    "too_large": Reply.of_json(
        413, {"error": {"type": "request_too_large", "message": "Request exceeds the maximum size"}}
    ),
    "gateway_502": _gateway(502, "Bad gateway"),
    "gateway_504": _gateway(504, "Gateway time-out"),
    "gateway_520": _gateway(520, "Web server is returning an unknown error"),
    "redirect": Reply(status=302, headers={"location": "http://198.51.100.7/login"}, chunks=(b"",)),
    "empty_200": Reply(status=200, headers={}, chunks=(b"",)),
    "html_200": Reply.of_html(200, "<html><body>Please sign in to the guest network.</body></html>"),
}
"""Answers of what stands in front of the API: they have no request id and ask for no key."""
