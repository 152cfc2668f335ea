"""What a test asks for, and what an attempt has shown, in words."""

from peritus.catalogue.packs import QualificationSpec
from peritus.web.marks import mark_in_words, result_in_words

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
