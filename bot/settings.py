"""Everything that can be set, read once: secrets and endpoints from the environment, the rest from anth-triage.toml.

`load()` reports every problem at once, by name, and never shows a value.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.errors import BadSettings
from bot.incidents.policy import Act, Where, Who

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_OF_LIBPQ = {"sslmode", "sslrootcert", "channel_binding", "connect_timeout", "options", "application_name"}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_KINDS = {
    "xoxb-": "a bot token, which belongs into SLACK_BOT_TOKEN",
    "xapp-": "an app-level token, which belongs into SLACK_APP_TOKEN",
    "xoxp-": "the token of a person; the bot's stands below it on the page OAuth & Permissions",
    "xoxe": "a token for configuration or rotation, with which nothing can be posted",
    "xoxa-": "an old token for a workspace; install the app anew",
    "xoxs-": "the token of somebody's browser session: have it revoked",
    "sk-ant-": "a key of the Claude API",
}
"""What people set in place of a token, by its beginning."""
_SECRETS = (
    *("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "ANTHROPIC_API_KEY", "ANTHROPIC_ADMIN_KEY"),
    *("PAGERDUTY_ROUTING_KEY", "ANTH_TRIAGE_WEBHOOK_SECRET", "DATABASE_URL"),
)


def _guarded(url: str) -> str:
    """Return the address; raise ValueError for one over which others could listen."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        msg = "must start with https:// (http:// only on loopback)"
        raise ValueError(msg)
    return url


def _require_plain_server(url: str) -> None:
    """Raise ValueError for what the driver would answer with a traceback."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        msg = "is no URL: the port must be a number, and a sign in a password is written as %xx"
        raise ValueError(msg) from None
    foreign = sorted({name.partition("=")[0] for name in parts.query.split("&") if name} & _OF_LIBPQ)
    if foreign:
        msg = f"the driver knows no {', '.join(foreign)}; for TLS write ?ssl=require"
        raise ValueError(msg)


def _people_or_groups(ids: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch(r"[UWS][A-Z0-9]{2,}", one) for one in ids):
        msg = "takes Slack's ids, U… of a person or S… of a user group"
        raise ValueError(msg)
    return ids


class Probe(BaseModel):
    """The table `[probe]` of anth-triage.toml: how the provider is measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Literal["production", "monitoring"] = Field(
        "production",
        description="Whose key `ANTHROPIC_API_KEY` is. A failing monitoring key never says that production is down.",
    )
    workspace: str = Field(
        "",
        max_length=100,  # and not in the pattern, which would take 14 MB
        pattern=r"^[\w-]*$",
        description="Id of the workspace to which the key should belong (`wrkspc_…`); `doctor` compares. Empty: any.",
    )
    samples: int = Field(5, ge=1, le=25, description="Messages probes of one triage, before it grows.")
    deadline_s: float = Field(15, ge=1, le=60, description="Hard end of a triage, in seconds.")
    unanswered_s: float = Field(
        7.5,
        gt=0,
        le=60,
        description="So many seconds without an answer count as a failure; a shorter wait as nothing. "
        "Less than the deadline, else silence could never be told.",
    )
    long_stream: bool = Field(
        False,  # noqa: FBT003 - pydantic's own way to say a default
        description="Stream one answer of about 1,000 tokens too, to test long outputs.",
    )
    cost_cap_usd: float = Field(
        0.10, gt=0, le=100, description="What the probes of one triage may cost at most, in dollars."
    )
    anthropic_version: str = Field("2026-10-21", description="Value of the header `anthropic-version`.")
    control_url: str = Field(
        "",
        description="An independent https address that tells our own egress failing from the provider's; empty: off.",
    )

    @model_validator(mode="after")
    def _tells_silence(self) -> Self:
        if self.deadline_s <= self.unanswered_s:
            msg = f"deadline_s ({self.deadline_s:g}) must be above unanswered_s ({self.unanswered_s:g})"
            raise ValueError(msg)
        return self


class OwnRules(BaseModel):
    """The table `[rules]` of anth-triage.toml: a team's own rules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path | None = Field(
        None,
        description="Folder whose rules files replace ours of the same name; a relative path counts from this file.",
    )

    @field_validator("folder")
    @classmethod
    def _there(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.is_dir():
            msg = "there is no such folder; a relative path counts from the file that ANTH_TRIAGE_CONFIG names"
            raise ValueError(msg)
        return folder


class Keeping(BaseModel):
    """The table `[retention]` of anth-triage.toml: how long records are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    incident_days: int = Field(
        0, ge=0, le=36_500, description="Incidents that have been over for more than so many days are deleted; 0: none."
    )
    report_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="Reports of production and triage runs that belong to no incident are deleted after so many days;"
        " 0: after `incident_days`.",
    )


class ResponseTimes(BaseModel):
    """The table `[response]` of anth-triage.toml: the team's calendar, and whom escalation tells."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: str = Field("UTC", description="The team's time zone, such as `Europe/Berlin`.")
    day_begins: time = Field(time(9), description="When the team's day begins: a P4 is due then, a business day later.")
    holidays: tuple[date, ...] = Field((), description="Days on which the team does not work, such as `2026-12-25`.")
    escalate_to: tuple[str, ...] = Field(
        (), description="Whom the n-th unanswered reminder tells: ids of people (`U…`) or user groups (`S…`)."
    )
    admins: tuple[str, ...] = Field(
        (),
        description="Whom the bot tells in private what is wrong with itself: ids of people (`U…`); none: the channel"
        " of the newest triage.",
    )
    update_minutes: int = Field(30, ge=5, le=1440, description="So long an open incident may go without a word.")

    @field_validator("timezone")
    @classmethod
    def _known(cls, zone: str) -> str:
        if zone not in available_timezones():
            msg = "is no time zone; write it like Europe/Berlin"
            raise ValueError(msg)
        return zone

    @field_validator("admins")
    @classmethod
    def _people(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[UW][A-Z0-9]{2,}", one) for one in ids):
            msg = "takes Slack's ids of people, U…"
            raise ValueError(msg)
        return ids

    @field_validator("escalate_to")
    @classmethod
    def _ids(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return _people_or_groups(ids)


class Recovering(BaseModel):
    """The table `[recovery]` of anth-triage.toml: when a failure counts as over, so that *Resolve* is offered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    checks: int = Field(3, ge=1, le=20, description="So many clean measurements in a row are needed.")
    minutes: float = Field(10, ge=0, le=1440, description="So many minutes they must span at least.")
    most: int = Field(
        36,
        ge=1,
        le=1000,
        description="So often the bot measures by itself while one watches, each run within its cap.",
    )


class Capturing(BaseModel):
    """The table `[capture]` of anth-triage.toml: what goes on the timeline by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    emoji: str = Field(
        "pushpin",
        pattern=r"^[a-z0-9_+'-]{1,100}$",
        description="The reaction, without colons, that puts a message of the incident's channel on the timeline.",
    )


class Furnished(BaseModel):
    """The table `[channel]` of anth-triage.toml: what the channel of an incident gets by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    invite: tuple[str, ...] = Field(
        (),
        description="Who is invited into each public channel: ids of people (`U…`) or user groups (`S…`).",
    )
    bookmarks: bool = Field(
        default=True, description="Whether it gets bookmarks: the status page, the step at hand, the postmortem."
    )

    @field_validator("invite")
    @classmethod
    def _ids(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return _people_or_groups(ids)


class Papers(BaseModel):
    """The table `[postmortem]` of anth-triage.toml: how an incident is told to those who were not there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    canvas: bool = Field(
        default=True, description="Whether it also stands in the canvas of the incident's own channel, kept as it is."
    )
    chart: bool = Field(
        default=True, description="Whether a picture of its chart is shared beside the file (needs the extra `pdf`)."
    )
    transcript: bool = Field(
        default=False, description="Whether exports end with all that was said in the channel, not the timeline alone."
    )
    template: Path | None = Field(
        None,
        description="A team's own Jinja2 template of the Markdown, in place of `templates/postmortem.md.j2`; a relative"
        " path counts from this file. It sees plain data only; one that cannot be used is named in the document.",
    )


class KeyProcedure(BaseModel):
    """The table `[keys]` of anth-triage.toml: what is done about a key in the wrong hands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    confirm: Literal["second_person", "typed"] = Field(
        "second_person", description="Who asked types the end of the key's hint, or a second person confirms."
    )
    environments: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = Field(
        ("production",), min_length=1, max_length=8, description="Where a new key has to be deployed."
    )
    own_process: bool = Field(
        default=False, description="Whether `anth-triage keys` holds the Admin key, in a process of its own."
    )


class Switch(BaseModel):
    """A table `[[switch]]` of anth-triage.toml: a lever of the team's own, shown beside what it serves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=75, description="What it is called, such as `Fallback flag`.")
    mitigations: tuple[str, ...] = Field(
        min_length=1, description="Which mitigations it serves, by their ids, such as `circuit_breaker`."
    )
    url: str = Field("", description="Where it is: a flag, a dashboard, a runbook.")
    owner: str = Field(
        "", pattern=r"^([UWS][A-Z0-9]{2,})?$", description="Whose it is: a person (`U…`) or group (`S…`)."
    )
    how: str = Field("", max_length=300, description="What to do with it, in one line.")

    @field_validator("url")
    @classmethod
    def _https(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://[^\s<>|\"]{1,2000}", url):
            msg = "must be an address that begins with https://"
            raise ValueError(msg)
        return url


class Announcing(BaseModel):
    """The table `[announce]` of anth-triage.toml: where those outside read how it stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str = Field(
        "",
        pattern=r"^([CG][A-Z0-9]{2,})?$",
        description="Id of the channel (`C…`) for updates to those outside, one message an incident; empty: none.",
    )


class HandingOff(BaseModel):
    """The table `[handoff]` of anth-triage.toml: who else is told of incidents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook_url: str = Field("", description="Where signed letters go, with `ANTH_TRIAGE_WEBHOOK_SECRET`; empty: none.")
    pagerduty_url: str = Field(
        "https://events.pagerduty.com/v2/enqueue",
        description="PagerDuty's Events API v2; it is told when `PAGERDUTY_ROUTING_KEY` is set.",
    )

    @field_validator("webhook_url", "pagerduty_url")
    @classmethod
    def _guarded(cls, url: str) -> str:
        return _guarded(url) if url else url


class PolicyRow(BaseModel):
    """A table `[policy.ACT]` of anth-triage.toml: who may do one act."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: Who = Field("everyone", description="`everyone`, `responders` (a role or a task in it), `lead` or `nobody`.")
    guests: bool = Field(default=False, description="Whether guests of the workspace count as well.")
    where: Where = Field("anywhere", description="`anywhere`, or only in the incident's own `channel`.")


class Settings(BaseModel):
    """One frozen value with every setting; secrets do not show in its repr."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    slack_bot_token: SecretStr | None = Field(None, description="Bot token, `xoxb-…`.")
    slack_app_token: SecretStr | None = Field(None, description="App-level token, `xapp-…`: turns Socket Mode on.")
    slack_signing_secret: SecretStr | None = Field(None, description="Signing secret; needed in HTTP mode.")
    slack_api_url: str = Field("https://slack.com/api/", description="Slack's Web API; Socket Mode asks it too.")
    anthropic_api_key: SecretStr | None = Field(None, description="The key that the probes use.")
    anthropic_admin_key: SecretStr | None = Field(None, description="Optional Admin API key.")
    pagerduty_routing_key: SecretStr | None = Field(
        None, description="Integration key of a PagerDuty service: turns that hand-off on."
    )
    webhook_secret: SecretStr | None = Field(None, description="Secret with which letters to the webhook are signed.")
    anthropic_base_url: str = Field("https://api.anthropic.com", description="The API, without `/v1`.")
    status_urls: tuple[str, ...] = Field(
        ("https://status.claude.com", "https://anthropic.statuspage.io"),
        description="Origins of the status page, tried in this order (comma list).",
    )
    models: tuple[str, ...] = Field(
        ("claude-haiku-5-5",), min_length=1, description="Models to probe (comma list): name those production uses."
    )
    data_dir: Path = Field(Path("data"), description="Folder of the SQLite file, the lock and the exports.")
    database_url: str = Field("", description="SQLAlchemy URL; empty: SQLite in the data directory.")
    config: Path | None = Field(None, description="Path of anth-triage.toml.")
    probe: Probe = Field(default_factory=lambda: Probe.model_validate({}), description="The table `[probe]`.")
    response: ResponseTimes = Field(
        default_factory=lambda: ResponseTimes.model_validate({}), description="The table `[response]`."
    )
    recovery: Recovering = Field(
        default_factory=lambda: Recovering.model_validate({}), description="The table `[recovery]`."
    )
    retention: Keeping = Field(
        default_factory=lambda: Keeping.model_validate({}), description="The table `[retention]`."
    )
    rules: OwnRules = Field(default_factory=lambda: OwnRules.model_validate({}), description="The table `[rules]`.")
    capture: Capturing = Field(
        default_factory=lambda: Capturing.model_validate({}), description="The table `[capture]`."
    )
    postmortem: Papers = Field(
        default_factory=lambda: Papers.model_validate({}), description="The table `[postmortem]`."
    )
    channel: Furnished = Field(
        default_factory=lambda: Furnished.model_validate({}), description="The table `[channel]`."
    )
    announce: Announcing = Field(
        default_factory=lambda: Announcing.model_validate({}), description="The table `[announce]`."
    )
    handoff: HandingOff = Field(
        default_factory=lambda: HandingOff.model_validate({}), description="The table `[handoff]`."
    )
    keys: KeyProcedure = Field(
        default_factory=lambda: KeyProcedure.model_validate({}), description="The table `[keys]`."
    )
    switch: tuple[Switch, ...] = Field((), description="The tables `[[switch]]`.")
    policy: Mapping[Act, PolicyRow] = Field(default_factory=dict, description="The tables `[policy.ACT]`.")

    @field_validator("anthropic_api_key", "slack_bot_token", "slack_app_token", "anthropic_admin_key")
    @classmethod
    def _printable(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not all("\x21" <= char <= "\x7e" for char in secret.get_secret_value()):
            msg = "has a blank, a line end or a character outside ASCII; copy it again"
            raise ValueError(msg)
        if secret is not None and secret.get_secret_value()[:1] in {"'", '"', "`"}:
            msg = "begins with a quote; write the value alone"
            raise ValueError(msg)
        return secret

    @field_validator("anthropic_api_key")
    @classmethod
    def _for_messages(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and secret.get_secret_value().startswith("sk-ant-admin"):
            msg = "is an Admin key, with which nothing can be probed; give an API key (sk-ant-api...)"
            raise ValueError(msg)
        return secret

    @field_validator("anthropic_base_url", "slack_api_url", "status_urls")
    @classmethod
    def _guarded(cls, urls: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for url in (urls,) if isinstance(urls, str) else urls:
            _guarded(url)
        return urls

    @field_validator("anthropic_base_url")
    @classmethod
    def _without_version(cls, url: str) -> str:
        if urlsplit(url).path.rstrip("/").endswith("/v1"):
            msg = "leave out /v1 at its end"
            raise ValueError(msg)
        return url

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _right_kind(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        prefix = "xoxb-" if info.field_name == "slack_bot_token" else "xapp-"
        if secret is not None and not secret.get_secret_value().startswith(prefix):
            given = secret.get_secret_value()
            kind = next((words for start, words in _KINDS.items() if given.startswith(start)), "")
            msg = f"must begin with {prefix}" + (f"; this is {kind}" if kind else "")
            raise ValueError(msg)
        return secret

    @field_validator("models", mode="before")
    @classmethod
    def _names_one(cls, models: tuple[str, ...]) -> tuple[str, ...]:
        if not any(models):
            msg = "must name at least one model"
            raise ValueError(msg)
        return models

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, url: str) -> str:
        scheme, _, rest = url.partition("://")
        if not url:
            return url
        if scheme not in _DRIVERS or not rest:
            family, _, driver = scheme.partition("+")
            named = f"; leave out the driver {driver}" if driver and family in _DRIVERS else ""
            msg = f"must begin with sqlite:/// or postgresql://{named}"
            raise ValueError(msg)
        if _DRIVERS[scheme].startswith("sqlite") and (not rest.startswith("/") or rest == "/"):
            msg = "must name a file, as sqlite:////srv/data/anth-triage.db: a whole path has four strokes"
            raise ValueError(msg)
        if not _DRIVERS[scheme].startswith("sqlite"):
            _require_plain_server(url)
        return f"{_DRIVERS[scheme]}://{rest}"

    @field_validator("anthropic_admin_key")
    @classmethod
    def _for_keys(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and secret.get_secret_value().startswith("sk-ant-api03-"):
            msg = "is an API key, with which no keys can be looked up; give an Admin key (sk-ant-admin...)"
            raise ValueError(msg)
        return secret

    @model_validator(mode="after")
    def _one_holder(self) -> Self:
        held = self.anthropic_admin_key is not None and (self.slack_bot_token or self.slack_app_token)
        if self.keys.own_process and held:
            msg = "[keys] own_process: give ANTHROPIC_ADMIN_KEY to `anth-triage keys` alone, and it no Slack token"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _signed(self) -> Self:
        if self.handoff.webhook_url and self.webhook_secret is None:
            msg = "[handoff] webhook_url: set ANTH_TRIAGE_WEBHOOK_SECRET too, for letters are signed"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _database_in_data_dir(self) -> Self:
        if not self.database_url:
            file = (self.data_dir / "anth-triage.db").resolve()
            object.__setattr__(self, "database_url", f"sqlite+aiosqlite:///{file}")
        return self

    @property
    def sqlite_file(self) -> Path | None:
        """Return where the SQLite file is or will be; None when the database is a server."""
        scheme, _, file = self.database_url.partition(":///")
        return Path(file) if scheme.startswith("sqlite") else None

    def secrets(self) -> tuple[str, ...]:
        """Return every configured secret's text, for the redactor and the clients only; so is a URL with a password."""
        found = (value for _, value in self if isinstance(value, SecretStr))
        urls = (self.database_url, self.anthropic_base_url, self.slack_api_url, *self.status_urls)
        return (*(secret.get_secret_value() for secret in found), *(url for url in urls if _has_password(url)))


TABLES: Mapping[str, type[BaseModel]] = {
    "probe": Probe,
    "response": ResponseTimes,
    "recovery": Recovering,
    "retention": Keeping,
    "rules": OwnRules,
    "capture": Capturing,
    "channel": Furnished,
    "postmortem": Papers,
    "announce": Announcing,
    "handoff": HandingOff,
    "keys": KeyProcedure,
    "switch": Switch,
    "policy.ACT": PolicyRow,
}
"""The tables of anth-triage.toml; each is the setting of the same name, and `[policy.…]` is one for each act."""
_TABLES = {name.partition(".")[0] for name in TABLES}
_VALUE = "Value error, "
_PLACE = re.compile(r"\[(?P<table>\w+)\] (?P<name>\w+): ")
_PATHS: Mapping[str, str] = {"rules": "folder", "postmortem": "template"}
"""Where a table names a file or folder that counts from anth-triage.toml."""

ENVIRONMENT: Mapping[str, str] = {
    "SLACK_BOT_TOKEN": "slack_bot_token",
    "SLACK_APP_TOKEN": "slack_app_token",
    "SLACK_SIGNING_SECRET": "slack_signing_secret",
    "SLACK_API_URL": "slack_api_url",
    "ANTHROPIC_API_KEY": "anthropic_api_key",
    "ANTHROPIC_BASE_URL": "anthropic_base_url",
    "ANTHROPIC_ADMIN_KEY": "anthropic_admin_key",
    "PAGERDUTY_ROUTING_KEY": "pagerduty_routing_key",
    "ANTH_TRIAGE_WEBHOOK_SECRET": "webhook_secret",
    "ANTH_TRIAGE_STATUS_URLS": "status_urls",
    "ANTH_TRIAGE_MODELS": "models",
    "ANTH_TRIAGE_DATA_DIR": "data_dir",
    "ANTH_TRIAGE_CONFIG": "config",
    "DATABASE_URL": "database_url",
}


def secrets_in(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return what this environment sets that must not be shown, also where its settings are wrong otherwise."""
    given = ((Settings.model_fields[field], environment.get(name, "")) for name, field in ENVIRONMENT.items())
    return tuple(text for field, text in given if field.annotation == SecretStr | None or _has_password(text))


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: `name` is the variable, or the table and the setting; the text never holds the value."""

    name: str
    text: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What can be used of an environment: the settings with the defaults in place of what cannot, and the problems."""

    settings: Settings
    problems: tuple[Problem, ...]

    def spoils(self, *names: str) -> str:
        """Return the first of these variables or settings (`[table]` for all of one) with a problem, else nothing."""
        wrong = {one.name.removesuffix("_FILE") for one in self.problems}
        tables = {name.partition("]")[0] + "]" for name in wrong if name.startswith("[")}
        return next((name for name in names if name in wrong | tables), "")


def load(environment: Mapping[str, str]) -> Settings:
    """Return the settings that this environment (and the TOML file it names) describes.

    Raises BadSettings with one line for each problem, named after the variable or the TOML table.
    """
    found = examine(environment)
    if not found.problems:
        return found.settings
    told = "\n  ".join(map(str, found.problems))
    raise BadSettings(f"The settings cannot be used:\n  {told}", "Mend each of them and start again.")


def examine(environment: Mapping[str, str]) -> Examined:
    """Return what can be used of this environment, and every problem."""
    values, problems = _from_environment(environment)
    tables, file_problems = _from_toml(environment.get("ANTH_TRIAGE_CONFIG", ""))
    problems += file_problems
    given = {**tables, **values}
    while True:
        try:
            settings = Settings.model_validate(given)
        except ValidationError as error:
            problems += [problem for problem in _named(error) if problem not in problems]
            given = _without(given, error)
        else:
            return Examined(settings=settings, problems=tuple(problems))


def _without(given: dict[str, Any], error: ValidationError) -> dict[str, Any]:
    """Return what was given without the settings that the error is about: each time less, at last nothing."""
    left = dict(given)
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        first, *rest = map(str, problem["loc"] or _place_in(problem["msg"]))
        table = left.get(first)
        if rest and isinstance(table, dict) and rest[0] in table:
            left[first] = {name: value for name, value in table.items() if name != rest[0]}
        else:
            left.pop(first, None)
    return left if left != given else {}


def _place_in(message: str) -> tuple[str, str]:
    """Return table and setting that a message about several settings begins with."""
    found = _PLACE.match(message.removeprefix(_VALUE))
    return (found["table"], found["name"]) if found else ("", "")


def _from_environment(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for variable, field in ENVIRONMENT.items():
        text = environment.get(variable, "")
        file = environment.get(f"{variable}_FILE", "") if variable in _SECRETS else ""
        if text and file:
            problems.append(Problem(variable, f"both it and {variable}_FILE are set; set one of the two"))
        elif file:
            try:
                text = Path(file).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError):
                problems.append(Problem(f"{variable}_FILE", "the file cannot be read"))
        if text:
            values[field] = _comma_list(text) if field in {"status_urls", "models"} else text
    return values, problems


def _comma_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())


def _from_toml(path: str) -> tuple[dict[str, Any], list[Problem]]:
    if not path:
        return {}, []
    try:
        tables = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError:
        return {}, [Problem("ANTH_TRIAGE_CONFIG", "the file cannot be read")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return {}, [Problem("ANTH_TRIAGE_CONFIG", f"no valid TOML: {error}")]
    unknown = sorted(tables.keys() - _TABLES)
    known = {name: table for name, table in tables.items() if name in _TABLES}
    for table, name in _PATHS.items():
        own = known.get(table)
        if isinstance(own, dict) and isinstance(own.get(name), str):
            known[table] = {**own, name: Path(path).parent / own[name]}
    return known, [Problem(f"[{name}]", f"no such table{_nearest(name, _TABLES)}") for name in unknown]


def _named(error: ValidationError) -> list[Problem]:
    """Return each problem: where and what kind, never the value."""
    variables = {field: variable for variable, field in ENVIRONMENT.items()}
    found = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        message = problem["msg"].removeprefix(_VALUE)
        if not problem["loc"]:
            name, _, text = message.partition(": ")
            found.append(Problem(name, text))
            continue
        first, *rest = map(str, problem["loc"])
        if problem["type"] == "extra_forbidden":
            message = f"no such setting{_nearest(rest[-1], _names_in(first))}"
        name = variables.get(first, f"[{first}] {'.'.join(rest)}".strip())
        found.append(Problem(name, message))
    return found


def _names_in(table: str) -> Iterable[str]:
    model = TABLES.get(table) or TABLES["policy.ACT"]
    return model.model_fields


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def strange_variables(environment: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return each variable that looks as if it were meant for the bot, and is read by nobody."""
    known = {*ENVIRONMENT, *(f"{name}_FILE" for name in _SECRETS)}
    strange = [name for name in environment if name not in known and name.startswith("ANTH_TRIAGE_")]
    return tuple(Problem(name, f"no such variable{_nearest(name, known)}") for name in sorted(strange))
