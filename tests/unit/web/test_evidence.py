"""An altered copy of a pack does not pass, and the pack itself stays as it was."""

import pytest

from peritus.delivery.verification.container import bagged, zipped
from peritus.web.evidence import FLIPPABLE, WHOLE, demonstrate

MEMBERS = dict.fromkeys(FLIPPABLE, b'{"a":"first","b":"second"}')
PACK = zipped("pack", bagged(MEMBERS, b"{}"))


@pytest.mark.parametrize("part", [*FLIPPABLE, WHOLE])
def test_demonstrate_flips_one_bit_and_verification_fails(part):
    shown = demonstrate(PACK, part)

    assert shown.report.passed is False
    assert int(shown.flip.before, 16) ^ int(shown.flip.after, 16) == 1


def test_demonstrate_mends_the_zip_after_flipping_a_part():
    shown = demonstrate(PACK, "draw.json")

    assert shown.report.checks[0].name == "zip"
    assert shown.report.checks[0].passed is True
    assert shown.flip.mended is True


def test_demonstrate_leaves_the_zip_broken_when_the_file_itself_is_hit():
    shown = demonstrate(PACK, WHOLE)

    assert shown.report.checks[0].passed is False


def test_demonstrate_alters_nothing_for_an_unknown_part():
    assert demonstrate(PACK, "../passwd").flip is None
