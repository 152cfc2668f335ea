"""Know organisations, people and their roles."""
