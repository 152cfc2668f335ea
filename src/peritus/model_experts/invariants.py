"""What always holds of registered models."""

from __future__ import annotations

from peritus.journal.models import Event
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.terms import spec_digest


def changed_specs() -> list[str]:
    """Name the models whose specification is not what was registered."""
    said = {
        each.about_uid: each.data["digest"]
        for each in Event.objects.filter(kind="model.registered").order_by("id")
    }
    specs = ModelSpec.objects.select_related("expert").order_by("id")
    return [
        f"{spec.expert.handle} is not specified as it was when it was registered."
        for spec in specs
        if said.get(spec.uid) != spec_digest(spec)
    ]
