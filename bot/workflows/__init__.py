"""One use case a file; each opens exactly one unit of work."""
