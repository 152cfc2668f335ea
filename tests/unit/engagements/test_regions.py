"""Regions to which an engagement's items may be sent."""

import pytest

from peritus.engagements.errors import RegionRefused
from peritus.engagements.models import Engagement, RegionAllowed
from peritus.engagements.verbs import allow_region, end_region
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from tests.factories.accounts import member
from tests.factories.engagements import engagement

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return engagement(manager=member("manager"), quality_lead=member("quality"))


def allow(course, region="EU", **changes):
    given = {"basis": "Contract, annex 2", "by": course.manager, "key": "k"} | changes
    return allow_region(course.pk, region, **given)


def test_allow_region_allows_it_once_when_repeated(course):
    assert allow(course) == allow(course)

    assert RegionAllowed.objects.get().region == "EU"
    assert Event.objects.get().data == {"region": "EU"}


@pytest.mark.parametrize(
    ("region", "changes", "said"),
    [
        ("Europe", {}, "A region is named by 2 to 12 capital letters"),
        ("EU", {"basis": " "}, "Name the law or contract"),
        ("EU", {"basis": "x" * 301}, "Name the law or contract"),
    ],
)
def test_allow_region_refuses_what_could_not_be_held(course, region, changes, said):
    with pytest.raises(RegionRefused, match=said):
        allow(course, region, **changes)
    assert not RegionAllowed.objects.exists()


def test_allow_region_refuses_what_stands_already(course):
    allow(course)

    with pytest.raises(RegionRefused, match="may go to EU already"):
        allow(course, key="l")


def test_end_region_ends_it_and_it_can_be_allowed_anew(course):
    allow(course)

    ended = end_region(course.pk, "EU", by=course.manager, key="e")
    again = end_region(course.pk, "EU", by=course.manager, key="e")
    allow(course, key="l")

    assert ended == again
    assert RegionAllowed.objects.filter(ended_at=None).count() == 1


def test_end_region_refuses_what_was_not_allowed(course):
    with pytest.raises(RegionRefused, match="Items may not go to 'US'"):
        end_region(course.pk, "US", by=course.manager, key="e")


def test_regions_are_the_managers(course):
    for by, refusal in (
        (course.quality_lead, NotAllowed),
        (member("manager"), Engagement.DoesNotExist),
    ):
        with pytest.raises(refusal):
            allow(course, by=by)
        with pytest.raises(refusal):
            end_region(course.pk, "EU", by=by, key="e")
