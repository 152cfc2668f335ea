"""Let recorded and computed experts take leases like anybody."""
