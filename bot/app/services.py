"""From settings to the outside services that are told of incidents."""

from bot.clock import Clock
from bot.incidents.handoff import PAGERDUTY, WEBHOOK
from bot.integrations.handoff import Service
from bot.integrations.pagerduty import PagerDuty
from bot.integrations.webhook import Webhook
from bot.settings import Settings


def services_of(settings: Settings, clock: Clock) -> dict[str, Service]:
    """Return the outside services that are told of incidents, by name: those that are configured."""
    services: dict[str, Service] = {}
    if settings.pagerduty_routing_key:
        key = settings.pagerduty_routing_key.get_secret_value()
        services[PAGERDUTY] = PagerDuty(key, settings.handoff.pagerduty_url)
    if settings.handoff.webhook_url and settings.webhook_secret:
        secret = settings.webhook_secret.get_secret_value()
        services[WEBHOOK] = Webhook(settings.handoff.webhook_url, secret, clock)
    return services
