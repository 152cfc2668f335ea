import pytest

from peritus.catalogue.requirements import (
    Leaf,
    RequirementNotSound,
    alternatives,
    evaluated,
    requirement_of,
)

DEGREE, BAR, YEARS = {"degree": ""}, {"licence": "Bar admission"}, {"practice": "", "years": 5}


def ways(expression):
    return [sorted(map(str, way)) for way in alternatives(requirement_of(expression))]


def test_a_leaf_is_met_in_one_way():
    assert ways({"language": "de", "level": "C1"}) == [["language de C1"]]


def test_all_any_and_at_least_become_ways():
    assert ways({"all": [DEGREE, BAR]}) == [["degree", "licence Bar admission"]]
    assert ways({"any": [DEGREE, BAR]}) == [["degree"], ["licence Bar admission"]]
    assert ways({"at_least": 2, "of": [DEGREE, BAR, YEARS]}) == [
        ["degree", "licence Bar admission"],
        ["degree", "practice for 5 years"],
        ["licence Bar admission", "practice for 5 years"],
    ]


def test_a_way_that_asks_for_more_than_another_is_left_out():
    assert ways({"any": [DEGREE, {"all": [DEGREE, BAR]}]}) == [["degree"]]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (None, "is an object"),
        ({}, "names one of degree, licence"),
        ({"degree": "", "licence": ""}, "names one of degree, licence"),
        ({"degree": "", "years": 2}, "a degree does not know 'years'"),
        ({"all": []}, "lists at least one part under 'all'"),
        ({"all": [DEGREE], "any": [BAR]}, "does not know 'any'"),
        ({"at_least": 3, "of": [DEGREE, BAR]}, "asks for 3 of 2 parts"),
        ({"at_least": True, "of": [DEGREE, BAR]}, "asks for True of 2 parts"),
        ({"language": "de", "level": "Z9"}, "a level is one of A1, A2"),
        ({"language": ""}, "names the language by its code"),
        ({"practice": "", "years": -1}, "years are whole, 0 to 60"),
        ({"degree": 7}, "texts of at most 200 characters"),
        ({"any": [DEGREE, {"all": [{"bar": ""}]}]}, "the requirement, part 2, part 1 names one of"),
    ],
)
def test_a_requirement_that_cannot_be_read_says_where_and_what(expression, said):
    with pytest.raises(RequirementNotSound, match=said):
        requirement_of(expression)


def test_a_requirement_nested_without_end_is_refused():
    expression = DEGREE
    for _ in range(50):
        expression = {"all": [expression]}

    with pytest.raises(RequirementNotSound, match="at most 6 deep"):
        requirement_of(expression)


def test_a_requirement_that_can_be_met_in_too_many_ways_is_refused_at_once():
    many = {"at_least": 10, "of": [{"degree": f"D{n}"} for n in range(20)]}

    with pytest.raises(RequirementNotSound, match="more than 64 ways"):
        requirement_of(many)


def test_evaluated_gives_a_reason_for_each_part():
    wanted = requirement_of({"any": [{"degree": "", "field": "Law"}, {"all": [DEGREE, YEARS]}]})

    found = evaluated(wanted, lambda leaf: "LLM" if leaf == Leaf("degree", field="Law") else "")

    assert (found.met, found.reason) == (True, "1 of 2 are met; 1 must be.")
    law, other = found.parts
    assert (law.words, law.met, law.reason) == ("degree in Law", True, "LLM")
    assert (other.met, [part.reason for part in other.parts]) == (
        False, ["Nothing valid of this kind is on the bench."] * 2,
    )  # fmt: skip
    assert str(wanted) == "degree in Law or (degree and practice for 5 years)"


@pytest.mark.parametrize("text", ["Bar\x00", "Bar\ud800", "Bar\nadmission"])
def test_a_requirement_with_characters_that_cannot_be_shown_is_refused(text):
    with pytest.raises(RequirementNotSound, match="texts of at most 200 characters, on one line"):
        requirement_of({"licence": text})
