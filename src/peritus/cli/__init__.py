"""The command line: calls verbs and queries, decides nothing."""
