"""Pure numerics: arrays in, arrays out; no database, clock, I/O or global random state."""
