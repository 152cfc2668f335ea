import time

import pytest

from peritus.accounts.models import Role
from peritus.bench.errors import FieldsRefused
from peritus.bench.fields import codes_named, fields_found, fields_in_use, within
from peritus.bench.models import Expert, Field
from peritus.bench.overviews import Wanted, bench_rows, experts_found
from peritus.bench.verbs import import_fields, name_fields
from peritus.catalogue.fields import FieldRow, own_fields
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from peritus.privacy.verbs import erase_person
from peritus.simulation.invariants import broken_invariants
from tests.factories.accounts import member, organisation, provider
from tests.factories.bench import expert

LAW, IP = FieldRow(2, "law", "Law"), FieldRow(3, "law.ip", "Intellectual property", "law")


@pytest.fixture
def manager(at):
    return member(Role.MANAGER)


@pytest.fixture
def law(manager):
    import_fields([IP, LAW], source="own.csv", by=manager, key="law")
    return manager


def tree():
    rows = Field.objects.order_by("code").values_list("code", "label", "broader__code")
    return list(rows)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


# Importing


def test_import_fields_makes_the_broader_before_the_narrower(law):
    assert tree() == [("law", "Law", None), ("law.ip", "Intellectual property", "law")]
    event = Event.objects.get()
    assert (event.kind, event.data["count"], event.data["source"]) == (
        "fields.imported", 2, "own.csv",
    )  # fmt: skip


def test_import_fields_changes_what_differs_and_takes_nothing_away(law):
    again = import_fields([LAW, IP], source="own.csv", by=law, key="again")
    renamed = import_fields([FieldRow(2, "law.ip", "IP", "")], source="x", by=law, key="renamed")

    assert (again, renamed) == (0, 1)
    assert tree() == [("law", "Law", None), ("law.ip", "IP", None)]
    assert kinds() == ["fields.imported"] * 2


def test_import_fields_imports_once_when_repeated(manager):
    first = import_fields([LAW], source="x", by=manager, key="k")
    again = import_fields([LAW], source="x", by=manager, key="k")

    assert (first, again, kinds()) == (1, 0, ["fields.imported"])


def test_import_fields_takes_places_alone_the_first_of_several(law):
    import_fields([FieldRow(2, "tax", "Tax")], source="x", by=law, key="tax")

    import_fields(
        [FieldRow(2, "tax", "", "law"), FieldRow(3, "tax", "", "law.ip")],
        source="relations.csv", by=law, key="places",
    )  # fmt: skip

    assert tree()[-1] == ("tax", "Tax", "law")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([LAW, FieldRow(7, "x", "X", "nowhere")], "Row 7: the broader field nowhere is not known"),
        ([LAW, FieldRow(7, "law", "Law")], "Row 7: law stands in an earlier row already."),
        ([FieldRow(7, "", "Nameless")], "Row 7: a code has 1 to 120 characters."),
        ([FieldRow(7, "x", "X" * 201)], "Row 7: a label has at most 200 characters; 201 came."),
        ([FieldRow(7, "ghost", "", "ghost")], "Row 7: ghost is not known; import what names it"),
        ([FieldRow(7, "a", "A", "b"), FieldRow(8, "b", "B", "a")], "Row 8: b is more than 12 deep"),
        ([FieldRow(7, "a", "A", "a")], "Row 7: a is more than 12 deep, or below itself."),
        ([], "Up to 20,000 fields are taken at once, and at least one; 0 came."),
    ],
)
def test_import_fields_names_the_row_and_takes_none(manager, rows, said):
    with pytest.raises(FieldsRefused) as no:
        import_fields(rows, source="x", by=manager, key="k")

    assert any(each.startswith(said) for each in no.value.blockers)
    assert (tree(), kinds()) == ([], [])


def test_import_fields_refuses_a_circle_through_what_stands(law):
    with pytest.raises(FieldsRefused, match="below itself"):
        import_fields([FieldRow(2, "law", "Law", "law.ip")], source="x", by=law, key="k")


def test_import_fields_says_how_many_rows_more(manager):
    rows = [FieldRow(n, f"c{n}", "C", "nowhere") for n in range(30)]

    with pytest.raises(FieldsRefused) as no:
        import_fields(rows, source="x", by=manager, key="k")

    assert (len(no.value.blockers), no.value.blockers[-1]) == (21, "10 rows more.")


@pytest.mark.parametrize("role", [Role.QUALITY, Role.FINANCE, Role.EXPERT])
def test_import_fields_is_refused_to_others(at, role):
    with pytest.raises(NotAllowed, match="Only a manager of the provider"):
        import_fields([LAW], source="x", by=member(role), key="k")


@pytest.mark.slow
def test_import_fields_takes_as_many_as_esco_has_skills(manager, figure):
    rows = [
        FieldRow(n, f"c{n}", f"Skill {n}", f"c{n // 20}" if n >= 20 else "") for n in range(14_000)
    ]
    begun = time.perf_counter()

    import_fields(rows, source="esco", by=manager, key="k")

    figure(f"fields: 14,000 imported in {time.perf_counter() - begun:.1f} s")
    assert Field.objects.count() == 14_000
    assert len(within("c1")) == 1 + 20 + 400 + 6_000


# name_fields


def test_name_fields_takes_the_place_of_what_stood(law):
    ada = expert()

    name_fields(ada.pk, ["law"], by=ada.user, key="a")
    name_fields(ada.pk, ["law.ip"], by=law, key="b")

    assert ada.field_codes == ["law.ip"]
    assert kinds() == ["fields.imported", "expert.fields_named", "expert.fields_named"]
    assert "law.ip" not in Event.objects.latest("id").body
    assert broken_invariants() == {}


def test_name_fields_names_once_when_repeated(law):
    ada = expert()

    for _ in range(2):
        assert name_fields(ada.pk, ["law"], by=ada.user, key="a") == ada

    assert kinds().count("expert.fields_named") == 1


def test_name_fields_names_what_is_unknown(law):
    ada = expert()

    with pytest.raises(FieldsRefused, match="'magic' is no field that is known"):
        name_fields(ada.pk, ["law", "magic"], by=ada.user, key="a")

    assert ada.field_codes == []


def test_name_fields_is_refused_to_a_lead_and_hidden_from_other_experts(law):
    ada, bob = expert(name="Ada"), expert()

    with pytest.raises(NotAllowed):
        name_fields(ada.pk, ["law"], by=member(Role.QUALITY), key="k")
    for stranger in (bob.user, member(Role.MANAGER, organisation=organisation())):
        with pytest.raises(Expert.DoesNotExist):
            name_fields(ada.pk, ["law"], by=stranger, key="k")

    assert ada.field_codes == []


def test_an_erasure_takes_fields_away(law):
    ada = expert(user=member(Role.EXPERT))
    name_fields(ada.pk, ["law"], by=law, key="a")

    erase_person(ada.user_id, "request", by=law, key="e")

    assert (ada.field_codes, list(fields_in_use())) == ([], [])


# Finding


def test_codes_named_takes_codes_and_labels_each_once(law):
    codes, faults = codes_named(["law.ip", " intellectual PROPERTY", "", "Law"])

    assert (codes, faults) == (["law.ip", "law"], [])


def test_codes_named_says_what_is_unknown_or_several(law):
    more = [FieldRow(2, "esco:1", "Law"), FieldRow(3, "p", "Property")]
    import_fields(more, source="x", by=law, key="k")

    _, faults = codes_named(["LAW", "Property law", "magic"])

    assert faults == [
        "Several fields are called 'LAW'; name one by its code, such as esco:1, law.",
        (
            "'Property law' is no field that is known. "
            "Near: Intellectual property (law.ip), Property (p)."
        ),
        "'magic' is no field that is known.",
    ]


def test_experts_are_found_by_a_broader_field(law, at):
    ada = expert(name="Ada")
    expert(name="Bob")
    name_fields(ada.pk, ["law.ip"], by=law, key="a")

    def found(area):
        return [each.name for each in experts_found(Expert.objects.all(), Wanted(area=area), at)]

    assert (found("law"), found("law.ip"), found("nowhere")) == (["Ada"], ["Ada"], [])
    assert [each.code for each in fields_in_use()] == ["law.ip"]
    assert bench_rows(Expert.objects.filter(pk=ada.pk), at)[0].fields == ("Intellectual property",)
    assert [(each.code, each.people) for each in fields_found("law")] == [("law", 0), ("law.ip", 1)]


def test_our_own_taxonomy_can_be_taken(manager):
    provider()

    changed = import_fields(own_fields(), source="peritus", by=manager, key="k")

    assert changed == Field.objects.count() == len(own_fields())
