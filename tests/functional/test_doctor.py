"""The doctor: each misconfiguration is planted for real, and is named with the line to mend."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.app.doctor.visit import CHECKS, visit
from bot.app.lock import only_one
from bot.clock import SystemClock
from bot.errors import BadSettings
from bot.incidents.effects import word_to
from bot.playground.faults import Fault
from bot.playground.provider import ApiFault, Page
from bot.playground.world import World
from bot.rules.finding import Finding
from bot.settings import examine, secrets_in, strange_variables
from bot.slack.manifest import EVENTS, manifest
from bot.slack.scopes import OPTIONAL_SCOPES, SCOPES
from bot.store.database import Database
from bot.store.unit_of_work import Store
from tests.cluster import cluster, tools
from tests.contract.certificates import make_certificate
from tests.ground import Files
from tests.scene import Scene

ALL = frozenset(SCOPES) | frozenset(OPTIONAL_SCOPES)
SECONDS = 10.0
LOOKING_S = 6.0
NOBODY = 65534


@dataclass
class Clinic:
    """A healthy world with a bot's environment and a settings file; a test plants what is wrong, and asks."""

    world: World
    folder: Path
    variables: dict[str, str]
    tables: str = '[response]\nadmins = ["U0LEAD0001"]\n[postmortem]\nchart = false\n'
    manifest: str | None = None
    files: int = 0

    def environment(self) -> dict[str, str]:
        """Return the environment of the bot; the settings file is written anew."""
        config = self.folder / "anth-triage.toml"
        config.write_text(self.tables, "utf-8")
        return {
            **self.world.environment(),
            "ANTH_TRIAGE_DATA_DIR": str(self.folder / "data"),
            "ANTH_TRIAGE_CONFIG": str(config),
            **self.variables,
        }

    async def findings(self) -> tuple[Finding, ...]:
        """Return what the doctor finds; whatever that is, it holds no secret and was found in time."""
        environment = self.environment()
        began = time.monotonic()
        found = await visit(
            examine(environment),
            SystemClock(),
            secrets=secrets_in(environment),
            strange=strange_variables(environment),
            manifest=self.manifest,
        )
        assert time.monotonic() - began < SECONDS
        self.keep_secrets(str(found))
        assert [] == [one for one in found if "broke" in one.what]
        return found

    def keep_secrets(self, told: str) -> None:
        """Fail when a secret of this place, or the beginning of one, was told."""
        for secret in filter(None, secrets_in(self.environment())):
            assert secret not in told
            assert secret[: max(14, len(secret) // 2)] not in told

    async def problems(self, status: str = "problem") -> list[Finding]:
        """Return what is wrong, or what has another status."""
        return [one for one in await self.findings() if one.status == status]

    async def names(self, check: str, what: str, mend: str, status: str = "problem") -> Finding:
        """Return the check's finding of this status that says what is wrong and what to mend."""
        found = await self.findings()
        fits = [one for one in found if (one.check, one.status) == (check, status) and what in one.what]
        assert fits, [one for one in found if one.check == check]
        assert mend in fits[0].mend, fits[0].mend
        return fits[0]


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    """Yield a healthy place with records."""
    (tmp_path / "data").mkdir(mode=0o700)
    await Files(tmp_path / "data").fresh("anth-triage")
    async with World("healthy", ALL, events=frozenset(EVENTS)) as world:
        yield Clinic(world, tmp_path, {})


async def _run(environment: dict[str, str], *arguments: str, stdin: str = "", **more: Any) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        env={"PATH": os.environ["PATH"], **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **more,
    )
    out, errors = await process.communicate(stdin.encode())
    return process.returncode or 0, out.decode(), errors.decode()


async def test_a_healthy_world_has_no_problem(clinic: Clinic) -> None:
    """Exit status 0, problems none, the counts in the last line; as JSON one document."""
    environment = clinic.environment()
    status, out, errors = await _run(environment, "doctor")
    assert (0, "", 0) == (status, errors, out.count("problem:")), out
    assert out.splitlines()[-1].startswith("0 problems, ")
    status, out, _ = await _run(environment, "doctor", "--json")
    found = json.loads(out)
    assert (0, True) == (status, found["ok"])
    assert {"check", "status", "what", "mend"} == set(found["findings"][0])
    assert {one.name for one in CHECKS} == {one["check"] for one in found["findings"]}
    clinic.keep_secrets(out)


async def test_problems_come_first_and_end_in_1(clinic: Clinic) -> None:
    """People read the worst first; a program reads the exit status."""
    clinic.world.workspace.state.scopes.discard("chat:write")
    status, out, _ = await _run(clinic.environment(), "doctor")
    lines = out.splitlines()
    assert 1 == status
    assert "problem" in lines[0]
    assert "chat:write" in lines[0]
    assert lines[-1].startswith("1 problem, ")


# Settings.


@pytest.mark.parametrize(
    ("variable", "value", "what"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1-A0X-1-" + "a" * 60, "must begin with xoxb-; this is an app-level token"),
        ("SLACK_BOT_TOKEN", "xoxp-1-" + "a" * 60, "must begin with xoxb-; this is the token of a person"),
        ("SLACK_APP_TOKEN", "xoxb-1-" + "a" * 60, "must begin with xapp-; this is a bot token"),
        ("ANTHROPIC_API_KEY", "sk-ant-admin01-" + "Zq7" * 31, "is an Admin key"),
        ("ANTHROPIC_API_KEY", "sk-ant-api03-\u201cZq7" + "Zq7" * 30, "has a blank, a line end or a character outside"),
        ("ANTHROPIC_ADMIN_KEY", "sk-ant-api03-" + "Zq7" * 31, "is an API key"),
        ("ANTHROPIC_BASE_URL", "http://api.example.com", "must start with https://"),
        ("ANTHROPIC_BASE_URL", "https://api.example.com/v1", "leave out /v1"),
        ("DATABASE_URL", "postgresql+psycopg2://bot:Pq8Zx71mWv@db/x", "leave out the driver psycopg2"),
        ("DATABASE_URL", "postgresql://bot:Pq8Zx71mWv@db/x?sslmode=require", "the driver knows no sslmode"),
        ("DATABASE_URL", "postgresql://bot:Pq8Zx71mWv@db:five/x", "the port must be a number"),
        ("DATABASE_URL", "mysql://bot:Pq8Zx71mWv@db/x", "must begin with sqlite:/// or postgresql://"),
        ("SLACK_BOT_TOKEN_FILE", "/nowhere/token", "both it and SLACK_BOT_TOKEN_FILE are set"),
    ],
)
async def test_a_variable_that_cannot_be_used(clinic: Clinic, variable: str, value: str, what: str) -> None:
    """It is named with what is wrong, without its value; what hangs on it is not looked at."""
    clinic.variables[variable] = value
    found = await clinic.names("settings", what, variable.removesuffix("_FILE"))
    assert value not in str(found)
    wants = variable.removesuffix("_FILE")
    assert any(f"because {wants}" in one.what for one in await clinic.problems("not_looked_at"))


@pytest.mark.parametrize(
    ("tables", "what", "line"),
    [
        ("[probe]\nsamples = 5\nkee = 'x'\n", "[probe] kee - no such setting; did you mean key?", ":3)"),
        ("\n[prob]\nkey = 'production'\n", "[prob] - no such table; did you mean probe?", ":2)"),
        ("[response]\n# ours\ntimezone = 'Berlin'\n", "[response] timezone is no time zone", ":3)"),
        ("[rules]\nfolder = 'none'\n", "there is no such folder", ":2)"),
        ("[handoff]\n\nwebhook_url = 'https://x.example'\n", "set ANTH_TRIAGE_WEBHOOK_SECRET too", ":3)"),
        ("[probe]\nsamples = \n", "no valid TOML: Invalid value (at line 2, column 11)", ""),
    ],
)
async def test_a_line_of_the_settings_file(clinic: Clinic, tables: str, what: str, line: str) -> None:
    """It is named with its line; what else is set is looked at all the same."""
    clinic.tables = tables
    found = await clinic.names("settings", what, line)
    assert "anth-triage.toml" in found.mend
    assert {"bot_token", "api_key"} <= {one.check for one in await clinic.problems("ok")}


async def test_notes_on_what_is_not_set(clinic: Clinic) -> None:
    """No admins, the default model, a variable that nobody reads: told, and no error."""
    clinic.tables = ""
    clinic.variables = {"ANTH_TRIAGE_MODELS": "", "ANTH_TRIAGE_MODEL": "claude-haiku-5-5"}
    await clinic.names("admins", "no admins are named", "[response] admins", "note")
    await clinic.names("models_named", "the default", "ANTH_TRIAGE_MODELS", "note")
    await clinic.names("settings", "did you mean ANTH_TRIAGE_MODELS?", "ANTH_TRIAGE_MODEL", "note")
    assert [] == await clinic.problems()


async def test_no_way_for_slack(clinic: Clinic) -> None:
    """Neither Socket Mode nor HTTP; and a signing secret that is none."""
    clinic.variables = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": ""}
    await clinic.names("mode", "neither an app-level token nor a signing secret", "SLACK_SIGNING_SECRET")
    clinic.variables = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "Secret-of-another-kind-99"}
    await clinic.names("mode", "not of the shape", "SLACK_SIGNING_SECRET")


async def test_a_teams_own_rules_and_template(clinic: Clinic) -> None:
    """The line of the file, and the setting that names it."""
    own = clinic.folder / "own"
    own.mkdir()
    (own / "prices.toml").write_text("[[price]]\nmodle = 'x'\n", "utf-8")
    (own / "postmortem.md.j2").write_text("# fine\n{{ nosuch.thing }}\n", "utf-8")
    clinic.tables = "[rules]\nfolder = 'own'\n[postmortem]\nchart = false\ntemplate = 'own/postmortem.md.j2'\n"
    await clinic.names("rules", "prices.toml:", "[rules] folder (anth-triage.toml:2)")
    await clinic.names("template", "line 2", "[postmortem] template (anth-triage.toml:5)")


async def test_a_switch_for_nothing(clinic: Clinic) -> None:
    """A lever that serves a mitigation which there is not."""
    clinic.tables += "[[switch]]\nname = 'Flag'\nmitigations = ['nosuch']\n"
    await clinic.names("rules", "there is no nosuch", "[switch] mitigations (anth-triage.toml:7)")


@pytest.mark.parametrize(("chart", "status"), [("", "note"), ("chart = true", "problem")])
async def test_what_draws_charts_is_missing(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, chart: str, status: str
) -> None:
    """A note where nobody asked for it, else a problem with the setting's line."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    clinic.tables = f"[postmortem]\n{chart}\n"
    where = "[postmortem] chart (anth-triage.toml:2)" if chart else "anth-triage[pdf]"
    await clinic.names("chart", "weasyprint", where, status)


# Disk and database.


async def test_a_folder_that_cannot_be_written(clinic: Clinic) -> None:
    """The folder's rights as another user meets them, for root may write anywhere."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to run as somebody else")
    with tempfile.TemporaryDirectory() as place:
        folder, config = _open_to_all(place)
        given = {**clinic.environment(), "ANTH_TRIAGE_CONFIG": str(config)}
        for name, what in (
            ("data", "cannot be written by nobody; it belongs to root"),
            ("above/new", "cannot make it"),
        ):
            found = await asyncio.to_thread(_seen_by_nobody, {**given, "ANTH_TRIAGE_DATA_DIR": str(folder / name)})
            assert "problem" == found["status"], found
            assert what in found["what"]
            assert "ANTH_TRIAGE_DATA_DIR" in found["mend"]


def _open_to_all(place: str) -> tuple[Path, Path]:
    """Return a folder that others may pass and read, with two more in it, and a settings file there."""
    folder = Path(place)
    for one in (folder, folder / "data", folder / "above"):
        one.mkdir(exist_ok=True)
        one.chmod(0o755)
    config = folder / "anth-triage.toml"
    config.write_text("[postmortem]\nchart = false\n", "utf-8")
    return folder, config


def _seen_by_nobody(environment: dict[str, str]) -> dict[str, str]:
    """Return what the check of the folder finds in a process of another user; what it loads, it loads before."""
    become = (
        f"import os, bot.cli.doctor as d; os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY}); os.chdir('/')"
    )
    program = f"{become}; d.command(['--json'], prog_name='doctor')"
    given = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run([sys.executable, "-c", program], env=given, capture_output=True, text=True, check=False)
    assert 1 == done.returncode, done.stderr
    [found] = [one for one in json.loads(done.stdout)["findings"] if one["check"] == "data_dir"]
    return dict(found)


async def test_a_folder_that_is_not_there(clinic: Clinic) -> None:
    """`serve` makes it: a note, and nothing is made by looking."""
    clinic.variables["ANTH_TRIAGE_DATA_DIR"] = str(clinic.folder / "new" / "place")
    await clinic.names("data_dir", "there is no folder", "ANTH_TRIAGE_DATA_DIR", "note")
    await clinic.names("database", "`serve` makes it", "DATABASE_URL", "note")
    assert [] == await clinic.problems()
    assert not (clinic.folder / "new").exists()


async def test_records_that_others_can_read(clinic: Clinic) -> None:
    """Open to the machine all the way down."""
    with tempfile.TemporaryDirectory() as place:
        folder, _ = _open_to_all(place)
        await Files(folder).fresh("anth-triage")
        clinic.variables["ANTH_TRIAGE_DATA_DIR"] = place
        await clinic.names("data_dir", "others on this machine can read", f"chmod 700 {place}")
        await asyncio.to_thread(folder.chmod, 0o700)
        assert [] == await clinic.problems()


async def test_a_file_of_somebody_else(clinic: Clinic) -> None:
    """Whoever runs commands as root finds out before the bot's own user does."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to give a file away")
    os.chown(clinic.folder / "data" / "anth-triage.db", NOBODY, NOBODY)
    await clinic.names("data_dir", "belongs to nobody, and this is root", "as one user", "note")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder on a file system of a megabyte."""
    place = tmp_path / "small"
    place.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)  # noqa: S607 - the system's own


async def test_a_disk_that_is_nearly_full(clinic: Clinic, small_disk: Path) -> None:
    """Before the first click that cannot be saved."""
    clinic.variables["ANTH_TRIAGE_DATA_DIR"] = str(small_disk)
    await clinic.names("disk_space", "soon nothing more can be saved", "ANTH_TRIAGE_DATA_DIR")


async def test_two_processes_on_one_file(clinic: Clinic) -> None:
    """Who serves from it is named, to the second `serve` and by the doctor; within itself the bot finds itself."""
    file = clinic.folder / "data" / "anth-triage.db"
    holding = (
        "import pathlib, sys; from bot.app.lock import only_one\n"
        f"with only_one(pathlib.Path({str(file)!r})): print('held', flush=True); sys.stdin.read()"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    await other.stdout.readline()
    await clinic.names("one_process", f"process {other.pid} serves", f"stop process {other.pid}", "note")
    with pytest.raises(BadSettings, match=f"process {other.pid}"), only_one(file):
        pass
    other.terminate()
    await other.wait()
    with only_one(file):
        assert "this process serves" in (await clinic.names("one_process", "this process", "", "ok")).what


async def test_a_file_that_another_process_has_locked(clinic: Clinic) -> None:
    """It is given up in time."""
    file = clinic.folder / "data" / "anth-triage.db"
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}")
    async with engine.connect() as connection:
        await connection.execute(text("PRAGMA journal_mode=DELETE"))
        await connection.commit()
        await connection.execute(text("BEGIN EXCLUSIVE"))
        await clinic.names("database", "The database does not answer", "DATABASE_URL")
    await engine.dispose()


@pytest.mark.postgres
async def test_a_server_that_does_not_let_the_bot_in(clinic: Clinic, postgres_url: str) -> None:
    """The user, the name and the port, each in its words; a healthy one is fine."""
    clinic.variables["DATABASE_URL"] = postgres_url
    assert [] == await clinic.problems()
    for url, what in (
        ("postgresql://nosuchuser@127.0.0.1/postgres", "refuses the user or the password"),
        (postgres_url + "_not", "no database of this name"),
        ("postgresql://postgres:Pq8Zx71mWv@127.0.0.1:9/postgres", "does not answer"),
    ):
        clinic.variables["DATABASE_URL"] = url
        await clinic.names("database", what, "DATABASE_URL")
        await clinic.names("schema", "because the database cannot be used", "", "not_looked_at")


@pytest.mark.postgres
async def test_a_wrong_password(clinic: Clinic) -> None:
    """A server that asks for one; the password is not told."""
    programs = tools()
    if programs is None:
        pytest.skip("no server can be started here")
    with cluster(programs) as own:
        await _ask_for_passwords(own.url)
        clinic.variables["DATABASE_URL"] = own.url.replace("postgres@", "guarded:Wrong-Pq8Zx71mWv@")
        await clinic.names("database", "refuses the user or the password", "DATABASE_URL")
        status, _, errors = await _run(clinic.environment(), "incidents")
        assert (2, "The database refuses the user or the password.") == (status, errors.splitlines()[0])


async def _ask_for_passwords(url: str) -> None:
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text("CREATE ROLE guarded LOGIN PASSWORD 'right'"))
        file = (await connection.execute(text("SHOW hba_file"))).scalar_one()
        path = Path(str(file))
        rule = "host all guarded 127.0.0.1/32 scram-sha-256\n"
        await asyncio.to_thread(lambda: path.write_text(rule + path.read_text("utf-8"), "utf-8"))
        await connection.execute(text("SELECT pg_reload_conf()"))
        await asyncio.sleep(0.3)
    await engine.dispose()


@pytest.mark.parametrize("command", ["serve", "incidents", "doctor"])
async def test_a_driver_that_is_not_installed(clinic: Clinic, command: str) -> None:
    """One clear line in every command, and no traceback."""
    (clinic.folder / "without").mkdir()
    (clinic.folder / "without" / "asyncpg.py").write_text("raise ModuleNotFoundError('No module named asyncpg')\n")
    clinic.variables = {
        "DATABASE_URL": "postgresql://bot:Pq8Zx71mWv@127.0.0.1/x",
        "PYTHONPATH": str(clinic.folder / "without"),
    }
    status, out, errors = await _run(clinic.environment(), command)
    assert (1 if command == "doctor" else 2) == status
    assert "asyncpg, is not installed" in out + errors
    assert "pip install 'anth-triage[postgres]'" in out + errors
    assert "Traceback" not in errors
    assert "Pq8Zx71mWv" not in out + errors


async def test_a_schema_of_another_version(clinic: Clinic, database_url: str) -> None:
    """Behind, ahead, and not there at all, on both databases."""
    clinic.variables["DATABASE_URL"] = database_url
    assert [] == await clinic.problems()
    for told, what, mend in (
        ("0003", "schema is 0003", "anth-triage db upgrade"),
        ("9999", "newer than this version", "Start the newer version"),
        (None, "schema is empty", "anth-triage db upgrade"),
    ):
        await _stamp(database_url, told)
        await clinic.names("schema", what, mend)
        await clinic.names("dead_letters", "the database's schema is not this version's", "", "not_looked_at")


async def _stamp(url: str, told: str | None) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        statement = "DELETE FROM alembic_version" if told is None else "UPDATE alembic_version SET version_num = :told"
        await connection.execute(text(statement), {} if told is None else {"told": told})
        await connection.commit()
    await engine.dispose()


async def test_work_that_was_given_up(clinic: Clinic, database_url: str) -> None:
    """Counted by kind, with the command that tries it again."""
    database = Database(database_url)
    async with Store(database, SystemClock(), lambda data: data).begin() as unit:
        await unit.wish(word_to("U0LEAD0001", "x", "lane"))
    await database.close()
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        await connection.execute(text("UPDATE job SET dead = true"))
        await connection.commit()
    await engine.dispose()
    clinic.variables["DATABASE_URL"] = database_url
    await clinic.names("dead_letters", "1 slack.tell", "anth-triage db jobs --retry all")


# Slack.


@pytest.mark.parametrize("error", ["invalid_auth", "token_revoked", "account_inactive"])
async def test_a_bot_token_that_is_no_good(clinic: Clinic, error: str) -> None:
    """Revoked by somebody, or of an app that was removed; what needs it says so."""
    clinic.world.workspace.faults.add(Fault("auth.test", error=error, times=9))
    await clinic.names("bot_token", f"refuses the bot token ({error})", "SLACK_BOT_TOKEN")
    await clinic.names("scopes", f"because Slack says {error}", "", "not_looked_at")


async def test_tokens_of_another_app(clinic: Clinic) -> None:
    """Both were made anew in Slack, and not here."""
    clinic.variables = {name: clinic.environment()[name] for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")}
    clinic.world.workspace.state.bot_token = "xoxb-1-new"
    await clinic.names("bot_token", "refuses the bot token (invalid_auth)", "/apps/A0STANDIN1/oauth")
    clinic.world.workspace.state.app_token = "xapp-1-new"
    await clinic.names("app_token", "refuses the app-level token (invalid_auth)", "/apps/A0STANDIN1/general")


async def test_an_app_token_without_its_scope(clinic: Clinic) -> None:
    """It opens no line."""
    clinic.world.workspace.state.app_scopes.clear()
    await clinic.names("app_token", "lacks connections:write", "SLACK_APP_TOKEN")


async def test_socket_mode_is_off(clinic: Clinic) -> None:
    """Slack opens no line, whatever the token."""
    await clinic.world.workspace.hub.disconnect("link_disabled")
    await clinic.names("app_token", "it is switched off", "/apps/A0STANDIN1/socket-mode")


@pytest.mark.parametrize("scope", SCOPES)
async def test_each_scope_that_is_needed(clinic: Clinic, scope: str) -> None:
    """Named with what goes missing, and the page to add it on."""
    clinic.world.workspace.state.scopes.discard(scope)
    found = await clinic.names("scopes", f"the scope {scope} is missing", "/apps/A0STANDIN1/oauth")
    assert SCOPES[scope] in found.what
    assert f"add {scope}" in found.mend


@pytest.mark.parametrize("scope", OPTIONAL_SCOPES)
async def test_each_optional_scope(clinic: Clinic, scope: str) -> None:
    """A note, and no error."""
    clinic.world.workspace.state.scopes.discard(scope)
    found = await clinic.names("scopes", f"the optional scope {scope} is missing", f"add {scope}", "note")
    assert OPTIONAL_SCOPES[scope] in found.what
    assert [] == await clinic.problems()


async def test_events_that_do_not_come(clinic: Clinic) -> None:
    """An app older than this version: the scope that the event needs was never granted."""
    clinic.world.workspace.state.scopes.discard("channels:history")
    await clinic.names("events", "message.channels (channels:history)", "event-subscriptions")
    clinic.world.workspace.state.scopes.add("channels:history")
    clinic.world.workspace.state.scopes.discard("reactions:read")
    await clinic.names("events", "reaction_added (reactions:read)", "event-subscriptions", "note")


async def test_the_app_s_own_manifest(clinic: Clinic) -> None:
    """Without it, what cannot be told is said; with it each part that is missing is named with its line."""
    await clinic.names("app_manifest", "cannot be told from here", "doctor --manifest FILE", "not_looked_at")
    app = manifest()
    clinic.manifest = json.dumps(app)
    await clinic.names("app_manifest", "set up as this version asks", "", "ok")
    app["settings"]["event_subscriptions"]["bot_events"].remove("reaction_added")
    app["settings"]["interactivity"]["is_enabled"] = False
    app["settings"]["socket_mode_enabled"] = False
    app["oauth_config"]["scopes"]["bot"].remove("files:write")
    app["features"]["slash_commands"][0]["command"] = "/other"
    app["features"]["shortcuts"].pop()
    clinic.manifest = json.dumps(app)
    for what, mend in (
        ("the event reaction_added", 'add "reaction_added" to settings.event_subscriptions.bot_events'),
        ("interactivity is off", "settings.interactivity.is_enabled"),
        ("Socket Mode is off", "settings.socket_mode_enabled"),
        ("the scope files:write", 'add "files:write" to oauth_config.scopes.bot'),
        ("no slash command /anth-triage", "features.slash_commands"),
        ("no shortcut Explain this error", "features.shortcuts"),
    ):
        await clinic.names("app_manifest", what, mend)
    file = clinic.folder / "app.json"
    file.write_text(clinic.manifest, "utf-8")
    status, out, _ = await _run(clinic.environment(), "doctor", "--manifest", str(file))
    assert (1, True) == (status, "does not subscribe to the event reaction_added" in out)
    clinic.manifest = "<html>"
    await clinic.names("app_manifest", "no JSON object", "--manifest")


async def test_the_bot_is_in_no_channel(clinic: Clinic) -> None:
    """Nobody has invited it yet."""
    for channel in clinic.world.workspace.state.channels.values():
        if clinic.world.workspace.bot_user_id in channel.members:
            channel.members.remove(clinic.world.workspace.bot_user_id)
    await clinic.names("own_channels", "in no channel", "/invite")


async def test_the_channel_for_announcements(clinic: Clinic) -> None:
    """Not there, without the bot, archived, shared: each with the setting's line."""
    slack = clinic.world.workspace
    clinic.tables += '[announce]\nchannel = "C0NOSUCH11"\n'
    line = "[announce] channel (anth-triage.toml:6)"
    await clinic.names("announce", "is not there", line)
    there = slack.add_channel("news", ["lena"], with_bot=False)
    clinic.tables = clinic.tables.replace("C0NOSUCH11", there.id)
    await clinic.names("announce", "the bot is not in the channel", line)
    there.members.append(slack.bot_user_id)
    assert [] == await clinic.problems()
    there.archived = True
    await clinic.names("announce", "is archived", line)
    there.archived = False
    there.ext_shared = True
    await clinic.names("announce", "shared with another organisation", line)


async def test_people_that_the_settings_name(clinic: Clinic) -> None:
    """Unknown, deactivated, and groups that are not there: each id with the line that names it."""
    gone = clinic.world.workspace.add_person("Old", deleted=True)
    clinic.tables = (
        f'[response]\nescalate_to = ["U0LEAD0001", "{gone.id}", "S0NOSUCH1"]\nadmins = ["U0TYPO0001"]\n'
        '[channel]\ninvite = ["S0ONCALL01", "U0BOT00001"]\n[postmortem]\nchart = false\n'
    )
    await clinic.names("people", f"{gone.id} is deactivated", "[response] escalate_to (anth-triage.toml:2)")
    await clinic.names("people", "S0NOSUCH1 is nobody", "[response] escalate_to (anth-triage.toml:2)")
    await clinic.names("people", "U0TYPO0001 is nobody", "[response] admins (anth-triage.toml:3)")
    await clinic.names("people", "U0BOT00001 is a bot", "[channel] invite (anth-triage.toml:5)")


async def test_clocks(clinic: Clinic) -> None:
    """Where both disagree with ours it is ours; where one does, that is said."""
    clinic.world.workspace.state.date_skew_s = 400
    await clinic.names("clock", " s behind Slack; the two do not agree", "timedatectl")
    await clinic.world.provider.set(date_skew_s=400)
    found = await clinic.names("clock", "behind Slack", "timedatectl")
    assert "behind the provider" in found.what
    assert "do not agree" not in found.what


# The provider.


@pytest.mark.parametrize(
    ("answer", "what", "mend"),
    [
        ("unauthorized", "HTTP 401", "ANTHROPIC_API_KEY"),
        ("forbidden", "HTTP 403", "ANTHROPIC_API_KEY"),
        ("credit", "billing.credit", "https://platform.claude.com/settings/billing"),
        ("spend_cap", "quota_or_plan", "settings/limits"),
    ],
)
async def test_a_key_that_does_not_open(clinic: Clinic, answer: str, what: str, mend: str) -> None:
    """Not permitted, out of credit, at its cap: with the page of the Console."""
    await clinic.world.provider.set(faults=(ApiFault(answer=answer, endpoints=("count_tokens",)),))
    await clinic.names("api_key", what, mend)


async def test_a_key_that_was_revoked_or_is_missing(clinic: Clinic) -> None:
    """By its variable; without one, what needs it is not looked at."""
    await clinic.world.provider.set(key="revoked")
    await clinic.names("api_key", "HTTP 401", "ANTHROPIC_API_KEY")
    clinic.variables["ANTHROPIC_API_KEY"] = ""
    await clinic.names("api_key", "no API key is set", "ANTHROPIC_API_KEY")
    await clinic.names("models", "because ANTHROPIC_API_KEY is not set", "", "not_looked_at")


async def test_an_outage_is_no_problem_of_the_set_up(clinic: Clinic) -> None:
    """A provider in trouble is a note: the triage is for that."""
    await clinic.world.provider.set(faults=(ApiFault(answer="overloaded"),))
    await clinic.names("api_key", "that is the provider's trouble", "anth-triage triage", "note")


async def test_a_key_of_another_workspace(clinic: Clinic) -> None:
    """As the settings expect it, or not."""
    own = clinic.world.provider.keys.workspace
    clinic.tables += '[probe]\nworkspace = "wrkspc_01Other"\n'
    await clinic.names("workspace", f"{own}, not to wrkspc_01Other", "[probe] workspace (anth-triage.toml:6)")
    clinic.tables = clinic.tables.replace("wrkspc_01Other", own)
    await clinic.names("workspace", "as it should", "", "ok")


async def test_models_that_are_gone_or_go(clinic: Clinic) -> None:
    """Misspelt, retired, about to retire."""
    clinic.variables["ANTH_TRIAGE_MODELS"] = "claude-haiku-5-5,claude-hiaku-5-5"
    await clinic.names("models", "claude-hiaku-5-5 is not known", "ANTH_TRIAGE_MODELS")
    clinic.variables["ANTH_TRIAGE_MODELS"] = "claude-haiku-5-5"
    await clinic.world.provider.set(retires_in_days={"claude-haiku-5-5": 12})
    await clinic.names("models", "retires in 1", "ANTH_TRIAGE_MODELS", "note")
    await clinic.world.provider.set(retires_in_days={"claude-haiku-5-5": -3})
    await clinic.names("models", "claude-haiku-5-5 is", "ANTH_TRIAGE_MODELS")


async def test_an_admin_key_that_is_refused(clinic: Clinic) -> None:
    """Nothing is changed by asking; the good one is fine."""
    clinic.variables["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin01-" + "Zq7" * 31
    await clinic.names("admin_key", "refuses the bot's Admin key", "ANTHROPIC_ADMIN_KEY")
    clinic.variables["ANTHROPIC_ADMIN_KEY"] = clinic.world.admin_key
    await clinic.names("admin_key", "accepted", "", "ok")
    assert {"GET"} == {call.method for call in clinic.world.provider.calls if "organizations" in call.path}


@pytest.mark.parametrize("answer", ["challenge", "html", "garbage", "hang"])
async def test_a_status_page_that_cannot_be_read(clinic: Clinic, answer: Any) -> None:
    """Blocked, or something else in its place."""
    await clinic.world.provider.set(page=Page(answer=answer))
    await clinic.names("status_page", "cannot be read", "ANTH_TRIAGE_STATUS_URLS")


async def test_a_dead_proxy(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the way to the provider, and to Slack."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://operator:Pq8Zx71mWv@127.0.0.1:9")
    clinic.variables = {"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}
    found = await clinic.names("way", "the proxy 127.0.0.1:9", "HTTPS_PROXY")
    assert "Pq8Zx71mWv" not in str(found)
    await clinic.names("bot_token", "the proxy on the way to Slack", "HTTPS_PROXY")


async def test_a_proxy_that_refuses(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be reached, and lets nothing through."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    clinic.variables = {"ANTHROPIC_BASE_URL": "https://api.anthropic.com"}
    await clinic.names("way", "does not let requests through", "HTTPS_PROXY")
    server.close()


async def test_tls_that_somebody_opens(clinic: Clinic) -> None:
    """A certificate that this machine does not trust, in place of the provider's and of Slack's."""

    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    context, _ = await asyncio.to_thread(make_certificate, clinic.folder)
    server = await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    clinic.variables = {"ANTHROPIC_BASE_URL": url, "SLACK_API_URL": f"{url}/api/"}
    await clinic.names("way", "none that this machine trusts", "SSL_CERT_FILE")
    await clinic.names("bot_token", "its certificate is none that this machine trusts", "SSL_CERT_FILE")
    server.close()


async def test_hosts_that_are_not_there(clinic: Clinic) -> None:
    """A closed port: nobody listens."""
    clinic.variables = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
    await clinic.names("way", "the provider cannot be reached", "ANTHROPIC_BASE_URL")
    await clinic.names("bot_token", "Slack cannot be reached", "SLACK_API_URL")
    await clinic.names("app_token", "because Slack cannot be reached", "", "not_looked_at")


async def test_hand_offs(clinic: Clinic) -> None:
    """A webhook and PagerDuty that cannot be reached, a key that is none; nothing is sent."""
    clinic.tables += '[handoff]\nwebhook_url = "http://127.0.0.1:9/x"\npagerduty_url = "http://127.0.0.1:9/y"\n'
    clinic.variables = {"ANTH_TRIAGE_WEBHOOK_SECRET": "Hook-Pq8Zx71mWv-42", "PAGERDUTY_ROUTING_KEY": "R0-Pq8Zx71mWv"}
    await clinic.names("webhook", "the webhook cannot be reached", "[handoff] webhook_url (anth-triage.toml:6)")
    await clinic.names("pagerduty", "PagerDuty cannot be reached", "[handoff] pagerduty_url (anth-triage.toml:7)")
    await clinic.names("pagerduty_key", "not of the shape", "PAGERDUTY_ROUTING_KEY")


# What always holds.


async def test_it_ends_in_time_when_everything_hangs(clinic: Clinic) -> None:
    """Slack, the API, its status page and the webhook take every call and never answer: six seconds after its start."""

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    clinic.world.workspace.faults.add(Fault(".*", hang=True, times=99))
    await clinic.world.provider.set(faults=(ApiFault(answer="hang"),), page=Page(answer="hang"))
    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    clinic.variables = {
        "DATABASE_URL": f"postgresql://bot:Pq8Zx71mWv@127.0.0.1:{port}/x",
        "ANTHROPIC_ADMIN_KEY": clinic.world.admin_key,
    }
    began = time.monotonic()
    await _run(clinic.environment(), "doctor", "--help")  # how long to start takes is this machine's and its load's
    started = time.monotonic()
    status, out, _ = await _run(clinic.environment(), "doctor")
    looked_s = time.monotonic() - started - (started - began)
    server.close()
    assert (1, True) == (status, looked_s < LOOKING_S), looked_s
    for what in ("Slack does not answer within", "the provider does not answer within", "The database does not answer"):
        assert what in out
    assert "Pq8Zx71mWv" not in out
    clinic.keep_secrets(out)


async def test_no_secret_in_what_it_says(clinic: Clinic) -> None:
    """Foreign answers that quote keys, secrets in the wrong variable, and a password in a URL: none comes out."""
    api, bot, hook = "sk-ant-api03-" + "Qz7" * 31, "xoxb-77-" + "Kw3" * 16, "Hook-Pq8Zx71mWv-77"
    clinic.world.workspace.faults.add(Fault(".*", body=json.dumps({"ok": False, "error": f"no {bot}"}), times=99))
    clinic.variables = {
        "SLACK_SIGNING_SECRET": "signing-" + "Vx9" * 8,
        "ANTHROPIC_API_KEY": api,
        "SLACK_BOT_TOKEN": bot,
        "ANTH_TRIAGE_MODELS": "sk-ant-api03-" + "Yy4" * 31,
        "ANTH_TRIAGE_WEBHOOK_SECRET": hook,
        "PAGERDUTY_ROUTING_KEY": "R0UTING-" + "Jm5" * 9,
        "DATABASE_URL": "postgresql://bot:Pq8Zx71mWv@127.0.0.1:9/x",
    }
    for arguments in (("doctor",), ("doctor", "--json")):
        _, out, errors = await _run(clinic.environment(), *arguments)
        for secret in ("Qz7Qz7Qz7", "Kw3Kw3Kw3", "Vx9Vx9Vx9", "Yy4Yy4Yy4", "Jm5Jm5Jm5", "Pq8Zx71mWv"):
            assert secret not in out + errors


async def test_every_check_has_words_for_its_page() -> None:
    """Names are unique, and each says what it finds and what is mended."""
    assert len(CHECKS) == len({one.name for one in CHECKS})
    assert all(one.finds and one.mend for one in CHECKS)


# In Slack.


@pytest.mark.parametrize("tables", ['[response]\nadmins = ["U0LEAD0001"]\n'])
@pytest.mark.parametrize("scopes", [ALL - {"files:write", "pins:write"}])
async def test_an_admin_asks_in_slack(desk: Scene) -> None:
    """She alone reads what is wrong; who is no admin hears that only admins may."""
    await desk.slack.command(desk.lena, "#ops", "doctor")
    told = desk.slack.read(await desk.until(lambda: desk.whispered(desk.lena, "not looked at,"), "the findings"))
    assert "the scope files:write is missing" in told
    assert "the optional scope pins:write is missing" in told
    for secret in load_secrets(desk):
        assert secret not in told
    await desk.slack.command(desk.ravi, "#ops", "doctor")
    await desk.until(
        lambda: desk.whispered(desk.ravi, "Nobody but the bot's admins may see what is wrong with the bot")
    )
    assert not [one for one in desk.slack.messages("#ops") if "files:write" in desk.slack.read(one)]


@pytest.mark.parametrize("tables", ['[policy.doctor]\nwho = "everyone"\n'])
async def test_a_team_lets_everybody_ask(desk: Scene) -> None:
    """The row of the policy holds, for members and not for guests."""
    await desk.slack.command(desk.ravi, "#ops", "doctor")
    await desk.until(lambda: desk.whispered(desk.ravi, "not looked at,"), "the findings")
    guest = desk.slack.guest
    desk.slack.channel("ops").members.append(guest)
    await desk.slack.command(guest, "#ops", "doctor")
    await desk.until(lambda: desk.whispered(guest, "For guests it is not allowed to see what is wrong"))


def load_secrets(desk: Scene) -> tuple[str, ...]:
    """Return the secrets of the bot in this scene."""
    return tuple(filter(None, secrets_in(desk.environment())))
