"""Bring AI models to the bench."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.accounts.rules import SET_UP
from peritus.accounts.verbs import register_person
from peritus.bench.models import Expert
from peritus.bench.rules import REGISTER_EXPERT
from peritus.bench.verbs import register_expert
from peritus.catalogue.identity import uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import sha256
from peritus.journal.clock import now
from peritus.model_experts.errors import ModelNotRegistered
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.terms import (
    EndpointTerms,
    endpoint_blockers,
    family_blockers,
    spec_digest,
)


@verb
def register_model(
    family: str, *, name: str, terms: EndpointTerms, by: User, key: str
) -> ModelSpec:
    """Bring a model at an endpoint to the bench: the next version of its family.

    Each version is an expert of its own, on trial, with no skill, test or
    admission from an earlier one. Nothing of it can be changed afterwards.
    Raises ModelNotRegistered with every reason.
    """
    REGISTER_EXPERT.require(by)
    SET_UP.require(by)
    if earlier := earlier_result():
        return earlier
    if blockers := family_blockers(family, name) + endpoint_blockers(terms):
        raise ModelNotRegistered(blockers)
    number = ModelSpec.objects.filter(family=family).count() + 1
    expert = put_on_bench(family, number, name=name, region=terms.region, by=by, key=key)
    spec = ModelSpec(
        uid=uid_of(expert.uid, "spec"),
        expert=expert,
        family=family,
        number=number,
        kind=ModelSpec.Kind.ENDPOINT,
        base_url=terms.base_url.rstrip("/"),
        model=terms.model,
        version=terms.version,
        instruction=terms.instruction,
        instruction_digest=sha256(terms.instruction.encode()),
        decoding=terms.decoding,
        context_tokens=terms.context_tokens,
        price_input=terms.price_input,
        price_output=terms.price_output,
        currency=terms.currency,
        key_name=terms.key_name,
        registered_at=now(),
    )
    keep_spec(spec)
    return spec


def put_on_bench(family: str, number: int, *, name: str, region: str, by: User, key: str) -> Expert:
    """Register the account and the expert of a model's version; nobody signs in as it."""
    handle = f"{family}-v{number}"
    if Expert.objects.filter(handle=handle).exists():
        raise ModelNotRegistered([f"{handle!r} is on the bench already; choose another family."])
    titled = f"{name.strip()}, version {number}"
    account = register_person(
        f"model-{handle}", name=titled, email=f"{handle}@models.invalid", by=by, key=key
    )
    return register_expert(
        handle,
        user_id=account.pk,
        name=titled,
        kind=Expert.Kind.MODEL,
        data_region=region,
        on_trial=True,
        by=by,
        key=key,
    )


def keep_spec(spec: ModelSpec) -> None:
    """Write a specification, and commit to it; the event names no address and no key."""
    spec.save(force_insert=True)
    said = {
        "digest": spec_digest(spec), "expert": spec.expert.uid, "kind": spec.kind,
        "instruction": spec.instruction_digest, "region": spec.expert.data_region,
    }  # fmt: skip
    record("model.registered", about=spec, data=said)
