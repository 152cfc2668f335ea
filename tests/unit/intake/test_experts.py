import time
from datetime import date
from decimal import Decimal

import pytest

from peritus.accounts.models import Role, User
from peritus.bench.models import Credential, Expert
from peritus.bench.verbs import import_fields
from peritus.catalogue.fields import own_fields
from peritus.catalogue.workbooks import new_workbook
from peritus.intake.errors import FileRefused
from peritus.intake.experts import Imported, import_experts
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.simulation.invariants import broken_invariants
from tests.factories.accounts import member, user

HEAD = "name,email,country,weekly_hours,fields,kind,title,level,issuer,issued,expires\n"
ADA = (
    "Ada Quill,ada@quill.example,de,20.5,Contracts; law.ip,licence,Bar,,Bar of X,"
    "2020-01-01,2027-01-01\n"
)
ADA_TOO = "Ada Quill,ADA@quill.example,,,,language,de,C1,Institute,2019-05-01,\n"
BOB = "Bob Stone,bob@stone.example,FR,,,,,,,,\n"


@pytest.fixture
def manager(at):
    by = member(Role.MANAGER)
    import_fields(own_fields(), source="peritus", by=by, key="fields")
    return by


def bring(text, by, key="k", name="bench.csv"):
    return import_experts(text.encode(), name, by=by, key=key)


def refused(text, by):
    before = Event.objects.count()
    with pytest.raises(FileRefused) as no:
        bring(text, by)
    assert (Expert.objects.count(), Credential.objects.count()) == (0, 0)
    assert Event.objects.count() == before
    assert not User.objects.filter(email__endswith=".example", expert__isnull=False).exists()
    return no.value.blockers


def test_people_come_with_what_is_said_of_them_and_what_they_claim(manager):
    came = bring(HEAD + ADA + BOB + ADA_TOO, manager)

    ada, bob = Expert.objects.order_by("name")
    assert came == Imported(experts=2, claims=2)
    assert (ada.name, ada.country, ada.weekly_hours) == ("Ada Quill", "DE", Decimal("20.5"))
    assert ada.field_codes == ["law.contracts", "law.ip"]
    assert ada.user.memberships.get().role == Role.EXPERT
    claims = list(
        ada.credentials.order_by("pk").values_list("kind", "title", "level", "expires", "state")
    )
    assert claims == [
        ("licence", "Bar", "", date(2027, 1, 1), "claimed"),
        ("language", "de", "C1", None, "claimed"),
    ]
    assert (bob.country, bob.credentials.count()) == ("FR", 0)
    assert "quill" not in str(list(Event.objects.values_list("body", "key"))).lower()
    pump(until_idle=True)
    assert broken_invariants() == {}


def test_the_same_act_again_changes_nothing(manager):
    first = bring(HEAD + ADA + BOB, manager)
    events = Event.objects.count()

    again = bring(HEAD + ADA + BOB, manager)

    assert (first, Event.objects.count()) == (again, events)
    assert Expert.objects.count() == 2


def test_people_who_are_known_are_named_and_nobody_comes(manager):
    user(email="bob@stone.example")

    assert refused(HEAD + ADA + BOB, manager) == [
        "Row 3: Somebody signs in with bob@stone.example already."
    ]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A,a@x.example,Germany,,,,,,,,", "A country is two capital letters such as DE"),
        ("A,a@x.example,,many,,,,,,,", "weekly_hours is a number such as 20; 'many' came."),
        ("A,a@x.example,,NaN,,,,,,,", "weekly_hours is a number such as 20; 'NaN' came."),
        ("A,a@x.example,,200,,,,,,,", "A week has up to 168 hours; 200 came."),
        ("A,no address,,,,,,,,,", "'no address' is no address that mail can be sent to."),
        (",a@x.example,,,,,,,,,", "A name has 1 to 200 characters."),
        ("A,a@x.example,,,Magic,,,,,,", "'Magic' is no field that is known."),
        ("A,a@x.example,,,,beard,B,,I,2020-01-01,", "A credential is one of"),
        ("A,a@x.example,,,,language,xx,B2,I,2020-01-01,", "'xx' is no code of a language"),
        ("A,a@x.example,,,,licence,B,,I,1/2/20,", "as 2026-03-10; '1/2/20' came."),
        ("A,a@x.example,,,,licence,B,,I,,", "a credential needs the day on which it was issued"),
        ("A,a@x.example,,,,licence,B,,I,2020-01-02,2020-01-01", "It would expire on 2020-01-01"),
        ("A,a@x.example,,,,licence,B,,I,2020-01-01,2021-01-01", "It expired on 2021-01-01"),
        ("A,a@x.example,,,,licence,,,I,2020-01-01,", "A credential needs a title and an issuer"),
        ("A,a@x.example,,,,,,", "It has 8 cells where the header names 11 columns."),
    ],
)  # fmt: skip
def test_a_row_that_is_amiss_is_named_and_nobody_comes(manager, row, said):
    [fault] = refused(f"{HEAD}{ADA}{row}\n", manager)

    assert fault.startswith("Row 3: ")
    assert said in fault


def test_every_row_that_is_amiss_is_named_at_once(manager):
    bad = "B,b@x.example,Germany,,,,,,,,\nC,c@x.example,,,,language,xx,B2,I,2020-01-01,\n"

    faults = refused(HEAD + ADA + bad, manager)

    assert [fault[:6] for fault in faults] == ["Row 3:", "Row 4:"]


def test_a_person_told_twice_apart_and_a_credential_told_twice_are_named(manager):
    other = ADA_TOO.replace("Ada Quill", "Ada Stone").replace(",,,,language", ",AT,,,language")

    assert refused(HEAD + ADA + other, manager) == [
        "Row 3: name differs from row 2, which has the same address.",
        "Row 3: country differs from row 2, which has the same address.",
    ]
    assert refused(HEAD + ADA + ADA, manager) == [
        "Row 3: Bar of Bar of X, issued on 2020-01-01, stands on the bench already."
    ]


def test_other_columns_are_refused(manager):
    assert "no column 'email'" in refused("name\nAda\n", manager)[0]
    assert "a column 'shoe size'" in refused("name,email,shoe size\nA,a@x.example,9\n", manager)[0]


def test_too_many_rows_are_refused(manager):
    rows = "".join(f"N,n{n}@x.example,,,,,,,,,\n" for n in range(201))

    assert refused(HEAD + rows, manager) == ["Up to 200 rows are read at once; split the file."]


def test_a_workbook_is_read_with_its_days(manager, tmp_path):
    path = tmp_path / "bench.xlsx"
    names = ("name", "email", "kind", "title", "issuer", "issued", "years")
    with new_workbook(path) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        for column, name in enumerate(names):
            sheet.write(0, column, name)
        for column, value in enumerate(("Ada", "ada@x.example", "practice", "Contracts", "Firm")):
            sheet.write(1, column, value)
        sheet.write_datetime(1, 5, date(2020, 1, 2), day)
        sheet.write_number(1, 6, 4)

    import_experts(path.read_bytes(), "bench.xlsx", by=manager, key="k")

    held = Credential.objects.get()
    assert (held.kind, held.issued, held.years) == ("practice", date(2020, 1, 2), 4)


@pytest.mark.parametrize("role", [Role.QUALITY, Role.FINANCE, Role.EXPERT, Role.CLIENT])
def test_nobody_but_a_manager_brings_people(at, role):
    with pytest.raises(NotAllowed, match="Only a manager of the provider"):
        bring(HEAD + BOB, member(role))

    assert (Expert.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.slow
def test_as_many_as_are_taken_come_in_seconds(manager, figure):
    rows = "".join(
        f"N {n},n{n}@x.example,DE,20,Contracts,licence,Bar,,Bar,2020-01-01,\n" for n in range(200)
    )
    begun = time.perf_counter()

    came = bring(HEAD + rows, manager)

    figure(f"bench: 200 people with a claim each imported in {time.perf_counter() - begun:.1f} s")
    assert came == Imported(200, 200)
