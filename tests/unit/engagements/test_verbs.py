import pytest

from peritus.accounts.models import Role
from peritus.catalogue.errors import UnknownPack
from peritus.catalogue.registry import pack_named
from peritus.engagements.errors import EngagementNotOpened, ItemsRefused, WallRefused
from peritus.engagements.models import (
    Engagement,
    GuidelineVersion,
    Item,
    Lot,
    Party,
    Question,
    Wall,
)
from peritus.engagements.queries import content_of_item, engagements_seen_by
from peritus.engagements.verbs import (
    add_items,
    name_party,
    open_engagement,
    open_lot,
    publish_guideline,
    publish_pack_guideline,
    raise_wall,
)
from peritus.journal.errors import KeyUsedDifferently, NotAllowed
from peritus.journal.models import Event
from tests.factories import engagements as make
from tests.factories.accounts import member, organisation
from tests.factories.bench import expert

pytestmark = pytest.mark.django_db
QUIZ = pack_named("kpo_quiz")


@pytest.fixture
def manager():
    return member(Role.MANAGER)


@pytest.fixture
def engagement(manager):
    return make.engagement(manager=manager)


@pytest.fixture
def lot(engagement):
    return make.lot(engagement=engagement)


def opened(by, **changes):
    given = {
        "title": "A matter",
        "pack": "kpo_quiz",
        "manager_id": by.pk,
        "quality_lead_id": member(Role.QUALITY).pk,
        "key": "k",
    } | changes
    client = given.pop("client", None) or organisation()
    return open_engagement(client.pk, "matter", by=by, **given)


def kinds():
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_open_engagement_asks_for_what_its_pack_requires(manager):
    engagement = opened(manager, pack="licence_compliance")

    assert engagement.required_qualification == "KPO onboarding"
    assert kinds() == ["engagement.opened"]


def test_open_engagement_opens_once_when_repeated(manager):
    client, lead = organisation(), member(Role.QUALITY)

    first, again = (opened(manager, client=client, quality_lead_id=lead.pk) for _ in range(2))

    assert first == again
    assert Engagement.objects.count() == 1


def test_open_engagement_needs_two_people(manager):
    with pytest.raises(EngagementNotOpened, match="two people"):
        opened(manager, quality_lead_id=manager.pk)

    assert not Engagement.objects.exists()


def test_open_engagement_names_the_packs_there_are(manager):
    with pytest.raises(UnknownPack, match="licence_compliance"):
        opened(manager, pack="astrology")


@pytest.mark.parametrize("role", [Role.CLIENT, Role.EXPERT, Role.QUALITY, Role.FINANCE])
def test_open_engagement_is_the_managers(role):
    with pytest.raises(NotAllowed, match="manager"):
        opened(member(role))


def test_publish_guideline_numbers_versions_and_keeps_question_codes(manager, engagement):
    first = publish_pack_guideline(engagement.pk, by=manager, key="1")
    second = publish_guideline(engagement.pk, "# New", title="New", by=manager, key="2")

    codes = [list(each.questions.values_list("code", flat=True)) for each in (first, second)]
    assert (first.number, second.number) == (1, 2)
    assert codes == [["answer"], ["answer"]]
    assert Question.objects.count() == 2
    assert first.digest != second.digest


def test_publish_guideline_refuses_the_key_of_another_text(manager, engagement):
    publish_guideline(engagement.pk, "# One", title="One", by=manager, key="k")

    with pytest.raises(KeyUsedDifferently):
        publish_guideline(engagement.pk, "# Two", title="Two", by=manager, key="k")

    assert GuidelineVersion.objects.get().text == "# One"


def test_open_lot_places_lots_in_order(manager, engagement):
    lots = [
        open_lot(engagement.pk, code, title=code, by=manager, key=code) for code in ("one", "two")
    ]

    assert [lot.place for lot in lots] == [1, 2]


def test_add_items_keeps_content_under_its_digest(manager, lot):
    rows = QUIZ.item_rows()

    add_items(lot.pk, rows, by=manager, key="k")
    add_items(lot.pk, rows, by=manager, key="k")

    item = Item.objects.get(key="q01")
    assert Item.objects.count() == len(rows)
    assert content_of_item(item) == QUIZ.items.content(rows[0])
    assert kinds() == ["items.added"]


def test_add_items_refuses_all_when_one_is_known_or_unsound(manager, lot):
    rows = QUIZ.item_rows()
    add_items(lot.pk, rows[:1], by=manager, key="k")
    unsound = {**rows[2], "text": ""}

    with pytest.raises(ItemsRefused) as refused:
        add_items(lot.pk, [rows[0], rows[1], unsound], by=manager, key="k2")

    assert len(refused.value.blockers) == 2
    assert Item.objects.count() == 1


def test_add_items_does_not_find_another_managers_lot(lot):
    with pytest.raises(Lot.DoesNotExist):
        add_items(lot.pk, QUIZ.item_rows(), by=member(Role.MANAGER), key="k")

    assert not Item.objects.exists()


def test_name_party_is_not_the_clients(engagement):
    client = member(Role.CLIENT, organisation=engagement.organisation)

    with pytest.raises(NotAllowed, match="manager"):
        name_party(engagement.pk, "Rival Ltd", by=client, key="k")

    assert not Party.objects.exists()


def test_name_party_names_once_when_repeated(manager, engagement):
    for _ in range(2):
        name_party(engagement.pk, "Rival Ltd", by=manager, key="k")

    assert [party.name for party in Party.objects.all()] == ["Rival Ltd"]


def test_raise_wall_bars_from_one_item(manager, engagement, lot):
    item, barred = make.item(lot=lot), expert()

    for _ in range(2):
        raise_wall(
            engagement.pk, barred.pk, reason="Was counsel.", item_id=item.pk, by=manager, key="k"
        )

    wall = Wall.objects.get()
    assert (wall.item, wall.expert, wall.reason) == (item, barred, "Was counsel.")
    assert kinds() == ["wall.raised"]


def test_raise_wall_does_not_find_an_item_of_another_engagement(manager, engagement):
    elsewhere = make.item(engagement=make.engagement(organisation=engagement.organisation))

    with pytest.raises(Item.DoesNotExist):
        raise_wall(
            engagement.pk, expert().pk, reason="No.", item_id=elsewhere.pk, by=manager, key="k"
        )

    assert not Wall.objects.exists()


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_raise_wall_needs_a_reason_that_fits(manager, engagement, reason):
    with pytest.raises(WallRefused, match="needs its reason"):
        raise_wall(engagement.pk, expert().pk, reason=reason, by=manager, key="k")

    assert not Wall.objects.exists()


@pytest.mark.parametrize("kind", ["location", "export"])
def test_raise_wall_of_law_names_the_law(manager, engagement, kind):
    given = {"reason": "Sits abroad.", "kind": kind, "by": manager}
    with pytest.raises(WallRefused, match="names the law or contract"):
        raise_wall(engagement.pk, expert().pk, basis=" ", key="k", **given)

    wall = raise_wall(engagement.pk, expert().pk, basis="Clause 9.", key="k", **given)

    assert (wall.kind, wall.basis) == (kind, "Clause 9.")
    assert Event.objects.get(kind="wall.raised").data["kind"] == kind


def test_raise_wall_refuses_a_kind_that_is_none(manager, engagement):
    with pytest.raises(WallRefused, match="A wall is one of adversity, earlier"):
        raise_wall(engagement.pk, expert().pk, reason="So.", kind="mood", by=manager, key="k")


def test_engagements_seen_by_each_role_are_their_own(engagement):
    other = make.engagement()
    seen = {
        "client": member(Role.CLIENT, organisation=engagement.organisation),
        "manager": engagement.manager,
        "lead": engagement.quality_lead,
        "finance": member(Role.FINANCE),
        "expert": member(Role.EXPERT),
    }

    found = {role: set(engagements_seen_by(user)) for role, user in seen.items()}

    assert found == {
        "client": {engagement},
        "manager": {engagement},
        "lead": {engagement},
        "finance": {engagement, other},
        "expert": set(),
    }
