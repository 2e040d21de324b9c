"""What every Web API call must pass before it is carried out: method, token, rate, scope, required arguments."""

from bot.playground.workspace.arguments import Arguments
from bot.playground.workspace.methods import Catalogue, Method
from bot.playground.workspace.rates import Rates
from bot.playground.workspace.refusal import Refused
from bot.playground.workspace.state import State

# The part of a scope's name before the colon that fits a conversation's kind.
_FITTING = {"channel": {"channels"}, "group": {"groups"}, "im": {"im", "mpim"}}
_BY_KIND = {"channels", "groups", "im", "mpim"}


class Gate:
    """Lets a call pass or refuses it; without `rates` nothing is limited."""

    def __init__(self, state: State, catalogue: Catalogue, rates: Rates | None) -> None:
        self._state = state
        self._catalogue = catalogue
        self._rates = rates

    def check(self, name: str, token: str, arguments: Arguments) -> None:
        """Let a call pass.

        Raises Refused with Slack's name for what is wrong: unknown_method, not_authed, invalid_auth,
        not_allowed_token_type, ratelimited, missing_scope or invalid_arguments.
        """
        method = self._catalogue.methods.get(name)
        if method is None:
            raise Refused("unknown_method", extra={"req_method": name})
        self._check_token(method, token)
        if self._rates is not None:
            self._rates.count(method, arguments.text("channel"))
        self._check_scope(method, arguments)
        missing = [argument for argument in method.required if arguments.get(argument) is None]
        if missing:
            told = [f"[ERROR] missing required field: {argument}" for argument in missing]
            raise Refused("invalid_arguments", messages=told)

    def _check_token(self, method: Method, token: str) -> None:
        wanted = {"bot": self._state.bot_token, "app": self._state.app_token}
        if not token:
            raise Refused("not_authed")
        if token not in wanted.values():
            raise Refused("invalid_auth")
        if token != wanted[method.token]:
            raise Refused("not_allowed_token_type")

    def _check_scope(self, method: Method, arguments: Arguments) -> None:
        fitting = [scope for scope in method.scopes if self._fits(scope, method, arguments)]
        granted = self._state.scopes if not method.of_app else self._state.app_scopes
        if not fitting or granted.intersection(fitting):
            return
        provided = ",".join(sorted(granted))
        raise Refused("missing_scope", extra={"needed": ",".join(fitting), "provided": provided})

    def _fits(self, scope: str, method: Method, arguments: Arguments) -> bool:
        """Say whether a scope is one for the kind of conversation the call is about."""
        family = scope.partition(":")[0]
        kind = self._kind(method, arguments)
        return kind is None or family not in _BY_KIND or family in _FITTING[kind]

    def _kind(self, method: Method, arguments: Arguments) -> str | None:
        if method.name == "conversations.create":
            return "group" if arguments.flag("is_private") else "channel"
        if method.name == "conversations.open":
            return "im"
        channel = self._state.channels.get(arguments.text("channel") or arguments.text("channel_id"))
        return channel.kind if channel else None
