"""anth-triage: whose fault is it when the Claude API fails, how bad is it, and what to do next."""

__version__ = "0.1.0"
