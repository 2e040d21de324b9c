"""Leaves out of a person's sentences what tells no failure of the API, and reads how many requests they say fail.

A clause that denies a failure, tells of one that is over, asks, plans, or is about something else is left out, and
the rest is judged. What is quoted (JSON, a stack trace) is no prose and stays as it is.
"""

import re
from typing import Final

_FAILURE: Final = r"(?:[45]\d\ds?|errors?|time-?outs?|failures?|overload\w{0,8}|rate limits?|outages?|incidents?)"
_PROVIDER: Final = (
    r"(?:apis?|claude|anthropic|models?|opus|sonnet|haiku|fable|providers?|vendors?|upstream|llm|"
    r"inference|endpoints?|servers?|service|backend|bedrock|vertex|status)"
)
_CLAUSE: Final = re.compile(r"(?<=[;!?\n])|(?<=[.,])(?=\s)|(?=\bbut\b)", re.IGNORECASE)
_QUOTED: Final = re.compile(r"[{}<>]|Traceback|\b\w{1,60}(?:Error|Exception)\b")
_DENIED: Final = re.compile(
    r"\b(?:no|0|zero|without)(?: more| new| further| any)? (?:x )?(?:(?:rate|limit|server|api|client|http)[ -]){0,2}"
    r"(?:[45]\d\ds?|errors?|time-?outs?|failures?)\b(?! (?:message|text|code|details?|body|handler|page))"
    r"|\b[45]\d\ds?: ?(?:none|no|0|zero)\b"
    r"|\b(?:user_message|user_input|prompt|question|query)[\"']?\s?[=:]\s?\"[^\"]{0,2000}\"",
    re.IGNORECASE,
)
_NOT_NOW: Final = re.compile(
    r"\b(?:not|n't|never|until|unless|once|if|still|hope|please|again fail\w{0,3})\b", re.IGNORECASE
)
_OVER: Final = re.compile(
    rf"\b(?:{_FAILURE}|alerts?|problems?|issues?)\b.{{0,40}}\b(?:resolved|recovered|(?:is|are|was|were|been|got|all) "
    r"(?:now |all |finally |since )?(?:(?<!all )over\b(?! (?:the|our|my|all|us)\b)|fixed|gone|solved|mended|cleared)"
    r"|back to (?:0|zero|normal)|stopped|cleared|disappeared|went away)\b"
    rf"|\bno longer (?:see|seen|seeing|get|getting|receive|have|any)\b.{{0,30}}\b{_FAILURE}\b"
    rf"|\b(?:fixed|resolved|solved|got rid of) (?:all |the |our |those )?(?:\w{{1,20}} )?{_FAILURE}\b",
    re.IGNORECASE,
)
_PLANNED: Final = re.compile(
    r"^\W{0,4}(?:docs?|todo|fixme|chore|refactor|feat|changelog)\b(?:\(\w{1,30}\))?\s?:"
    r"|\b(?:set|sets|raised?|lowered|increased?|changed?|add(?:ed)?|introduced?|doubled|configured?|implement(?:ed)?)"
    r" (?:(?:the|our|a|an|new|some|its|their) ){0,2}rate[ -]?limit(?:s|er|ing)?\b"
    r"|\brate[ -]?limit(?:s|er|ing)?\b.{0,30}\bworks?\b"
    r"|\brate[ -]?limit(?:s|er|ing)?\b.{0,60}\b(?:was|were|is now|are now|has been|have been) "
    r"(?:raised|lowered|increased|changed|added|doubled|removed|lifted|configured|set)\b",
    re.IGNORECASE,
)
_FOREIGN: Final = re.compile(
    rf"\b(?:the|our|my|this|your)\b(?! [^.]{{0,40}}\b{_PROVIDER}\b) (?:[\w-]{{1,20}} ){{1,3}}"
    r"(?:is|are|was|were|looks?|seems?) (?:\w{1,15} )?(?:overloaded|throttled|down)\b",
    re.IGNORECASE,
)
_ASKED: Final = re.compile(
    r"^\W{0,3}(?:(?:is|are|was|has|have|does|do|did|can|could|should|would|how) (?:do |can |is )?(?:i|it|you|we|the"
    r"|this|that|there|any\w{0,6}|our|my|your|claude|anthropic)|any(?:one|body))\b|\?\s{0,9}$",
    re.IGNORECASE,
)
_SEEN: Final = re.compile(
    r"\b[45]\d\ds?\b|[a-z]_error\b|\b(?:we|i|our|my)\b.{0,30}\b(?:get|see|hit|fail)", re.IGNORECASE
)
_TOLD_SEEN: Final = re.compile(
    rf"{_SEEN.pattern}|\b(?:overloaded|timed out|internal server error|rate[- ]limited)\b", re.IGNORECASE
)
_LOOK_THERE: Final = re.compile(
    r"\b(?:check(?:ing)?|see|visit|view|watch|monitor|go to|look at|refer to)\b[^.,;!?]{0,40}?"
    r"(?:status\.(?:claude|anthropic)\.com\S{0,60}|\bstatus ?page\b)",
    re.IGNORECASE,
)
"""Where a client's error text sends its reader: advice around what was seen, not the page's words."""
_OF_THE_PAGE: Final = re.compile(r"status\.(?:claude|anthropic)\.com|\bstatus ?page\b", re.IGNORECASE)
_QUOTING: Final = re.compile(
    r"(?:status\.(?:claude|anthropic)\.com|\bstatus ?page\b).{0,30}"
    r"(?::\s|\"|\b(?:says?|shows?|reports?|tells?|lists?)\b)",
    re.IGNORECASE,
)
_QUIET: Final = re.compile(
    r"\b(?:resolved|operational|all clear|completed|green|no|not|nothing|none|neither|without)\b|n't\b", re.IGNORECASE
)
_CONSUMER: Final = re.compile(r"\bclaude\.ai\b|\bconsole\b|\b(?:mobile|desktop|web) app", re.IGNORECASE)
_API: Final = re.compile(r"\bAPI\b|api\.anthropic", re.IGNORECASE)

_CALLS: Final = r"(?:requests?|calls?|traffic|messages?|queries|prompts?|completions?|attempts?)"
_COUNTED: Final = re.compile(
    rf"\b(\d{{1,7}}) ?(?:of|out of|/) ?(?:the |our |all )?(\d{{1,7}}) (?:\w{{1,15}} )?{_CALLS}", re.IGNORECASE
)
_PERCENT: Final = re.compile(
    rf"(?<![\d.])(\d{{1,3}}(?:\.\d{{1,3}})?) ?(?:%|percent) (?:of )?(?:\w{{1,15}} ){{0,2}}{_CALLS}", re.IGNORECASE
)
_TALLIED: Final = re.compile(r"(?<![\w.])(\d{1,6}) ?[x\u00d7] ?(?:HTTP )?([1-5]\d\d)\b", re.IGNORECASE)
_WELL: Final = r"(?!.{0,25}\b(?:fine|ok|okay|work|works|succeed|succeeds|pass|passes|healthy|go through)\b)"
_ALL: Final = (
    rf"(?<!not )\b(?:all|every|each)(?: single)?(?: of)?(?: the| our| my)? (?:\w{{1,15}} )?{_CALLS}\b{_WELL}"
    r"|\b(?:everything|every ?time|100 ?%) (?:fails?|is failing)\b"
)
_MOST: Final = (
    r"\b(?:half|most(?! recent)|majority|two thirds|a (?:third|quarter)|(?:large|big|good) part"
    r"|(?<!too )(?<!how )(?<!so )many)(?: of)?"
    rf"(?: the| our| my)? (?:\w{{1,15}} )?{_CALLS}\b{_WELL}"
)
_SOME: Final = (
    r"\b(?:intermittent\w{0,2}|sporadic\w{0,4}|occasional\w{0,2}|sometimes|now and then|on and off)\b"
    rf"|\b(?:some|few)(?: of)?(?: the| our| my)? {_CALLS}\b{_WELL}"
)
_SCOPES: Final = tuple(
    (scope, re.compile(words, re.IGNORECASE))
    for scope, words in (("intermittent", _SOME), ("all", _ALL), ("most", _MOST))
)
_TECHNICAL: Final = re.compile(
    r"Traceback \([^)\n]{0,80}\)|^[ \t]{2,}\S.*$|^[ \t]*at \S.*$|\btoo many \w{1,20}"
    r"|\{[^\n]{0,4000}\}|<[a-z!/][^>\n]{0,400}>|\"[^\"\n]{0,2000}\"|(?<![a-z])'[^'\n]{0,2000}'"
    r"|(?-i:\b[A-Z]\w{0,60}(?:Error|Exception|Timeout): ).{0,400}?(?=[.;]\s|$)",
    re.MULTILINE | re.IGNORECASE,
)
"""What a program wrote: stack frames, bodies, exceptions, reason phrases. It speaks of one request, never of all."""
_FAILED: Final = 400  # HTTP's border


def failing(text: str) -> str:
    """Return a text without what tells of no failure of the API now."""
    kept = _DENIED.sub(" ", text)
    if _QUOTED.search(kept):
        return kept
    clauses = [clause for clause in _CLAUSE.split(kept) if not _is_idle(clause)]
    return "".join(clauses)


def page_words(line: str) -> str:
    """Return what a line quotes of the provider's status page as trouble of the API, or nothing."""
    quoted = _QUOTING.search(line)
    if quoted is None:
        return ""
    clauses = [part for part in _CLAUSE.split(line[quoted.start() :]) if part and not _QUIET.search(part)]
    return "".join(part for part in clauses if _API.search(part) or not _CONSUMER.search(part))


def spoken(text: str) -> str:
    """Return what a person may have said in a text: no stack frames, bodies, exceptions, quotes and reason phrases."""
    return _TECHNICAL.sub(" ", text.strip(" \n\"'"))


def share(text: str) -> tuple[str, float | None]:
    """Return the scope and, if it is counted, the share of failing requests (0-1) that a person's words tell."""
    text = spoken(text)
    counted = _COUNTED.search(text)
    if counted and 0 < int(counted[1]) <= int(counted[2]):
        return "unknown", int(counted[1]) / int(counted[2])
    percent = _PERCENT.search(text)
    if percent and 0 < float(percent[1]) <= 100:  # noqa: PLR2004 - percent
        return "unknown", float(percent[1]) / 100
    tallied = [(int(times), int(status) >= _FAILED) for times, status in _TALLIED.findall(text)]
    if len({failed for _, failed in tallied}) > 1:
        return "unknown", sum(times for times, failed in tallied if failed) / max(1, sum(times for times, _ in tallied))
    return next((scope for scope, words in _SCOPES if words.search(text)), "unknown"), None


def _is_idle(clause: str) -> bool:
    """Tell a clause that is about the page, about no failure, about one that is over, or only asks."""
    if _PLANNED.search(clause) or _FOREIGN.search(clause) or (_ASKED.search(clause) and not _SEEN.search(clause)):
        return True
    of_the_page = _OF_THE_PAGE.search(clause)
    if of_the_page:
        return not page_words(clause) and not _tells_of_more(clause, of_the_page.start())
    return _OVER.search(clause) is not None and not _NOT_NOW.search(clause)


def _tells_of_more(clause: str, page_at: int) -> bool:
    """Tell a clause that names what was seen itself, and the page only as where to look."""
    rest, sent_there = _LOOK_THERE.subn(" ", clause)
    told = rest if sent_there else clause[:page_at]
    return _TOLD_SEEN.search(told) is not None and not _QUIET.search(told)
