"""`anth-triage demo` as a process: ready in a moment, ended by Ctrl+C, and no real token comes near it."""

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = [pytest.mark.e2e]


async def test_the_demo_serves_its_page_until_it_is_ended(tmp_path: Path) -> None:
    """The address that it prints opens the page, and the bot's records stay when it is over."""
    command = (sys.executable, "-m", "bot", "demo", "--no-browser", "--port", "0", "-o", str(tmp_path / "demo"))
    running = await asyncio.create_subprocess_exec(
        *command, env={"PATH": os.environ["PATH"]}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert running.stdout is not None
    told = ""
    while "Ready after" not in told:
        line = await running.stdout.readline()
        assert line, (await running.communicate())[1].decode()
        told += line.decode()
    found = re.search(r"Ready after [\d.]+ s: (http://127\.0\.0\.1:\d+) \(Ctrl\+C ends it\)", told)
    assert found is not None
    async with httpx.AsyncClient(base_url=found[1], trust_env=False) as client:
        assert "anth-triage demo" in (await client.get("/")).text
        assert "#ops" in (await client.get("/screen")).json()["head"]
    running.send_signal(signal.SIGINT)
    rest, errors = await running.communicate()
    assert 0 == running.returncode, errors.decode()
    assert b"The bot's records stay in" in rest
    assert ["anth-triage.db"] == [file.name for file in (tmp_path / "demo" / "records").iterdir()]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-1-2-abc"),
        ("SLACK_APP_TOKEN", "xapp-1-A-2-abc"),
        ("ANTHROPIC_API_KEY", "sk-ant-api03-abc"),
        ("ANTHROPIC_ADMIN_KEY", "sk-ant-admin01-abc"),
    ],
)
async def test_a_real_looking_token_is_refused(name: str, value: str, tmp_path: Path) -> None:
    """Its name is told with what to do, its value is not, and nothing is started."""
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "-o", str(tmp_path / "demo")),
        env={"PATH": os.environ["PATH"], name: value},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await running.communicate()
    assert (2, b"") == (running.returncode, out)
    assert f"env -u {name} anth-triage demo" in errors.decode()
    assert value.encode() not in errors
    assert not await asyncio.to_thread((tmp_path / "demo").exists)
