"""Which tables are held back follows from the models; on SQLite nothing is."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from peritus.accounts.errors import RoleNotGranted
from peritus.accounts.models import ClientOwned
from peritus.accounts.policies import (
    CONDITIONS,
    UNGUARDED,
    guarded_models,
    install_policies,
    models_without_answer,
    policy_faults,
    unguarded_models,
)
from peritus.accounts.serving import (
    isolation_sentence,
    let_serve,
    require_serving_role,
    role_faults,
)


def own_labels():
    every = apps.get_models(include_auto_created=True)
    return {model._meta.label for model in every if model.__module__.startswith("peritus.")}


def test_every_model_is_held_back_or_says_why_not():
    guarded = {model._meta.label for model in guarded_models()}

    assert unguarded_models() == []
    assert guarded | set(UNGUARDED) == own_labels()
    assert guarded.isdisjoint(UNGUARDED)


def test_every_model_that_a_client_owns_is_held_back():
    owned = {model for model in apps.get_models() if issubclass(model, ClientOwned)}

    assert owned <= set(guarded_models())
    assert len(owned) > 40


def test_a_model_without_an_answer_is_an_error_of_the_check():
    assert models_without_answer([Group, *guarded_models()]) == [Group]


def test_lists_name_no_model_that_is_gone():
    assert set(UNGUARDED) | set(CONDITIONS) <= own_labels()


@pytest.fixture
def sqlite(db):
    if connection.vendor != "sqlite":
        pytest.skip("what PostgreSQL does, tests/journeys/test_isolation.py says")


def test_sqlite_knows_no_policies(sqlite):
    install_policies()

    assert (policy_faults(), role_faults()) == ([], [])
    require_serving_role()


def test_sqlite_has_no_role_that_could_serve(sqlite):
    with pytest.raises(RoleNotGranted, match="Only PostgreSQL has roles"):
        let_serve("peritus_serves")


def test_sqlite_is_said_to_be_for_ones_own_use(sqlite):
    assert "Meant for one provider's own use" in isolation_sentence()
