import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from peritus.accounts.models import ClientOwned
from peritus.engagements.models import Item, Lot
from peritus.journal.tenancy import SameOrganisation
from tests.factories.engagements import engagement, item, lot

pytestmark = pytest.mark.django_db


def refused(make):
    """Say that the database refuses the row; roll it back."""

    def make_and_check():
        make()
        connection.check_constraints()

    with pytest.raises(IntegrityError):
        transaction.atomic(make_and_check)()


def test_database_takes_a_row_whose_parents_are_of_its_client():
    item()

    connection.check_constraints()


def test_database_refuses_a_parent_of_another_client():
    ours, theirs = engagement(), engagement()

    refused(lambda: lot(engagement=theirs, organisation=ours.organisation))

    assert Lot.objects.count() == 0


def test_database_refuses_one_foreign_parent_of_two():
    ours, theirs = engagement(), lot()

    refused(lambda: item(lot=theirs, engagement=ours, organisation=ours.organisation))


def test_database_refuses_to_move_a_row_to_another_client():
    there, other = item(), engagement()

    refused(lambda: Item.objects.filter(pk=there.pk).update(organisation=other.organisation))


def test_database_refuses_a_parent_that_does_not_exist():
    there = item()

    refused(lambda: Item.objects.filter(pk=there.pk).update(lot_id=987_654_321))


def client_tables():
    return [model for model in apps.get_models() if issubclass(model, ClientOwned)]


@pytest.mark.parametrize("model", client_tables(), ids=lambda model: model._meta.label)
def test_every_key_between_client_tables_is_held_to_the_client(model):
    keys = {
        field.name
        for field in model._meta.fields
        if isinstance(field, models.ForeignKey) and issubclass(field.related_model, ClientOwned)
    }
    held = {each.field for each in model._meta.constraints if isinstance(each, SameOrganisation)}

    assert held == keys
    assert any(
        isinstance(each, models.UniqueConstraint) and each.fields == ("organisation", "id")
        for each in model._meta.constraints
    )
