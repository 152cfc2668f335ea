"""Tell people what waits for them, from events."""
