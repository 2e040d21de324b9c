"""The floor of an effect: posts a message to each channel, eight at a time, by Slack's own client; keeps nothing.

`python -m tests.bench.posts CHANNELS`: a JSON list; takes SLACK_API_URL and SLACK_BOT_TOKEN from the environment.
"""

import asyncio
import json
import os
import sys

from slack_sdk.web.async_client import AsyncWebClient

SLOTS = 8
TEXT = "529 overloaded: theirs, P1. " * 30  # about as long as a verdict


async def main(channels: list[str]) -> None:
    """Post."""
    client = AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    waiting = iter(channels)

    async def post() -> None:
        for channel in waiting:
            await client.chat_postMessage(channel=channel, text=TEXT)

    await asyncio.gather(*(post() for _ in range(SLOTS)))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
