"""The route that Slack calls in HTTP mode; Socket Mode needs none."""

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

MAX_BODY = 1024 * 1024
_DIGITS = 15  # of a time in seconds


def slack_route(app: AsyncApp, signing_secret: str) -> Route:
    """Return `/slack/events`: at most 1 MiB and signed over its raw bytes, before anything reads the body."""
    handler = AsyncSlackRequestHandler(app)
    verifier = SignatureVerifier(signing_secret)

    async def events(request: Request) -> Response:
        stamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _DIGITS and signature.isascii()):
            return PlainTextResponse("unsigned\n", status_code=401)
        if int(request.headers.get("content-length") or MAX_BODY + 1) > MAX_BODY:
            return PlainTextResponse("too large\n", status_code=413)
        body = await request.body()
        if len(body) > MAX_BODY or not verifier.is_valid(body, stamp, signature):
            return PlainTextResponse("unsigned\n", status_code=401)
        return await handler.handle(request)

    return Route("/slack/events", events, methods=["POST"])
