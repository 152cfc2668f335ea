"""What is sealed: opened by its key alone, by an old key while that is listed."""

import pytest
from django.test import override_settings

from peritus.sign_in.errors import OfferGone
from peritus.sign_in.sealing import offer, seal, taken_up, unsealed
from tests.factories import accounts

OLD, NEW = "o" * 50, "n" * 50


def test_unsealed_returns_what_was_sealed():
    assert unsealed(seal(b"secret")) == b"secret"
    assert seal(b"secret") != seal(b"secret")


def test_unsealed_opens_nothing_under_another_key():
    with override_settings(SECRET_KEY=OLD):
        sealed = seal(b"secret")

    with override_settings(SECRET_KEY=NEW):
        assert unsealed(sealed) is None
    with override_settings(SECRET_KEY=NEW, SECRET_KEY_FALLBACKS=[OLD]):
        assert unsealed(sealed) == b"secret"


def test_unsealed_opens_nothing_that_was_changed():
    sealed = seal(b"secret")

    assert unsealed(f"{sealed[:-4]}AAA=") is None
    assert unsealed("") is None


@pytest.mark.django_db
def test_an_offer_is_taken_up_by_its_own_person_only():
    ada, eve = accounts.user(), accounts.user()
    offered = offer(ada, ["a", "b"])

    assert taken_up(ada, offered) == ["a", "b"]
    for person, text in ((eve, offered), (ada, "nothing"), (ada, seal(b'["x"]'))):
        with pytest.raises(OfferGone, match="ten minutes"):
            taken_up(person, text)
