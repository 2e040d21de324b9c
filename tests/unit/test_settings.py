"""Settings: every problem at once, by name, never with a value."""

from pathlib import Path

import pytest

from bot.errors import BadSettings
from bot.settings import examine, load

SECRET = "sk-ant-api03-" + "s" * 93 + "AA"


def test_defaults_need_nothing() -> None:
    """An empty environment is a valid one: SQLite in the data directory, the public endpoints."""
    settings = load({})
    assert settings.database_url.startswith("sqlite+aiosqlite:///")
    assert "https://api.anthropic.com" == settings.anthropic_base_url
    assert () == settings.secrets()


def test_no_secret_shows_in_the_repr() -> None:
    """Printing the settings gives nothing away."""
    settings = load({"ANTHROPIC_API_KEY": SECRET, "SLACK_BOT_TOKEN": "xoxb-1"})
    assert SECRET not in repr(settings)
    assert {SECRET, "xoxb-1"} == set(settings.secrets())


@pytest.mark.parametrize("bad", [SECRET + "\r\nx", " " + SECRET, f'"{SECRET}"', SECRET + "\u201d", "a\0b"])
def test_a_key_that_cannot_be_sent_is_refused_without_echo(bad: str) -> None:
    """The error names the variable and never the key."""
    with pytest.raises(BadSettings) as refused:
        load({"ANTHROPIC_API_KEY": bad})
    assert "ANTHROPIC_API_KEY" in str(refused.value)
    assert SECRET[:20] not in str(refused.value)


def test_an_admin_key_is_no_key_for_probes() -> None:
    """It would be refused by the API in a way that looks like an outage of ours."""
    with pytest.raises(BadSettings, match="Admin key"):
        load({"ANTHROPIC_API_KEY": "sk-ant-admin01-" + "Zq7" * 31})


def test_a_key_for_probes_is_no_admin_key() -> None:
    """It would be found out at the moment at which a key must be made inactive."""
    with pytest.raises(BadSettings, match="no keys can be looked up"):
        load({"ANTHROPIC_ADMIN_KEY": SECRET})


@pytest.mark.parametrize("deadline_s", [1, 7.5])
def test_a_deadline_leaves_time_to_tell_silence(deadline_s: float, tmp_path: Path) -> None:
    """One that ends before silence counts could never find that the API hangs."""
    config = tmp_path / "anth-triage.toml"
    config.write_text(f"[probe]\ndeadline_s = {deadline_s}\n", "utf-8")
    with pytest.raises(BadSettings, match="must be above unanswered_s"):
        load({"ANTH_TRIAGE_CONFIG": str(config)})
    config.write_text(f"[probe]\ndeadline_s = {deadline_s}\nunanswered_s = 0.5\n", "utf-8")
    assert deadline_s == load({"ANTH_TRIAGE_CONFIG": str(config)}).probe.deadline_s


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Nobody mends one setting to learn of the next."""
    config = tmp_path / "anth-triage.toml"
    config.write_text('[probe]\nsamples = 99\nkee = "x"\n[prob]\n')
    with pytest.raises(BadSettings) as refused:
        load(
            {
                "ANTHROPIC_BASE_URL": "http://api.anthropic.com",
                "SLACK_API_URL": "ftp://x",
                "DATABASE_URL": "mysql://h/db",
                "ANTHROPIC_API_KEY_FILE": str(tmp_path / "absent"),
                "ANTH_TRIAGE_CONFIG": str(config),
            }
        )
    text = str(refused.value)
    for name in (
        "DATABASE_URL",
        "ANTHROPIC_BASE_URL",
        "SLACK_API_URL",
        "ANTHROPIC_API_KEY_FILE",
        "[probe] samples",
        "[probe] kee",
        "[prob]",
    ):
        assert name in text


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    """Docker and systemd hand secrets over as files, with a line end."""
    file = tmp_path / "key"
    file.write_text(SECRET + "\n")
    assert (SECRET,) == load({"ANTHROPIC_API_KEY_FILE": str(file)}).secrets()


def test_one_of_variable_and_file() -> None:
    """Two sources for one secret are a mistake that is told."""
    with pytest.raises(BadSettings, match="set one of the two"):
        load({"ANTHROPIC_API_KEY": SECRET, "ANTHROPIC_API_KEY_FILE": "/x"})


@pytest.mark.parametrize("url", ["postgres://h/db", "postgresql://h/db"])
def test_a_plain_postgres_url_gets_its_driver(url: str) -> None:
    """People paste the URL that their provider shows."""
    assert "postgresql+asyncpg://h/db" == load({"DATABASE_URL": url}).database_url


def test_lists_are_split_at_commas() -> None:
    """Models and status pages are comma lists."""
    settings = load({"ANTH_TRIAGE_MODELS": "a, b,", "ANTH_TRIAGE_STATUS_URLS": "https://x/,https://y"})
    assert (("a", "b"), ("https://x", "https://y")) == (settings.models, settings.status_urls)


def test_a_teams_own_template_counts_from_the_file_that_names_it(tmp_path: Path) -> None:
    """A relative path leads to the same template from whatever folder the bot is started; nothing named is ours."""
    config = tmp_path / "anth-triage.toml"
    config.write_text('[postmortem]\ntemplate = "own/postmortem.md.j2"\n')
    settings = load({"ANTH_TRIAGE_CONFIG": str(config)})
    assert tmp_path / "own" / "postmortem.md.j2" == settings.postmortem.template
    assert load({}).postmortem.template is None


def test_admins_are_people(tmp_path: Path) -> None:
    """A group cannot be told in private; the setting says so before anything has to be told."""
    config = tmp_path / "anth-triage.toml"
    config.write_text('[response]\nadmins = ["U0LEAD0001"]\n')
    assert ("U0LEAD0001",) == load({"ANTH_TRIAGE_CONFIG": str(config)}).response.admins
    config.write_text('[response]\nadmins = ["S0ONCALL01"]\n')
    with pytest.raises(BadSettings, match=r"\[response\] admins: takes Slack's ids of people"):
        load({"ANTH_TRIAGE_CONFIG": str(config)})


def test_what_hangs_together_is_told_by_name(tmp_path: Path) -> None:
    """A webhook without its secret is a problem of the setting, and no traceback; what is right is kept."""
    config = tmp_path / "anth-triage.toml"
    config.write_text('[handoff]\nwebhook_url = "https://x.example/"\n[probe]\nsamples = 7\nkee = 1\n[prob]\n')
    with pytest.raises(BadSettings) as refused:
        load({"ANTH_TRIAGE_CONFIG": str(config)})
    for line in (
        "[handoff] webhook_url: set ANTH_TRIAGE_WEBHOOK_SECRET too",
        "[probe] kee: no such setting; did you mean key?",
        "[prob]: no such table; did you mean probe?",
    ):
        assert line in str(refused.value)
    found = examine({"ANTH_TRIAGE_CONFIG": str(config)})
    assert (7, "") == (found.settings.probe.samples, found.settings.handoff.webhook_url)
    assert ("[probe] kee", "") == (found.spoils("SLACK_BOT_TOKEN", "[probe] kee"), found.spoils("[retention]"))


@pytest.mark.parametrize(
    "url", ["sqlite:///", "sqlite://x", "postgresql://h:p/db", "postgresql://h/db?sslmode=require"]
)
def test_a_database_s_address_that_its_driver_does_not_know(url: str) -> None:
    """It is refused before the driver answers with a traceback."""
    with pytest.raises(BadSettings, match="DATABASE_URL"):
        load({"DATABASE_URL": url})
