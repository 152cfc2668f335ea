"""Open slots, lease them, take judgments and inquiries."""
