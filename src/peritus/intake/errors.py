"""What stands in the way of reading an outside file."""

from peritus.journal.errors import Blocked


class FileRefused(Blocked):
    """The file as a whole cannot be read; no row of it went in."""
