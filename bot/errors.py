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
    ├── Unsaved             the database is away, locked or full: nothing, or nobody knows what, was saved
    └── AdminApiError       the provider's Admin API did not do what it was asked; says what may have been changed
        ├── AdminKeyRefused     the Admin key itself is no good
        ├── NoAdminRights       the key is good and may not manage API keys; or the account has no Admin API
        ├── KeyNotFound         the organization has no API key of this id
        ├── AdminRateLimited    it asks to wait; says for how long
        ├── AdminRequestRefused it refused the request as such
        ├── AdminApiLost        not reached, not answered, or a failure of its own
        └── AdminApiUnreadable  something answered that cannot be read as the Admin API's answer
"""

import math


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


class AdminApiError(Unavailable):
    """The Admin API did not do what it was asked.

    `may_have_changed` is true when a change was asked for and nobody knows whether it was made: read the status back.
    """

    def __init__(self, user_message: str, hint: str, *, may_have_changed: bool = False) -> None:
        if may_have_changed:
            hint = f"Whether the key was changed is unknown: read its status back first. {hint}".strip()
        super().__init__(user_message, hint)
        self.may_have_changed = may_have_changed


class AdminKeyRefused(AdminApiError):
    """The Admin key is not good, or not good any more."""

    def __init__(self) -> None:
        super().__init__(
            "The Admin API refuses the bot's Admin key.",
            "Whoever runs the bot sets a new ANTHROPIC_ADMIN_KEY; meanwhile the Console can do the same.",
        )


class NoAdminRights(AdminApiError):
    """The key that the bot has may not manage API keys, or the account is one without an Admin API."""

    def __init__(self) -> None:
        super().__init__(
            "The bot's Admin key may not manage API keys here.",
            "It takes an Admin key of an organization; an individual account has none. The Console can do the same.",
        )


class KeyNotFound(AdminApiError):
    """The organization has no API key with this id."""

    def __init__(self) -> None:
        super().__init__(
            "The organization has no API key with this id.",
            "Look for it by its name or its last four characters; it may belong to another organization.",
        )


class AdminRateLimited(AdminApiError):
    """The Admin API asks to wait for `retry_after_s` seconds; nothing was changed."""

    def __init__(self, retry_after_s: float) -> None:
        wait = max(1, math.ceil(retry_after_s))
        super().__init__(f"The Admin API asks to wait {wait} s.", "Nothing was changed; do it again then.")
        self.retry_after_s = retry_after_s


class AdminRequestRefused(AdminApiError):
    """The Admin API refused the request as such with this status; nothing was changed."""

    def __init__(self, status: int) -> None:
        super().__init__(
            f"The Admin API refuses the request ({status}).", "Nothing was changed; the Console can do the same."
        )
        self.status = status


class AdminApiLost(AdminApiError):
    """The Admin API was not reached, did not answer in time, or failed; `why` is one of our own words."""

    def __init__(self, why: str, *, may_have_changed: bool = False) -> None:
        hint = "Do it again in a moment; the Console can do the same."
        super().__init__(f"The Admin API gave no answer: {why}.", hint, may_have_changed=may_have_changed)


class AdminApiUnreadable(AdminApiError):
    """What answered cannot be read as the Admin API's answer; `why` is one of our own words."""

    def __init__(self, why: str, *, may_have_changed: bool = False) -> None:
        hint = "A proxy may stand between; the Console can do the same."
        super().__init__(f"The Admin API's answer cannot be read: {why}.", hint, may_have_changed=may_have_changed)
