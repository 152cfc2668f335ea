"""What stands in the way of signing in."""

from peritus.journal.errors import Blocked


class SecondFactorRefused(Blocked):
    """The second factor cannot be changed as asked."""


class CodeRefused(Blocked):
    """The code does not count: wrong, out of its time, or used."""


class PasswordRefused(Blocked):
    """The password is not the person's."""


class OfferGone(Blocked):
    """What a page handed out came back too late, or from somebody else."""


class TooManyTries(Blocked):
    """So much was tried wrongly that one has to wait."""

    def __init__(self, seconds: int) -> None:
        minutes = -(-seconds // 60)
        wait = f"{seconds} seconds" if seconds <= 90 else f"{minutes} minutes"
        super().__init__([f"Too many wrong tries. Wait {wait}, then try again."])
        self.seconds = seconds


class TokenRefused(Blocked):
    """The token cannot be made as asked."""
