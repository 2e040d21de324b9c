"""The console commands as a person runs them: output, JSON, exit status, and answers to bad input."""

import asyncio
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.paths import read_rules
from bot.playground.world import World
from bot.store.schema import REVISION
from tests.console import run, start
from tests.paper import needs_paper
from tests.scene import Scene

pytestmark = [pytest.mark.e2e]


def _only_file(folder: Path) -> str:
    (file,) = folder.glob("*.md")
    return file.read_text()


@pytest.mark.parametrize(
    ("scenario", "status", "severity"),
    [("healthy", 0, "none"), ("overloaded_storm", 1, "P1"), ("key_revoked", 1, "P1")],
)
async def test_triage_as_json(scenario: str, status: int, severity: str) -> None:
    """One JSON document of the agreed shape, and the exit status says whether there is an incident."""
    async with World(scenario) as world:
        done = await run(world.environment(), "triage", "--json")
        assert world.provider.api_key not in done.out + done.errors
    found = json.loads(done.out)
    assert (status, severity) == (done.status, found["severity"]), done.errors
    assert "" == done.errors
    assert {
        "severity", "provisional", "fault", "branch", "because", "rule", "checks", "samples",
        "rate_limits", "next_steps", "vantage", "started_at", "duration_ms",
    } == set(found)  # fmt: skip
    assert {"name", "status", "summary", "latency_ms", "request_ids"} == set(found["checks"][0])
    assert {"status_page", "messages", "rate_limits"} <= {check["name"] for check in found["checks"]}


async def test_triage_for_people() -> None:
    """The terminal shows each check, the verdict in words, and what to do next."""
    async with World("overloaded_storm") as world:
        done = await start(world.environment(), "triage")
    assert "P1 · fault: theirs · overloaded" in done.out
    assert "status page" in done.errors
    assert 1 == done.status


async def test_production_s_own_traffic_outweighs_clean_probes() -> None:
    """The bot's probes are fine and production's are not: the verdict is production's."""
    text = "\n".join(json.dumps({"status": 529, "error_type": "overloaded_error"}) for _ in range(20))
    async with World("healthy") as world:
        done = await start(world.environment(), "triage", "--json", "--traffic", "-", stdin=text)
        bad = await run(world.environment(), "triage", "--traffic", "-", stdin="x")
    found = json.loads(done.out)
    assert ("P1", "theirs", "overloaded") == (found["severity"], found["fault"], found["branch"])
    assert (2, "The traffic cannot be read: line 1") == (bad.status, bad.errors[:34])


async def test_a_terminal_triage_remembers(database_url: str, tmp_path: Path) -> None:
    """Runs of the terminal are kept where the bot keeps records; later verdicts know them and what was piped in."""
    line = json.dumps({"status": 429, "error_type": "rate_limit_error"})
    async with World("healthy") as world:
        place = {"DATABASE_URL": database_url, "ANTH_TRIAGE_DATA_DIR": str(tmp_path)}
        environment = world.environment() | place
        first = json.loads((await run(environment, "triage", "--json", "--traffic", "-", stdin=line)).out)
        second = json.loads((await run(environment, "triage", "--json")).out)
    checks = {check["name"]: check["summary"] for check in second["checks"]}
    assert not {"earlier"} & {check["name"] for check in first["checks"]}
    assert "probes of earlier runs failed in the last hour" in checks["earlier"]
    assert "1 of 1 of production's requests failed" in checks["traffic"]
    assert ("P2", "rate_limit") == (second["severity"], second["branch"])


async def test_a_triage_does_not_depend_on_its_records(tmp_path: Path) -> None:
    """Records that cannot be used are left aside with a word, and the verdict comes all the same."""
    async with World("healthy") as world:
        environment = world.environment() | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
        done = await run(environment | {"ANTH_TRIAGE_DATA_DIR": str(tmp_path)}, "triage", "--json")
    assert "none" == json.loads(done.out)["severity"]
    assert "The records are left aside: The database does not answer." in done.errors


async def test_explain_takes_any_text() -> None:
    """A pasted error gets its branch, whose fault, and what to do; a key in it is not shown again."""
    key = "sk-ant-api03-" + "Zq7" * 31 + "AA"
    text = f'HTTP 529 {{"type":"error","error":{{"type":"overloaded_error","message":"Overloaded {key}"}}}}'
    done = await start({}, "explain", stdin=text)
    assert 0 == done.status, done.errors
    assert "(overloaded) · fault: theirs" in done.out
    assert key[:25] not in done.out
    empty = await run({}, "explain", stdin=" ")
    assert (2, "There is nothing to explain.") == (empty.status, empty.errors.splitlines()[0])


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ("overloaded", 0, "(overloaded)"),
        ("529", 0, "(overloaded)"),
        ("httpx.ReadTimeout", 0, "(timeout)"),
        ("no-such-file.txt", 2, "give the TEXT itself"),
        ("no/such/file", 2, "give the TEXT itself"),
    ],
)
async def test_explain_takes_a_single_word(given: str, status: int, said: str) -> None:
    """One word that names no file is the text; what looks like a path that leads nowhere is told so."""
    done = await run({}, "explain", given)
    assert status == done.status
    assert said in done.out + done.errors


async def test_explain_takes_cases_line_by_line() -> None:
    """Each line that is a case gives one JSON line of the agreed shape, however odd the case."""
    seen = {"http_status": 401, "error_type": "authentication_error", "message": "invalid x-api-key", "headers": None}
    lines = [{"id": "a", "observations": [seen], "more": 1}, {"id": "b", "observations": None}]
    done = await run({}, "explain", "--json", stdin="\n".join(map(json.dumps, lines)))
    first, second = map(json.loads, done.out.splitlines())
    assert {
        "id", "branch", "fault", "severity", "provisional", "retry", "retry_after_s", "action", "because"
    } == set(first)  # fmt: skip
    assert ("a", "auth", "no") == (first["id"], first["branch"].partition(".")[0], first["retry"])
    assert ("b", "unknown") == (second["id"], second["branch"])


async def test_without_a_key_nothing_was_measured() -> None:
    """No key: exit status 3, and never "no incident"."""
    async with World("healthy") as world:
        environment = world.environment() | {"ANTHROPIC_API_KEY": ""}
        done = await run(environment, "triage", "--json")
    found = json.loads(done.out)
    assert (3, "unknown") == (done.status, found["severity"])
    assert found["next_steps"][0].startswith("Set ANTHROPIC_API_KEY")


async def test_bad_settings_are_named_at_once() -> None:
    """Every wrong variable is named, exit status 2, and no value is shown."""
    done = await run({"ANTHROPIC_BASE_URL": "http://elsewhere.example", "ANTHROPIC_API_KEY": "sk bad"}, "triage")
    assert 2 == done.status
    assert "ANTHROPIC_BASE_URL" in done.errors
    assert "ANTHROPIC_API_KEY" in done.errors
    assert "sk bad" not in done.errors
    assert "Traceback" not in done.errors


@pytest.mark.parametrize("url", ["nonsense", "mysql://h/db", "sqlite:"])
async def test_a_wrong_database_url_is_named(url: str) -> None:
    """A database that cannot be used is a setting to mend, not a stack trace."""
    done = await run({"DATABASE_URL": url}, "incidents")
    assert 2 == done.status
    assert "DATABASE_URL: must begin with" in done.errors
    assert "Traceback" not in done.errors


async def test_a_taken_port_is_told_in_two_lines(tmp_path: Path) -> None:
    """A port that somebody else uses ends the start with what to do."""
    async with World("healthy") as world:
        port = world.workspace.url.rsplit(":", 1)[1]
        environment = world.environment() | {"ANTH_TRIAGE_DATA_DIR": str(tmp_path)}
        done = await run(environment, "serve", "--port", port)
    assert 2 == done.status
    assert "cannot be used" in done.errors
    assert "Traceback" not in done.errors


async def test_serve_without_tokens_says_what_to_do(tmp_path: Path) -> None:
    """A start without a token is one clear answer."""
    done = await start({"ANTH_TRIAGE_DATA_DIR": str(tmp_path / "data")}, "serve", "--port", "0")
    assert 2 == done.status
    assert "SLACK_BOT_TOKEN is not set" in done.errors
    assert not await asyncio.to_thread((tmp_path / "data").exists)


async def test_a_steered_clock_is_refused_with_real_services(tmp_path: Path) -> None:
    """The stand-ins' clock never gets near the real Slack."""
    tokens = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}
    environment = tokens | {"ANTH_TRIAGE_DATA_DIR": str(tmp_path)}
    done = await run(environment, "serve", "--clock-url", "http://127.0.0.1:9/clock")
    assert 2 == done.status
    assert "--clock-url" in done.errors


async def test_an_unknown_incident_is_exit_status_4(desk: Scene) -> None:
    """Asking for an incident that does not exist is told, with a status of its own."""
    environment = {"DATABASE_URL": desk.database_url}
    for command in ("show", "export"):
        done = await run(environment, command, "INC-99")
        assert (4, "There is no incident INC-99.") == (done.status, done.errors.splitlines()[0])
    assert 2 == (await run(environment, "show", "nonsense")).status
    assert "[]\n" == (await run(environment, "incidents", "--json")).out


async def test_records_of_an_incident(desk: Scene, tmp_path: Path) -> None:
    """What Slack shows can be listed, shown and exported in the terminal while the bot runs."""
    await desk.opened()
    environment = {"DATABASE_URL": desk.database_url}
    (listed,) = json.loads((await start(environment, "incidents", "--json")).out)
    assert ("INC-1", "investigating", "P1", "theirs", "overloaded") == tuple(
        listed[name] for name in ("id", "status", "severity", "fault", "branch")
    )
    shown = json.loads((await start(environment, "show", "inc-1", "--json")).out)
    kinds = [line["kind"] for line in shown["timeline"]]
    assert ["opened", "measured", "channel_created"] == [kind for kind in kinds if kind != "reminded"]
    assert {"lead", "roles", "tasks", "severity_history", "timeline", "measurements", "path", "postmortem"} <= set(
        shown
    )
    file = tmp_path / "out.md"
    done = await start(environment, "export", "1", "-o", str(file))
    assert 0 == done.status, done.errors
    assert "## Incident: Claude API: overloaded" in await asyncio.to_thread(file.read_text)
    assert "overloaded" in (await run(environment, "incidents")).out
    assert "created the channel" in (await run(environment, "show", "1")).out


async def test_words_are_corrected_and_erased(desk: Scene) -> None:
    """A title is corrected, then erased: card, list and timeline follow; who cannot say why is refused."""
    channel = await desk.opened()
    environment = {"DATABASE_URL": desk.database_url}
    told = ("--by", "Lena", "--reason", "clearer")
    done = await start(environment, "amend", "INC-1", "1", "title", "Chat was down", *told)
    assert (0, "Entry 1 of INC-1 is corrected.\n") == (done.status, done.out)
    await desk.see(channel, "INC-1 · Chat was down")
    done = await run(environment, "amend", "INC-1", "1", "because", "x", *told)
    assert (2, True) == (done.status, "it has title" in done.errors)
    assert 2 == (await run(environment, "erase", "INC-1", "1", "--by", "Lena")).status
    assert 4 == (await run(environment, "erase", "INC-9", "1", *told)).status
    done = await start(environment, "erase", "INC-1", "1", *told)
    assert (0, True) == (done.status, "are erased" in done.out)
    await desk.see(channel, "INC-1 · [erased]")
    assert "Chat was down" not in (await run(environment, "show", "INC-1", "--json")).out


async def test_retention_keeps_what_is_open(desk: Scene) -> None:
    """An open incident is never deleted; no days at all are refused."""
    await desk.opened()
    environment = {"DATABASE_URL": desk.database_url}
    assert "0 incidents would be deleted" in (await run(environment, "retention", "1", "--dry-run", "--by", "x")).out
    assert "0 incidents deleted" in (await start(environment, "retention", "1", "--by", "x")).out
    assert 2 == (await run(environment, "retention", "0", "--by", "x")).status


async def test_no_database_yet(tmp_path: Path) -> None:
    """Reading records before the bot ever ran says so, and makes no empty file."""
    done = await run({"ANTH_TRIAGE_DATA_DIR": str(tmp_path)}, "incidents")
    assert 2 == done.status
    assert "There is no database yet." in done.errors
    assert not await asyncio.to_thread(lambda: list(tmp_path.iterdir()))


async def test_db_upgrade_and_current(empty_url: str, tmp_path: Path) -> None:
    """The schema can be made and looked at by hand."""
    environment = {"DATABASE_URL": empty_url, "ANTH_TRIAGE_DATA_DIR": str(tmp_path)}
    assert "schema empty" in (await run(environment, "db", "current")).out
    assert f"schema {REVISION}, newest known {REVISION}" in (await start(environment, "db", "upgrade")).out


async def test_the_manifest_is_json() -> None:
    """The manifest can be pasted as it is, for both modes."""
    socket = json.loads((await start({}, "manifest")).out)
    http = json.loads((await run({}, "manifest", "--http", "https://bot.example/slack/events")).out)
    assert (True, False) == tuple(found["settings"]["socket_mode_enabled"] for found in (socket, http))
    for wrong in ("https://bot.example", "https://bot.example/slack", "http://bot.example/slack/events"):
        assert 2 == (await run({}, "manifest", "--http", wrong)).status


async def test_the_walk_plays_a_whole_incident(tmp_path: Path) -> None:
    """`demo --walk` goes from the command to the postmortem and leaves the file."""
    done = await start({}, "demo", "--walk", "-o", str(tmp_path))
    assert 0 == done.status, done.errors
    text = await asyncio.to_thread(_only_file, tmp_path)
    for part in (
        "## Incident:",
        "**Duration:**",
        "Chat answers failed for every customer",
        "- [ ] 2: Alert on the share",
    ):
        assert part in text
    for part in ("Lena types /anth-triage", "P1 · fault: theirs", "INC-1", "[ Resolve ]", "The postmortem is in"):
        assert part in done.out
    shown = await run({"ANTH_TRIAGE_DATA_DIR": str(tmp_path / "records")}, "show", "INC-1")
    for part in ("resolved: Claude API: overloaded", "lead: lena", "impact: Chat answers failed", "after 27 min"):
        assert part in shown.out
    assert not re.search(r"T\d\d:\d\d:\d\d\.\d{3}", shown.out)


async def test_rules_check_names_every_problem_with_its_line(tmp_path: Path) -> None:
    """Ours have none; a bad file ends with status 2 and says where; a file of another name is no rules file."""
    ours = await start({}, "rules", "check")
    assert (0, "No problem:") == (ours.status, ours.out[:11])
    bad = tmp_path / "severity.toml"
    bad.write_text('[[row]]\nnumber = 1\nid = "x"\nseverity = "P9"\n')
    done = await run({}, "rules", "check", str(bad))
    assert 2 == done.status
    assert "severity.toml:4 [[row]] x: severity 'P9' is not one of" in done.errors
    other = tmp_path / "other.toml"
    other.write_text("")
    both = (await run({}, "rules", "check", str(tmp_path))).errors
    assert "other.toml: no rules file has this name" in both
    assert "severity.toml:4 [[row]] x: severity 'P9' is not one of" in both


async def test_rules_check_takes_a_folder_and_what_the_settings_name(tmp_path: Path) -> None:
    """A folder by its path or by anth-triage.toml; bytes that are no text and a missing path are told."""
    folder = tmp_path / "rules"
    folder.mkdir()
    text = (await run({}, "rules", "show", "severity", "--toml")).out
    (folder / "severity.toml").write_text(text.replace("failing_share_min = 1.0", "failing_share_min = 9"), "utf-8")
    config = tmp_path / "anth-triage.toml"
    config.write_text('[rules]\nfolder = "rules"\n', "utf-8")
    named = {"ANTH_TRIAGE_CONFIG": str(config)}
    for environment, arguments in (({}, ("check", str(folder))), (named, ("check",)), (named, ("show",))):
        done = await run(environment, "rules", *arguments)
        assert (2, "") == (done.status, done.out)
        assert 2 == done.errors.count("failing_share_min must be a share above 0 and up to 1, not 9")
    (folder / "severity.toml").write_bytes(b"\xff")
    assert "severity.toml: is not UTF-8 text" in (await run({}, "rules", "check", str(folder))).errors
    assert "cannot be read" in (await run({}, "rules", "check", str(tmp_path / "gone"))).errors


@pytest.mark.parametrize("name", ["severity", "fault", "errors", "tree", "mitigations", "prices"])
async def test_rules_show(name: str) -> None:
    """The rules in force: for people, as one JSON document, and as the file to copy."""
    assert (await run({}, "rules", "show", name)).out.startswith("# ")
    assert json.loads((await run({}, "rules", "show", name, "--json")).out)
    assert read_rules()[name] == (await run({}, "rules", "show", name, "--toml")).out


async def test_db_jobs(database_url: str, tmp_path: Path) -> None:
    """What was given up is listed for an operator, and retried; a slip in the option is told."""
    environment = {"DATABASE_URL": database_url, "ANTH_TRIAGE_DATA_DIR": str(tmp_path)}
    assert "0 waiting, 0 given up" in (await run(environment, "db", "jobs")).out
    assert [] == json.loads((await run(environment, "db", "jobs", "--json")).out)
    assert "0 jobs will be tried again." in (await run(environment, "db", "jobs", "--retry", "all")).out
    assert "--retry takes a job's number" in (await run(environment, "db", "jobs", "--retry", "x")).errors


async def test_keys_without_a_database_names_what_is_missing(tmp_path: Path) -> None:
    """No server is blamed where a file is not there yet."""
    key = {"ANTHROPIC_ADMIN_KEY": "sk-ant-admin01-" + "Zq7" * 31, "ANTH_TRIAGE_DATA_DIR": str(tmp_path / "none")}
    done = await start(key, "keys")
    assert (2, True) == (done.status, "There is no database yet." in done.errors)
    assert "server" not in done.errors


async def test_a_postmortem_as_a_page_and_on_paper(desk: Scene, tmp_path: Path) -> None:
    """HTML goes to standard output, a PDF into a file or a pipe, but not onto a terminal; our template stands in."""
    await desk.opened()
    config = tmp_path / "anth-triage.toml"
    config.write_text('[postmortem]\ntemplate = "own.md.j2"\n')
    environment = {"DATABASE_URL": desk.database_url, "ANTH_TRIAGE_CONFIG": str(config)}
    page = await run(environment, "export", "1", "--format", "html")
    assert page.out.startswith("<!DOCTYPE html>")
    assert ["Our own template was used: own.md.j2 is no file."] == page.errors.splitlines()
    await asyncio.to_thread((tmp_path / "own.md.j2").write_text, "# {{ title | markdown }}\n")
    own = await run(environment, "export", "1")
    assert ("# Claude API: overloaded\n", "") == (own.out, own.errors)
    status, told = await asyncio.to_thread(_on_a_terminal, environment, "export", "1", "--format", "pdf")
    assert 2 == status
    assert ["A PDF is nothing for a terminal.", "Name a file: export INC-1 --format pdf -o FILE."] == told.splitlines()


@needs_paper
async def test_a_pdf_goes_into_a_file(desk: Scene, tmp_path: Path) -> None:
    """The same command with a file to write to makes the PDF."""
    await desk.opened()
    file = tmp_path / "postmortem.pdf"
    done = await run({"DATABASE_URL": desk.database_url}, "export", "1", "--format", "pdf", "-o", str(file))
    assert (0, f"Wrote {file}\n") == (done.status, done.errors)
    assert (await asyncio.to_thread(file.read_bytes)).startswith(b"%PDF-")


def _on_a_terminal(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Run the command with a terminal as its standard output; return its status and standard error."""
    ours, its = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env={"PATH": os.environ["PATH"], **environment},
            stdout=its, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    finally:
        os.close(ours)
        os.close(its)
    return done.returncode, done.stderr
