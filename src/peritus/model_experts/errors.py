"""What stands in the way of a model's registration or work."""

from peritus.journal.errors import Blocked


class ModelNotRegistered(Blocked):
    """The model cannot be registered as given."""


class ModelNotAsked(Blocked):
    """The model cannot be asked as this installation is set up."""


class ModelNotTested(Blocked):
    """The model cannot be tested for admission yet, or asked to suggest."""
