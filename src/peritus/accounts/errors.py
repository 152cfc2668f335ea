"""What stands in the way of an account."""

from peritus.journal.errors import Blocked


class OrganisationNotOpened(Blocked):
    """The organisation cannot be registered as given."""


class KeyNotRevocable(Blocked):
    """The signing key cannot be revoked as asked."""
