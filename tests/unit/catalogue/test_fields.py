import pytest

from peritus.catalogue.fields import FieldRow, FieldsNotRead, field_rows, own_fields

ESCO = "http://data.europa.eu/esco"


def read(*values):
    return field_rows(enumerate(values, start=2))


def test_our_own_form_is_taken_as_it_is():
    assert read(
        {"code": "law", "label": " Law ", "broader": ""}, {"code": "law.ip", "label": "IP"}
    ) == [FieldRow(2, "law", "Law"), FieldRow(3, "law.ip", "IP")]


def test_esco_occupations_are_below_those_whose_code_they_extend():
    def occupation(tail, code, label, status="released"):
        uri = f"{ESCO}/occupation/{tail}"
        return {"conceptUri": uri, "preferredLabel": label, "code": code, "status": status}

    rows = read(
        occupation("aa", "2611.1.1", "corporate lawyer"),
        occupation("bb", "2611.1", "lawyer"),
        occupation("cc", "2611.1.2", "obsolete lawyer", "obsolete"),
    )

    assert rows == [
        FieldRow(2, "esco:aa", "corporate lawyer", "esco:bb"),
        FieldRow(3, "esco:bb", "lawyer"),
    ]


def test_esco_skills_have_no_code_and_stand_alone():
    skill = {"conceptUri": f"{ESCO}/skill/0005c151", "preferredLabel": "manage musical staff"}

    assert read(skill) == [FieldRow(2, "esco:0005c151", "manage musical staff")]


def test_esco_relations_say_only_to_what_a_field_belongs():
    row = {"conceptUri": f"{ESCO}/occupation/aa", "broaderUri": f"{ESCO}/isco/C2611"}

    assert read(row) == [FieldRow(2, "esco:aa", "", "esco:C2611")]


def test_onet_details_are_parts_of_what_they_detail_if_that_is_there():
    def occupation(code, title):
        return {"O*NET-SOC Code": code, "Title": title, "Description": "…"}

    assert read(
        occupation("15-1299.00", "Computer Occupations, All Other"),
        occupation("15-1299.08", "Computer Systems Engineers"),
        occupation("23-1011.01", "Alone"),
    ) == [
        FieldRow(2, "onet:15-1299.00", "Computer Occupations, All Other"),
        FieldRow(3, "onet:15-1299.08", "Computer Systems Engineers", "onet:15-1299.00"),
        FieldRow(4, "onet:23-1011.01", "Alone"),
    ]


def test_other_columns_are_refused_by_what_is_known():
    with pytest.raises(FieldsNotRead, match=r"conceptUri, preferredLabel.* name, price came"):
        read({"name": "x", "price": "1"})


def test_our_own_taxonomy_is_whole():
    rows = own_fields()
    codes = [row.code for row in rows]

    assert len(codes) == len(set(codes)) > 40
    assert {row.broader for row in rows} - {""} <= set(codes)
    assert all(row.label for row in rows)
