"""Keep content by its SHA-256, stored per organisation."""
