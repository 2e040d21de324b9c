"""Who may know of an incident: everybody of a public one, those who work on it of a private one."""

from bot.incidents.model import Incident


def may_see(incident: Incident, user_id: str, channel_id: str) -> bool:
    """Tell whether a person, asking from this channel, may hear of the incident.

    Of a private one: who opened or acknowledged it, who has a role or a task in it, and whoever asks from within its
    channel.
    """
    if not incident.private or channel_id == incident.channel_id:
        return True
    return user_id in {actor.id for actor in incident.people}
