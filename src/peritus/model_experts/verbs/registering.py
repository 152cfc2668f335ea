"""Bring AI models to the bench."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.accounts.rules import SET_UP
from peritus.accounts.verbs import register_person
from peritus.bench.models import Expert
from peritus.bench.rules import REGISTER_EXPERT
from peritus.bench.verbs import register_expert
from peritus.blobs.store import keep
from peritus.catalogue.identity import uid_of
from peritus.engagements.queries import engagements_seen_by
from peritus.engagements.rules import MANAGE
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import canonical, sha256
from peritus.journal.clock import now
from peritus.model_experts.errors import ModelNotRegistered
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.terms import (
    MOST_TOKENS,
    EndpointTerms,
    endpoint_blockers,
    family_blockers,
    spec_digest,
)
from peritus.model_experts.training import training_blockers, training_rows


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


@verb
def fit_model(
    family: str,
    engagement_id: int,
    *,
    name: str,
    version: str,
    percent: int = 50,
    by: User,
    key: str,
) -> ModelSpec:
    """Register a model that is fitted here on people's judgments of a client's pack.

    It works for this client alone. ``version`` is that of the library it is fitted
    with; the rest of the items is left to test it on. Raises ModelNotRegistered.
    """
    engagement = engagements_seen_by(by).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    REGISTER_EXPERT.require(by)
    SET_UP.require(by)
    if earlier := earlier_result():
        return earlier
    rows = training_rows(engagement, percent)
    if blockers := family_blockers(family, name) + training_blockers(rows, percent):
        raise ModelNotRegistered(blockers)
    number = ModelSpec.objects.filter(family=family).count() + 1
    owner = engagement.organisation_id
    expert = put_on_bench(family, number, name=name, made_from_id=owner, by=by, key=key)
    spec = ModelSpec(
        uid=uid_of(expert.uid, "spec"),
        expert=expert,
        family=family,
        number=number,
        kind=ModelSpec.Kind.LOCAL,
        model="tf-idf, logistic regression",
        version=version,
        instruction_digest=sha256(b""),
        decoding={"C": "1.0", "words": 2},
        context_tokens=MOST_TOKENS,
        price_input=0,
        price_output=0,
        currency="EUR",
        training=keep(owner, canonical(rows), "application/json"),
        registered_at=now(),
    )
    keep_spec(spec)
    return spec


def put_on_bench(
    family: str,
    number: int,
    *,
    name: str,
    region: str = "",
    made_from_id: int | None = None,
    by: User,
    key: str,
) -> Expert:
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
        made_from_id=made_from_id,
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
