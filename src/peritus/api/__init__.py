"""Serve the same verbs and queries as JSON."""
