"""No secret leaves the process: not into the database, Slack, the log or the export."""

import asyncio
import logging
from pathlib import Path

import pytest

from bot.postmortem.context import build
from bot.postmortem.render import render_markdown
from tests.scene import Scene

PLANTED = "sk-ant-api03-" + "Zq7" * 31 + "AA"


async def test_what_people_paste_is_redacted_before_every_write(desk: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """A key typed into a form reaches neither the timeline, nor Slack, nor the file, nor the log."""
    caplog.set_level(logging.DEBUG)
    channel = await desk.opened()
    card = await desk.see(channel, "[ Resolve ]")
    await desk.slack.press(desk.lena, channel, card.ts, label="Resolve")
    await desk.until(lambda: desk.slack.view(desk.lena))
    words = {"impact": f"We sent {PLANTED} by mistake", "root_cause": "x", "mitigation": "y", "action_items": PLANTED}
    await desk.slack.submit(desk.lena, {**words, "early": PLANTED})
    await desk.see(channel, "Postmortem shared")
    incident, story = await desk.record()
    (file,) = [file for message in desk.slack.messages(channel) for file in message.files]
    written = [
        repr(story),
        render_markdown(build(incident, story)),
        file.bytes.decode(),
        "\n".join(desk.slack.read(message) for message in desk.slack.messages(channel)),
        caplog.text,
    ]
    for text in written:
        assert PLANTED[:25] not in text
    assert "We sent sk-ant-api03-…" in written[1]


@pytest.mark.parametrize("scenario", ["key_revoked"])
async def test_the_configured_secrets_are_nowhere(sqlite_url: str, desk: Scene, tmp_path: Path) -> None:
    """The bot's own key and tokens stand in no file of its data directory and in no message."""
    del sqlite_url
    await desk.verdict()
    secrets = [desk.world.provider.api_key, desk.slack.bot_token, desk.slack.app_token]
    files = await asyncio.to_thread(lambda: [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()])
    seen = "\n".join(desk.slack.read(message) for message in desk.slack.messages("#ops"))
    for secret in secrets:
        assert secret not in seen
        assert [] == [1 for content in files if secret.encode() in content]
