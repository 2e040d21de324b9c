"""The stand-in Slack workspace."""
