"""Read outside files safely into items."""
