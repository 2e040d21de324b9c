"""The incident and its story. Pure: no I/O."""
