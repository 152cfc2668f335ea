"""What a test asks for, and what an attempt has shown, in words."""

from dataclasses import replace

from peritus.catalogue.qualifications import QualificationSpec
from peritus.web.marks import mark_in_words, result_in_words, terms_in_words

KNOWN = {"name": "Test", "valid_days": 365, "key": {"q": "a"}, "explanations": {}}
BOUND = QualificationSpec(**KNOWN, pass_bound=0.5)
RAW = QualificationSpec(**KNOWN, pass_share=0.75)


def test_a_bound_says_how_many_pass_and_what_they_show():
    assert mark_in_words(BOUND, 12) == (
        "Pass mark: 10 of 12 right, which shows, at 95 % confidence, that at least 50 % of such "
        "questions are known."
    )
    assert result_in_words(BOUND, 9, 12) == (
        "This shows, at 95 % confidence, that at least 47.3 % of such questions are known."
    )


def test_a_raw_share_says_no_more_than_it_is():
    assert mark_in_words(RAW, 12) == "Pass mark: 9 of 12 right, 75 %."
    assert result_in_words(RAW, 9, 12) == "75.0 % of the answers were right."


def test_terms_say_what_has_an_end():
    once = replace(BOUND, limit_minutes=1, attempts=1)

    assert terms_in_words(BOUND) == ""
    assert terms_in_words(once) == (
        "You have 1 minute from the start on; what is not answered by then counts as wrong. "
        "It may be taken once until it is passed."
    )
    assert (
        terms_in_words(replace(BOUND, attempts=3)) == "It may be taken 3 times until it is passed."
    )
