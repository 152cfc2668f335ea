"""Say what a pack may declare: plain Python, no database, no web."""
