import pytest

from peritus.catalogue.languages import language_fault, language_faults
from peritus.catalogue.requirements import requirement_of


@pytest.mark.parametrize("code", ["de", "en", "zh", "pt", "tlh", "gsw", "yue"])
def test_a_language_is_named_by_its_shortest_code(code):
    assert language_fault(code) == ""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("xx", "'xx' is no code of a language (ISO 639), such as de or pt."),
        ("zzz", "'zzz' is no code of a language (ISO 639), such as de or pt."),
        ("zxx", "'zxx' is no code of a language (ISO 639), such as de or pt."),
        ("qaa", "'qaa' is no code of a language (ISO 639), such as de or pt."),
        ("deu", "Write the language deu as de."),
        ("ger", "Write the language ger as de."),
        ("iw", "Write the language iw as he."),
        ("German", "A language is named by its code, such as de; 'German' came."),
        ("DE", "A language is named by its code, such as de; 'DE' came."),
        ("de\n", "A language is named by its code, such as de; 'de\\n' came."),
        ("", "A language is named by its code, such as de; '' came."),
    ],
)
def test_what_names_no_language_is_said(code, said):
    assert language_fault(code) == said


def test_language_faults_looks_into_every_group():
    wanted = requirement_of(
        {"all": [{"degree": "xx"}, {"any": [{"language": "xx"}, {"language": "DE"}]}]}
    )

    assert language_faults(wanted) == ["'xx' is no code of a language (ISO 639), such as de or pt."]
