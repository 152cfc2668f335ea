"""What stands in the way of reading an outside file."""

from peritus.journal.errors import Blocked

SAVE_AS_CSV = "Save the sheet as CSV and give that."


class FileRefused(Blocked):
    """The file as a whole cannot be read; no row of it went in."""
