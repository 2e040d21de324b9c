"""Every error that the bot raises on purpose, as one small tree.

BotError                    anything a person should read: a message and a hint
├── BadInput                what was typed or pressed cannot be used as it is
│   ├── UnknownIncident     no such incident
│   ├── NotAllowed          the policy does not let this person do that
│   ├── StaleButton         the world has moved on since the button was drawn
│   └── BadButton           a button or form that this version of the bot did not draw
├── BadSettings             the environment or anth-triage.toml must be mended first
├── BadRules                a rules file must be mended first
├── Unreadable              a row of the database that this version cannot read
└── Unavailable             something outside said no or nothing; trying later may help
    └── Unsaved             the database is away, locked or full: nothing, or nobody knows what, was saved
"""


class BotError(Exception):
    """An error with a text for the person it reaches and a hint at what to do next.

    Both are shown to people: they never hold a secret or text of a foreign body.
    """

    def __init__(self, user_message: str, hint: str = "") -> None:
        super().__init__(f"{user_message} {hint}".strip())
        self.user_message = user_message
        self.hint = hint


class BadInput(BotError):
    """What was typed or pressed cannot be used as it is; `field` names the form's field that it is about, if one."""

    def __init__(self, user_message: str, hint: str = "", *, field: str = "") -> None:
        super().__init__(user_message, hint)
        self.field = field


class UnknownIncident(BadInput):
    """No incident has this id."""


def unknown_incident(number: int) -> UnknownIncident:
    """Return what is said of a number that no incident has, and of one of which a person may not know."""
    hint = "`list` in Slack or `anth-triage incidents` shows what there is."
    return UnknownIncident(f"There is no incident INC-{number}.", hint)


class NotAllowed(BadInput):
    """The policy does not let this person do that; says why and who could."""


class StaleButton(BadInput):
    """The world has moved on since the button was drawn; says who moved it."""


class BadButton(BadInput):
    """A button, menu or form that this version of the bot did not draw."""


class BadSettings(BotError):
    """The environment or anth-triage.toml must be mended first; every problem is listed by name."""


class BadRules(BotError):
    """A rules file must be mended first; every problem is listed with its place."""


class Unreadable(BotError):
    """A row of the database that this version cannot read; `where` names its table and number, never its content."""

    def __init__(self, table: str, number: int) -> None:
        self.where = f"{table} {number}"
        super().__init__(
            f"The database holds something here that this version cannot read ({self.where}).",
            "A newer version or somebody's hand wrote it; the bot's owners find more in its log.",
        )


class Unavailable(BotError):
    """Something outside refused or did not answer; trying later may help."""


class Unsaved(Unavailable):
    """The database did not answer, is locked or full, or broke off in a commit: what was to be saved may not be."""

    def __init__(self) -> None:
        super().__init__("The database does not answer: this may not have been saved.", "Do it again in a moment.")
