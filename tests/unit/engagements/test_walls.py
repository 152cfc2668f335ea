import pytest

from peritus.engagements.errors import RequirementRefused, WallRefused
from peritus.engagements.models import Engagement, Restriction
from peritus.engagements.verbs import end_restriction, require_credentials, restrict_engagement
from peritus.journal.errors import NotAllowed
from peritus.journal.models import Event
from tests.factories.accounts import member
from tests.factories.engagements import engagement

pytestmark = pytest.mark.django_db


@pytest.fixture
def course():
    return engagement(manager=member("manager"), quality_lead=member("quality"))


# Restrictions and credentials


def test_restrict_engagement_takes_the_place_of_what_stood(course):
    restrict = {"reason": "Stays in the Union.", "basis": "GDPR 44", "by": course.manager}
    restrict_engagement(course.pk, "location", ["DE", "FR"], **restrict, key="a")

    restrict_engagement(course.pk, "location", ["FR", " AT", "FR"], **restrict, key="b")
    restrict_engagement(course.pk, "location", ["FR", " AT", "FR"], **restrict, key="b")

    standing = course.restrictions.filter(ended_at=None)
    assert list(standing.order_by("only").values_list("only", flat=True)) == ["AT", "FR"]
    assert course.restrictions.exclude(ended_at=None).count() == 2
    event = Event.objects.filter(kind="engagement.restricted").latest("id")
    assert event.data == {"kind": "location", "only": ["AT", "FR"]}


@pytest.mark.parametrize(
    ("kind", "only", "basis", "said"),
    [
        ("planet", ["DE"], "Law", "A restriction is one of location, export, team"),
        ("location", [], "Law", "Name 1 to 250 that are let in; 0 came"),
        ("location", ["Germany"], "Law", "two capital letters such as DE; 'Germany' came"),
        ("export", ["US"], "", "names the law or contract"),
        ("team", [" "], "", "name has 1 to 60 characters"),
    ],
)
def test_restrict_engagement_refuses_what_could_not_be_held(course, kind, only, basis, said):
    with pytest.raises(WallRefused, match=said):
        restrict_engagement(
            course.pk, kind, only, reason="Why.", basis=basis, by=course.manager, key="k"
        )
    assert not Restriction.objects.exists()


def test_restrictions_and_requirements_are_the_managers(course):
    acts = [
        lambda by: restrict_engagement(course.pk, "team", ["A"], reason="Why.", by=by, key="k"),
        lambda by: end_restriction(course.pk, "team", by=by, key="k"),
        lambda by: require_credentials(course.pk, None, by=by, key="k"),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act(course.quality_lead)
        with pytest.raises(Engagement.DoesNotExist):
            act(member("manager"))


def test_end_restriction_refuses_where_nothing_restricts(course):
    with pytest.raises(WallRefused, match="Nothing restricts this engagement by 'team'"):
        end_restriction(course.pk, "team", by=course.manager, key="k")


def test_require_credentials_writes_each_way_and_ends_what_stood(course):
    wanted = {"any": [{"degree": "", "field": "Law"}, {"practice": "Contracts", "years": 5}]}
    require_credentials(course.pk, {"degree": ""}, by=course.manager, key="a")

    require_credentials(course.pk, wanted, by=course.manager, key="b")

    course.refresh_from_db()
    standing = course.credentials_wanted.filter(ended_at=None).order_by("way")
    assert course.requirement == wanted
    assert list(standing.values_list("way", "kind", "title", "field", "years")) == [
        (1, "degree", "", "Law", 0), (2, "practice", "Contracts", "", 5),
    ]  # fmt: skip
    require_credentials(course.pk, None, by=course.manager, key="c")
    assert not course.credentials_wanted.filter(ended_at=None).exists()


def test_require_credentials_refuses_what_cannot_be_read(course):
    with pytest.raises(RequirementRefused, match="names one of degree"):
        require_credentials(course.pk, {"beard": "long"}, by=course.manager, key="k")


def test_require_credentials_refuses_languages_that_there_are_not(course):
    wanted = {"any": [{"language": "deu"}, {"all": [{"language": "xx"}]}]}

    with pytest.raises(RequirementRefused) as no:
        require_credentials(course.pk, wanted, by=course.manager, key="k")

    assert no.value.blockers == [
        "Write the language deu as de.",
        "'xx' is no code of a language (ISO 639), such as de or pt.",
    ]
