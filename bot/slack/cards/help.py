"""The help: every verb in one line, and where to read on."""

from bot.slack.cards.links import LINKS

VERB_LINES = {
    "run": "run the triage checks and say whose fault it is (the same as no verb)",
    "evidence": "say what production sees; the next verdict weighs it",
    "explain [TEXT]": "what an error means: whose fault, whether to retry, what to do; without a text a form asks",
    "open [TITLE]": "open an incident in your own words, public or private, in a channel of its own or in this one",
    "list": "the open incidents",
    "search WORDS": "incidents, open or over, in which all of these words stand",
    "recap [INC-7]": "what happened so far, for who comes late",
    "status [INC-7] [STATUS]": "one incident in a line; or set it to investigating, identified or monitoring",
    "ack [INC-7]": "you have it in hand: the response-time reminders end",
    "snooze [30m | 2h | stop]": "put this channel's reminders off, or stop them",
    "severity [INC-7] P2 REASON": "change an incident's severity; without a value a form asks",
    "note [10m ago | at 14:05] TEXT": "a line on the timeline; times are UTC",
    "update [INC-7]": "tell those outside how it stands, with a draft to begin with",
    "retract 12 REASON": "take a note or a captured message back; it stays on the timeline, marked as that",
    "task [TEXT @owner by DAY | done 3]": "the incident's tasks; those left at its end are follow-ups",
    "role [lead | communications | scribe] [@name]": "who has which role, or give one",
    "resolve": "end the incident, with a form for what is known",
    "reopen REASON": "it is not over after all",
    "close": "put a resolved incident aside",
    "key [INC-7] [HINT]": "a key is, or may be, in the wrong hands: find it, contain it, replace it, step by step",
    "postmortem [INC-7]": "write the postmortem, together and in several sittings; action items become tasks",
    "export [INC-7] [md | html | pdf | json]": "share the postmortem as a file in the incident's channel",
    "bundle [INC-7]": "what the provider's support can look up, to paste there; no words of people; only you see it",
    "report [30d]": "how many incidents, whose fault, how quick you were; only you see it",
    "repair [INC-7]": "get an incident a channel: again after a refusal, or anew when its own is gone",
    "doctor": "what is wrong with how the bot is set up, and what to mend; only you see it",
    "help": "this",
}


def help_text(before: str) -> str:
    """Return the help, after a line that says why it is shown."""
    lines = [f"• `/anth-triage {verb}` - {what}" for verb, what in VERB_LINES.items()]
    return "\n".join([*([before] if before else []), *lines, LINKS])
