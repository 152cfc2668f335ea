"""What cannot be said of an expert is refused in words, and nothing of it is written."""

from datetime import date
from decimal import Decimal

import pytest

from peritus.accounts.models import Role
from peritus.bench.errors import CredentialNotClaimed, ExpertNotDescribed, ExpertNotRegistered
from peritus.bench.verbs import claim_credential, describe_expert, register_expert
from tests.factories.accounts import member, user
from tests.factories.bench import expert
from tests.factories.rows import rows_of_all


@pytest.fixture
def manager(at):
    return member(Role.MANAGER)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"weekly_hours": Decimal("NaN")}, "A week has up to 168 hours; NaN came."),
        ({"weekly_hours": Decimal("sNaN")}, "A week has up to 168 hours; sNaN came."),
        ({"weekly_hours": Decimal("Infinity")}, "A week has up to 168 hours; Infinity came."),
        ({"weekly_hours": Decimal(-1)}, "A week has up to 168 hours; -1 came."),
        ({"weekly_hours": Decimal("0.001")}, "A week has up to 168 hours; 0.001 came."),
        ({"at_once": 0}, "1 to 1,000 items can be held at once; 0 came."),
        ({"at_once": 10**30}, f"1 to 1,000 items can be held at once; {10**30} came."),
        ({"country": "Germany"}, "A country is two capital letters such as DE"),
    ],
    ids=str,
)
def test_describe_expert_refuses_what_cannot_be(manager, said, words):
    ada = expert()
    before = rows_of_all()

    with pytest.raises(ExpertNotDescribed) as no:
        describe_expert(ada.pk, **said, by=manager, key="k")

    ada.refresh_from_db()
    assert words in str(no.value)
    assert (ada.weekly_hours, ada.at_once, ada.described_at) == (None, None, None)
    assert rows_of_all() == before


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"expires": date(2019, 12, 31)}, "expire on 2019-12-31, not after its issue"),
        ({"expires": date(2020, 1, 1)}, "expire on 2020-01-01, not after its issue"),
        ({"kind": "language", "title": "xx", "level": "C1"}, "'xx'"),
        ({"kind": "language", "title": "Klingon", "level": "C1"}, "Klingon"),
        ({"kind": "language", "title": "de", "level": "C9"}, "Its level is one of"),
        ({"kind": "practice", "years": -1}, "Practice has 1 to"),
        ({"kind": "wish"}, "'wish' came"),
    ],
    ids=str,
)
def test_claim_credential_refuses_what_cannot_be(manager, said, words):
    ada = expert()
    before = rows_of_all()
    claim = {"title": "Bar", "issuer": "The bar", "issued": date(2020, 1, 1), "kind": "licence"}

    with pytest.raises(CredentialNotClaimed) as no:
        claim_credential(ada.pk, **claim | said, by=manager, key="k")

    assert words in str(no.value)
    assert rows_of_all() == before


def test_register_expert_refuses_who_is_on_the_bench(manager):
    expert(handle="ada")
    other = user()
    before = rows_of_all()

    with pytest.raises(ExpertNotRegistered, match="An expert 'ada' is on the bench"):
        register_expert("ada", user_id=other.pk, name="Ada", kind="person", by=manager, key="k")

    assert rows_of_all() == before
