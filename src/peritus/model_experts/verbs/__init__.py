"""Acts that bring models to the bench, and answers of published sources to the work."""

from peritus.model_experts.verbs.admitting import admit_model, open_suggestions
from peritus.model_experts.verbs.calls import record_call
from peritus.model_experts.verbs.recording import record_answers
from peritus.model_experts.verbs.registering import fit_model, register_model

__all__ = [
    "admit_model",
    "fit_model",
    "open_suggestions",
    "record_answers",
    "record_call",
    "register_model",
]
