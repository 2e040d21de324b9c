"""From the timeline to a document."""
