"""What people do in Slack: parse, call one workflow, acknowledge."""
