"""The runbook's three links, for cards and help."""

STATUS_PAGE = "https://status.claude.com"
ERRORS = "https://platform.claude.com/docs/en/api/errors"
RATE_LIMITS = "https://platform.claude.com/docs/en/api/rate-limits"

LINKS = f"<{STATUS_PAGE}|Status page> · <{ERRORS}|Error reference> · <{RATE_LIMITS}|Rate limits>"
