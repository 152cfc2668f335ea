"""Show the workspace in a browser."""
