"""Registered models."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from peritus.bench.models import Expert
from peritus.model_experts.models import ModelCall, ModelSpec
from peritus.model_experts.terms import PLAIN_INSTRUCTION, EndpointTerms
from tests.factories.accounts import number, uid
from tests.factories.bench import expert


def terms(**changes: Any) -> EndpointTerms:
    """Return the terms of an endpoint on this machine."""
    given = {
        "base_url": "http://127.0.0.1:9/v1",
        "model": "reader-small",
        "version": "2026-05-01",
        "price_input": Decimal("0.40"),
        "price_output": Decimal("1.60"),
        "currency": "EUR",
        "context_tokens": 8_000,
    }
    return EndpointTerms(**given | changes)


def model_spec(**changes: Any) -> ModelSpec:
    """Return a model on trial, asked at this machine."""
    family = f"reader-{number()}"
    region = changes.pop("region", "")
    given = {
        "uid": uid(),
        "family": family,
        "number": 1,
        "kind": ModelSpec.Kind.ENDPOINT,
        "base_url": "http://127.0.0.1:9/v1",
        "model": "reader-small",
        "version": "2026-05-01",
        "instruction": PLAIN_INSTRUCTION,
        "decoding": terms().decoding,
        "context_tokens": 8_000,
        "price_input": Decimal("0.40"),
        "price_output": Decimal("1.60"),
        "currency": "EUR",
        "registered_at": datetime(2026, 1, 5, tzinfo=UTC),
    } | changes
    given["expert"] = given.get("expert") or expert(
        handle=f"{family}-v1", kind=Expert.Kind.MODEL, data_region=region, on_trial=True
    )
    return ModelSpec.objects.create(**given)


def model_call(**changes: Any) -> ModelCall:
    """Return an answered call for a lease."""
    held = changes["assignment"]
    given = {
        "uid": uid(),
        "organisation": held.organisation,
        "engagement": held.engagement,
        "number": held.model_calls.count() + 1,
        "outcome": ModelCall.Outcome.ANSWERED,
        "frame": "f" * 64,
        "input_tokens": 900,
        "output_tokens": 40,
        "price": Decimal("0.000424"),
        "currency": "EUR",
        "milliseconds": 800,
        "called_at": datetime(2026, 3, 10, tzinfo=UTC),
    } | changes
    given["spec"] = given.get("spec") or model_spec(expert=held.expert)
    return ModelCall.objects.create(**given)
