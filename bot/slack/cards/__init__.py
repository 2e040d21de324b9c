"""What people see in Slack, as plain dicts. Pure: no I/O."""
