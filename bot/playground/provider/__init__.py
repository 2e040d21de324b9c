"""The stand-in Claude API and its status page."""
