import pytest
from hypothesis import given
from hypothesis import strategies as st

from peritus.catalogue.requirement_drafts import (
    group,
    grouped,
    joined,
    joined_by,
    leaf,
    parts_of,
    walk,
    with_part,
    without_part,
)
from peritus.catalogue.requirements import requirement_of

LAW, BAR, GERMAN = {"degree": "", "field": "Law"}, {"licence": "Bar"}, {"language": "de"}
leaves = st.sampled_from([LAW, BAR, GERMAN, {"practice": "Contracts", "years": 2}])
groups = st.recursive(
    leaves,
    lambda inner: st.builds(
        group,
        st.sampled_from(["all", "any", "at_least"]),
        st.lists(inner, min_size=1, max_size=3),
        st.integers(0, 4),
    ),
    max_leaves=6,
)


def test_leaf_leaves_out_what_is_empty():
    assert leaf("degree", "", field="Law", jurisdiction="", years=0) == LAW


def test_with_part_grows_from_nothing_to_groups_in_groups():
    first = with_part(None, "", LAW)
    second = with_part(first, "", BAR)
    third = with_part(grouped(second, "1"), "1", GERMAN)

    assert first == LAW
    assert second == {"all": [LAW, BAR]}
    assert third == {"all": [LAW, {"any": [BAR, GERMAN]}]}


def test_joined_changes_the_word_of_one_group_and_keeps_a_count_possible():
    whole = {"all": [LAW, BAR, GERMAN]}

    assert joined(whole, "", "any", 1) == {"any": [LAW, BAR, GERMAN]}
    assert joined(whole, "", "at_least", 9) == {"at_least": 3, "of": [LAW, BAR, GERMAN]}
    assert joined(whole, "", "at_least", 0) == {"at_least": 1, "of": [LAW, BAR, GERMAN]}
    assert joined(whole, "1", "any", 1) == whole


def test_without_part_takes_a_group_away_that_is_left_with_nothing():
    whole = {"all": [{"any": [LAW]}, BAR]}

    assert without_part(whole, "0.0") == {"all": [BAR]}
    assert without_part({"any": [LAW]}, "0") is None
    assert without_part(LAW, "") is None
    assert without_part({"at_least": 2, "of": [LAW, BAR]}, "1") == {"at_least": 1, "of": [LAW]}


@pytest.mark.parametrize("path", ["7", "0.0.0", "-1", "x", "0.", "²"])
def test_a_path_that_names_nothing_changes_nothing(path):
    whole = {"all": [LAW, BAR]}

    assert without_part(whole, path) == whole
    assert grouped(whole, path) == whole
    assert with_part(whole, path, GERMAN) == whole


@given(groups, st.data(), leaves)
def test_every_change_leaves_a_requirement_that_can_be_read(whole, data, part):
    paths = [path for path, _ in walk(whole)]
    path = data.draw(st.sampled_from(paths))
    word, least = data.draw(st.sampled_from(["all", "any", "at_least"])), data.draw(st.integers())
    changed = [
        with_part(whole, path, part), joined(whole, path, word, least), without_part(whole, path)
    ]  # fmt: skip

    for each in changed:
        if each is not None:
            requirement_of(each)
    assert len(list(walk(changed[0]))) > len(paths)


@given(groups)
def test_a_group_is_what_its_parts_and_join_make_again(whole):
    for _, part in walk(whole):
        if (inner := parts_of(part)) is not None:
            word, least = joined_by(part)
            assert group(word, inner, least) == part
