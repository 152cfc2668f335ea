import pytest

from peritus.catalogue.fields import FieldRow
from peritus.intake.errors import FileRefused
from peritus.intake.taxonomies import fields_in


def test_fields_are_read_from_onets_table_parted_by_tabs():
    text = "O*NET-SOC Code\tTitle\tDescription\n23-1011.00\tLawyers\tRepresent clients; advise.\n"

    assert fields_in(text.encode(), "Occupation Data.txt") == [
        FieldRow(2, "onet:23-1011.00", "Lawyers")
    ]


def test_fields_are_read_from_escos_csv_with_texts_over_several_lines():
    text = (
        "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,status,code\n"
        'Occupation,http://data.europa.eu/esco/occupation/aa,2611,lawyer,"barrister\nsolicitor",'
        "released,2611.1\n"
    )

    assert fields_in(text.encode(), "occupations_en.csv") == [FieldRow(2, "esco:aa", "lawyer")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,label\nlaw,Law,more\n", "Row 2: It has 3 cells where the header names 2 columns."),
        ("code,label\nlaw,Law\nx,\ufffd\n", "Row 3: label holds a character that was lost"),
        ("name,price\nx,1\n", "A taxonomy has one of these pairs of columns: code, label;"),
        ("code,label\n", "The file has no rows"),
        ("", "The file is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_by_its_row(text, said):
    with pytest.raises(FileRefused) as no:
        fields_in(text.encode(), "fields.csv")

    assert said in no.value.blockers[0]


def test_more_rows_than_are_read_are_refused():
    text = "code,label\n" + "".join(f"c{n},C\n" for n in range(20_001))

    with pytest.raises(FileRefused, match="Up to 20,000 rows"):
        fields_in(text.encode(), "fields.csv")
