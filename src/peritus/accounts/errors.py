"""What stands in the way of an account."""

from peritus.journal.errors import Blocked


class OrganisationNotOpened(Blocked):
    """The organisation cannot be registered as given."""


class PersonNotRegistered(Blocked):
    """The person cannot be registered as given."""


class KeyNotRevocable(Blocked):
    """The signing key cannot be revoked as asked."""


class RoleUnfit(Blocked):
    """The database would not hold clients' rows apart for the role that is connected."""


class RoleNotGranted(Blocked):
    """The role cannot be given the rights to serve."""
