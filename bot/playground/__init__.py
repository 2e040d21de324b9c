"""The stand-in world: a Slack workspace and a Claude provider on loopback, for the demo and the tests."""
