"""Registered models: what may be said of one, that it never changes, and where items may go."""

from __future__ import annotations

from decimal import Decimal

import pytest

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from peritus.model_experts.errors import ModelNotRegistered
from peritus.model_experts.invariants import changed_specs
from peritus.model_experts.models import ModelSpec
from peritus.model_experts.queries import models_seen_by
from peritus.model_experts.terms import PLAIN_INSTRUCTION
from peritus.model_experts.verbs import register_model
from tests.factories.accounts import member
from tests.factories.bench import expert
from tests.factories.model_experts import model_spec, terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return member("manager")


def register(manager, **changes):
    given = {"name": "Small reader", "terms": terms(), "by": manager, "key": "k"} | changes
    return register_model(given.pop("family", "reader"), **given)


def test_register_model_puts_a_version_on_trial_on_the_bench(manager):
    spec = register(manager, terms=terms(seed=7, temperature=Decimal("0.2")))

    assert (spec.expert.handle, spec.expert.kind, spec.expert.on_trial) == (
        "reader-v1", Expert.Kind.MODEL, True,
    )  # fmt: skip
    assert not spec.expert.user.has_usable_password()
    assert spec.decoding == {"max_tokens": 500, "seed": 7, "temperature": "0.2", "top_p": "1"}
    assert Event.objects.filter(kind="model.registered").get().data["digest"]
    assert changed_specs() == []


def test_register_model_registers_once_when_repeated(manager):
    assert register(manager) == register(manager)
    assert (ModelSpec.objects.count(), Expert.objects.count()) == (1, 1)
    with pytest.raises(KeyUsedDifferently):
        register(manager, terms=terms(version="2026-06-01"))


def test_register_model_makes_a_change_the_next_version_and_another_expert(manager):
    first = register(manager)

    second = register(manager, terms=terms(instruction=PLAIN_INSTRUCTION + " Be brief."), key="l")

    assert [first.expert.handle, second.expert.handle] == ["reader-v1", "reader-v2"]
    assert first.instruction_digest != second.instruction_digest
    first.refresh_from_db()
    assert first.instruction == PLAIN_INSTRUCTION


@pytest.mark.parametrize("role", ["quality", "finance", "expert"])
def test_register_model_is_a_managers(role):
    with pytest.raises(NotAllowed):
        register(member(role))
    assert not ModelSpec.objects.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_url": "http://models.example/v1", "region": "EU"}, "An endpoint is https://"),
        ({"base_url": "https://u:p@models.example/v1", "region": "EU"}, "An endpoint is https://"),
        ({"base_url": "https://models.example/v1?key=x", "region": "EU"}, "endpoint is https://"),
        ({"base_url": "https://models.example:x/v1", "region": "EU"}, "endpoint is https://"),
        ({"base_url": "ftp://127.0.0.1/v1"}, "An endpoint is https://"),
        ({"base_url": "https://[::1/v1"}, "An endpoint is https://"),
        ({"base_url": "https://models.example/v1"}, "A region is named by 2 to 12 capital"),
        ({"region": "EU"}, "on this machine sends items to no region"),
        ({"key_name": "PERITUS_SECRET_KEY"}, "A key is named PERITUS_MODEL_KEY_"),
        ({"key_name": "sk-123"}, "A key is named PERITUS_MODEL_KEY_"),
        ({"model": " "}, "A model's own name has 1 to 120"),
        ({"version": ""}, "Its version has 1 to 60"),
        ({"price_input": Decimal(-1)}, "A price of 1,000,000 tokens is 0 to"),
        ({"price_output": Decimal("NaN")}, "A price of 1,000,000 tokens is 0 to"),
        ({"currency": "euro"}, "A currency is three capitals"),
        ({"instruction": ""}, "An instruction has 1 to 20000"),
        ({"instruction": "{guideline}"}, r"has \{questions\} in it once"),
        ({"instruction": "{guideline}{questions}{item}"}, "a message of its own"),
        ({"max_tokens": 8_000}, "An answer has 1 token or more"),
        ({"temperature": Decimal(3)}, "A temperature is 0 to 2"),
        ({"top_p": Decimal(0)}, "top_p is above 0"),
        ({"seed": -1}, "A seed is a whole number"),
    ],
)
def test_register_model_refuses_what_could_not_be_held(manager, changes, said):
    with pytest.raises(ModelNotRegistered, match=said):
        register(manager, terms=terms(**changes))
    assert not User.objects.filter(email__endswith="models.invalid").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"family": "a reader"}, "A family has up to 40"), ({"name": " "}, "A name has 1 to 120")],
)
def test_register_model_refuses_names_that_are_none(manager, changes, said):
    with pytest.raises(ModelNotRegistered, match=said):
        register(manager, **changes)


def test_register_model_takes_no_handle_of_somebody_else(manager):
    expert(handle="reader-v1")

    with pytest.raises(ModelNotRegistered, match="'reader-v1' is on the bench already"):
        register(manager)


def test_models_are_seen_by_the_provider_and_by_no_client(manager):
    spec = model_spec()

    assert list(models_seen_by(manager)) == [spec]
    assert list(models_seen_by(member("client"))) == []


@pytest.mark.parametrize(
    "changes",
    [{"instruction": "Say yes."}, {"price_output": Decimal(9)}, {"base_url": "https://other/v1"}],
)
def test_a_specification_that_was_changed_is_found(manager, changes):
    spec = register(manager)
    ModelSpec.objects.filter(pk=spec.pk).update(**changes)

    assert changed_specs() == ["reader-v1 is not specified as it was when it was registered."]


def test_a_region_that_was_changed_is_found(manager):
    far = terms(base_url="https://models.example/v1", region="US")
    spec = register(manager, terms=far)
    Expert.objects.filter(pk=spec.expert_id).update(data_region="EU")

    assert len(changed_specs()) == 1
