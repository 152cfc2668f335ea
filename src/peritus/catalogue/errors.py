"""What can go wrong with a pack or the data that it names."""


class CatalogueError(Exception):
    """A pack, or what it declares, cannot be used."""


class UnknownPack(CatalogueError):
    """No installed distribution declares a pack of that name."""


class UnknownQuestionKind(CatalogueError):
    """A question names a kind that the catalogue does not have."""


class PackNotSound(CatalogueError):
    """A pack contradicts itself; the message lists every reason."""


class PublishedDataMissing(CatalogueError):
    """Published data could not be had, or is not what the lock says."""
