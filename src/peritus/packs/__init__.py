"""Activity packs: leaves, found through entry points, imported by nobody."""
