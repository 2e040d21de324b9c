"""Checks of the provider's side: key, workspace, models, the way there, the status page, the Admin key."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from bot import __version__
from bot.app.doctor.case import Case, Check
from bot.app.doctor.claude import LIMIT_S, UNANSWERED
from bot.app.doctor.finding import Findings, NotLooked, note, ok, problem
from bot.checks.proxy import proxy_for
from bot.errors import AdminApiError
from bot.integrations.admin_api import AdminApi, Patience
from bot.rules.evidence import CheckStatus, Evidence
from bot.rules.finding import Finding

_KEYS: Final = "https://platform.claude.com/settings/keys"
_BILLING: Final = "https://platform.claude.com/settings/billing"
_TRY: Final = "`anth-triage triage` says more"
_MENDS: Final[Mapping[str, str]] = {
    "auth": f"ANTHROPIC_API_KEY: make a new key at {_KEYS} and restart",
    "permission": f"ANTHROPIC_API_KEY: a key of a workspace that may do this, from {_KEYS}",
    "billing": f"the organization's credit: {_BILLING}",
    "quota_or_plan": "the spend limit of the organization or of the key's workspace: "
    "https://platform.claude.com/settings/limits",
    "invalid_request": "[probe] anthropic_version in anth-triage.toml",
    "network": "ANTHROPIC_BASE_URL, HTTPS_PROXY, and the network",
    "timeout": "ANTHROPIC_BASE_URL, HTTPS_PROXY, and the network",
}
"""Where a kind of failure is mended, by its family: those that are no trouble of the provider's own."""
_OF_MODELS: Final = "model_not_found"
_SOON_DAYS: Final = 60


async def api_key(case: Case) -> Findings:
    """Tell whether the key is there, accepted, permitted and paid for; a request that is free of charge shows it."""
    case.require_usable("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")
    if case.settings.anthropic_api_key is None:
        what = "no API key is set: nothing of the provider's can be measured but its status page"
        return [problem(what, f"ANTHROPIC_API_KEY: make one at {_KEYS}")]
    seen = await case.claude.evidence("count_tokens")
    branch = seen.facts.get("branch")
    if seen.status is CheckStatus.OK or (branch or "").startswith(_OF_MODELS):
        return [ok("the key is accepted, and paid for")]
    if seen.status is CheckStatus.SKIPPED:
        return [problem(seen.summary.removeprefix("Not asked: "), "ANTHROPIC_API_KEY")]
    return [_failed(case, branch or "timeout", seen)]


def _failed(case: Case, branch: str, seen: Evidence) -> Finding:
    leaf = case.claude.taxonomy.leaves.get(branch)
    family = branch.partition(".")[0]
    status = next((it.http_status for it in seen.observations if it.http_status), None)
    title = leaf.title if leaf else branch
    what = f"the provider does not take the request: {title} ({branch}{f', HTTP {status}' if status else ''})"
    if family == "timeout":
        what = f"the provider does not answer within {LIMIT_S:g} s ({branch})"
    if family not in _MENDS:
        return note(f"{what}: that is the provider's trouble, not the set-up's", _TRY)
    return problem(what, f"{_MENDS[family]}; {_TRY}")


async def workspace(case: Case) -> Findings:
    """Compare the workspace that answers with the one that the key should belong to."""
    case.require_usable("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "[probe] workspace", "[probe]")
    wanted = case.settings.probe.workspace
    found = (await case.claude.evidence("count_tokens")).facts.get("workspace")
    if found is None:
        raise NotLooked("the provider does not say to which workspace the key belongs")
    where = case.at("[probe] workspace")
    if not wanted:
        return [note(f"the key belongs to {found}; nothing says which workspace it should be", f"{where}, to be sure")]
    if found == wanted:
        return [ok(f"the key belongs to {found}, as it should")]
    return [problem(f"the key belongs to {found}, not to {wanted}", f"ANTHROPIC_API_KEY, or {where}")]


async def models(case: Case) -> Findings:
    """Tell models that are gone, not known, or about to retire."""
    case.require_usable("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "ANTH_TRIAGE_MODELS")
    if case.settings.anthropic_api_key is None:
        raise NotLooked("ANTHROPIC_API_KEY is not set")
    seen = await case.claude.evidence("models")
    if not any(name.startswith("lifecycle:") for name in seen.facts):
        raise NotLooked("the provider does not say which models there are")
    return list(_of_models(case, seen)) or [ok(f"there are {', '.join(case.settings.models)}, and will be")]


def _of_models(case: Case, seen: Evidence) -> Iterator[Finding]:
    for model in case.settings.models:
        state = seen.facts.get(f"lifecycle:{model}")
        if state in {"not found", "retired"}:
            gone = "is retired" if state == "retired" else "is not known: misspelt, retired, or not for this key"
            yield problem(f"the model {model} {gone}", f"ANTH_TRIAGE_MODELS: take {model} out, or write it right")
        elif state == "deprecated":
            yield _retiring(case, model, seen.facts.get(f"retires_at:{model}"))


def _retiring(case: Case, model: str, told: str | None) -> Finding:
    mend = f"ANTH_TRIAGE_MODELS: name {model}'s successor, once production uses it"
    if told is None:
        return note(f"the model {model} is deprecated, nobody says until when", mend)
    days = (datetime.fromisoformat(told) - case.clock.now()).days
    return note(f"the model {model} retires in {days} days" if days <= _SOON_DAYS else f"{model} is deprecated", mend)


async def way(case: Case) -> Findings:
    """Tell which step of the way to the provider fails, and the proxy that stands on it."""
    case.require_usable("ANTHROPIC_BASE_URL")
    url = case.settings.anthropic_base_url
    proxy = proxy_for(url)
    dated = (await case.claude.evidence("date")).facts
    seen = await case.claude.evidence("network")
    if bad := trouble_of(seen, "the provider", "ANTHROPIC_BASE_URL"):
        return [bad]
    if proxy and UNANSWERED in dated:
        what = f"the proxy {proxy} does not let requests through to the provider ({dated[UNANSWERED]})"
        return [problem(what, "HTTPS_PROXY, or NO_PROXY for the provider's host")]
    if UNANSWERED in dated and seen.status is CheckStatus.OK:
        return [problem(f"the way is open, and nobody answers ({dated[UNANSWERED]})", "ANTHROPIC_BASE_URL, a firewall")]
    return [ok(f"the way to the provider is open{f', through the proxy {proxy}' if proxy else ''}")]


def trouble_of(seen: Evidence, whom: str, variable: str) -> Finding | None:
    """Return what is wrong with a way, None where nothing is."""
    if seen.status is CheckStatus.OK:
        return None
    branch = seen.facts.get("branch", "")
    if proxy := seen.facts.get("proxy"):
        return problem(f"the proxy {proxy} on the way to {whom} cannot be reached", "HTTPS_PROXY, or NO_PROXY")
    if branch == "network.tls":
        what = f"the certificate of {whom} is none that this machine trusts: something between opens TLS"
        return problem(what, f"SSL_CERT_FILE, for the certificate of that proxy; or {variable}")
    if branch == "network.dns":
        return problem(f"the name of {whom}'s host is not found", f"{variable}, and the resolver")
    return problem(f"{whom} cannot be reached ({branch or 'no answer'})", f"{variable}, HTTPS_PROXY, a firewall")


async def status_page(case: Case) -> Findings:
    """Tell a status page that cannot be read from here."""
    case.require_usable("ANTH_TRIAGE_STATUS_URLS")
    seen = await case.claude.evidence("status_page")
    if seen.page is not None and seen.page.readable:
        return [ok(f"the status page can be read ({seen.page.host})")]
    hosts = ", ".join(url.partition("://")[2] for url in case.settings.status_urls)
    what = f"the status page cannot be read, and counts as unknown ({hosts}): blocked, or not what it should be"
    return [problem(what, "let these hosts through the firewall, or name others: ANTH_TRIAGE_STATUS_URLS")]


async def admin_key(case: Case) -> Findings:
    """Tell an Admin key that is refused; one key is asked for, and none is changed."""
    case.require_usable("ANTHROPIC_ADMIN_KEY", "ANTHROPIC_BASE_URL")
    key = case.settings.anthropic_admin_key
    if key is None:
        return [ok("not used: ANTHROPIC_ADMIN_KEY is not set; only looking up and containing keys needs it")]
    api = AdminApi(
        case.settings.anthropic_base_url,
        key.get_secret_value(),
        case.clock,
        user_agent=f"anth-triage/{__version__}",
        anthropic_version=case.settings.probe.anthropic_version,
        patience=Patience(request_s=LIMIT_S, call_s=LIMIT_S),
    )
    try:
        await api.require_access()
    except AdminApiError as error:
        return [problem(error.user_message, f"ANTHROPIC_ADMIN_KEY: {error.hint}")]
    return [ok("the Admin key is accepted")]


CHECKS: Final = (
    Check(
        "api_key",
        "a key that is missing, refused, not permitted or out of credit",
        "`ANTHROPIC_API_KEY`, or the Console's page",
        api_key,
    ),
    Check("workspace", "a key of another workspace than it should be", "`[probe] workspace`, the key", workspace),
    Check("models", "a model that is unknown, retired or retires soon", "`ANTH_TRIAGE_MODELS`", models),
    Check(
        "way",
        "a host that is not found or reached, a proxy that is dead or refuses, TLS that somebody opens",
        "`ANTHROPIC_BASE_URL`, `HTTPS_PROXY`, `SSL_CERT_FILE`",
        way,
    ),
    Check("status_page", "a status page that cannot be read", "`ANTH_TRIAGE_STATUS_URLS`", status_page),
    Check("admin_key", "an Admin key that is refused", "`ANTHROPIC_ADMIN_KEY`", admin_key),
)
