"""Acts from the client's commitment to the draw, walls, and who may do none of them."""

import re
from hashlib import sha256

import pytest
from django.apps import apps
from django.core import serializers
from django.urls import reverse

from peritus.accounts.models import Role
from peritus.engagements.models import Lot, Wall
from peritus.journal.models import Event
from peritus.quality.models import Draw, Freeze, FreezePlan, NonceCommitment
from peritus.web.roles import ACTS
from peritus.work.errors import SlotNotOpen
from peritus.work.models import Staffing
from peritus.work.verbs import lease_slot
from tests.factories import accounts, bench, engagements, quality, work
from tests.factories.walk import NONCE, Walk
from tests.unit.web.conftest import SECRET, people_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
COMMITMENT = sha256(bytes.fromhex(NONCE)).hexdigest()


@pytest.fixture
def walk():
    walk = Walk()
    Lot.objects.filter(pk=walk.lot.pk).update(title=f"{SECRET} lot")
    return walk


@pytest.fixture
def judged(walk):
    """A walk whose items are decided, one of them left open."""
    walk.judge(contested={"q001": None})
    return walk


@pytest.fixture
def frozen(judged):
    """A walk that was frozen after the client's commitment, without a plan."""
    judged.commit()
    return judged, judged.freeze()


def lot_page(client, walk, user):
    client.force_login(user)
    return client.get(reverse("lot", args=[walk.lot.uid]))


def act(client, address, about, **form):
    return client.post(reverse(address, args=[about]), {"key": "k1"} | form)


def to_acts(walk):
    return f"{reverse('lot', args=[walk.lot.uid])}#acts"


def everything_stored():
    """Return all rows of all tables as one text."""
    rows = (row for model in apps.get_models() for row in model._default_manager.all())
    return serializers.serialize("json", rows)


# make_nonce


def made_nonce(page):
    return re.search(r'<pre id="nonce"[^>]*>([0-9a-f]+)</pre>', page.text)[1]


def test_make_nonce_commits_the_digest_of_the_nonce_it_shows(client, walk):
    client.force_login(walk.client)

    page = act(client, "make_nonce", walk.lot.uid)

    nonce = made_nonce(page)
    assert len(nonce) == 32
    assert NonceCommitment.objects.get().commitment == sha256(bytes.fromhex(nonce)).hexdigest()


def test_make_nonce_stores_the_nonce_nowhere(client, walk):
    client.force_login(walk.client)

    page = act(client, "make_nonce", walk.lot.uid)

    nonce = made_nonce(page)
    kept = everything_stored() + str(client.cookies) + lot_page(client, walk, walk.client).text
    assert NonceCommitment.objects.get().commitment in kept
    assert nonce not in kept
    assert page.headers["Cache-Control"] == "no-store"


def test_make_nonce_commits_once_and_shows_once_when_sent_twice(client, walk):
    client.force_login(walk.client)
    nonce = made_nonce(act(client, "make_nonce", walk.lot.uid))

    again = act(client, "make_nonce", walk.lot.uid)

    assert again.status_code == 409
    assert "It was shown once and is not stored here" in again.text
    assert nonce not in again.text
    assert NonceCommitment.objects.count() == 1


def test_make_nonce_lists_what_stands_in_the_way_when_one_is_committed(client, walk):
    walk.commit()
    client.force_login(walk.client)

    page = act(client, "make_nonce", walk.lot.uid)

    assert page.status_code == 409
    assert "has its commitment; it cannot be changed" in page.text
    assert NonceCommitment.objects.get().commitment == COMMITMENT


def test_lot_offers_the_client_a_part_in_the_draw_until_it_is_taken(client, walk):
    before = lot_page(client, walk, walk.client).text
    walk.commit()

    after = lot_page(client, walk, walk.client).text

    assert "Take part in the draw" in before
    assert "Take part in the draw" not in after
    assert COMMITMENT in after


# commit_nonce


def test_commit_nonce_puts_a_digest_of_the_clients_own_on_record_once(client, walk):
    client.force_login(walk.client)

    first = act(client, "commit_nonce", walk.lot.uid, commitment=f" {COMMITMENT.upper()} ")
    again = act(client, "commit_nonce", walk.lot.uid, commitment=COMMITMENT.upper())

    assert first.url == again.url == to_acts(walk)
    assert [each.commitment for each in NonceCommitment.objects.all()] == [COMMITMENT]


def test_commit_nonce_says_what_a_commitment_is(client, walk):
    client.force_login(walk.client)

    page = act(client, "commit_nonce", walk.lot.uid, commitment="my number")

    assert page.status_code == 409
    assert "64 hexadecimal digits" in page.text
    assert NonceCommitment.objects.count() == 0


# freeze_lot


def test_lot_says_what_bars_the_freeze_while_items_wait(client, walk):
    page = lot_page(client, walk, walk.lead)
    answer = act(client, "freeze_lot", walk.lot.uid)

    blocker = "6 items still wait for judgments or an adjudication."
    assert blocker in page.text
    assert answer.status_code == 409
    assert blocker in answer.text
    assert Freeze.objects.count() == 0


def test_lot_says_what_a_freeze_means_and_how_many_items_stay_open(client, judged):
    page = lot_page(client, judged, judged.lead)

    assert "keeps the 5 decided answers" in page.text
    assert "1 open item stays outside" in page.text
    assert "The client has committed to no nonce." in page.text


def test_freeze_lot_freezes_once_when_sent_twice(client, judged):
    client.force_login(judged.lead)

    first = act(client, "freeze_lot", judged.lot.uid)
    again = act(client, "freeze_lot", judged.lot.uid)

    assert first.url == again.url == to_acts(judged)
    assert list(Freeze.objects.values_list("population", "open_items")) == [(5, 1)]


def test_lot_offers_another_freeze_only_when_answers_moved(client, frozen):
    walk, freeze = frozen
    still = lot_page(client, walk, walk.lead).text
    freeze.decisions.filter(item__key="q000").update(answer="b")

    moved = lot_page(client, walk, walk.lead).text

    assert "Freeze this lot" not in still
    assert "Freeze this lot" in moved


# record_plan


def test_lot_shows_the_plan_before_it_is_recorded_as_it_is_recorded(client, frozen):
    walk, freeze = frozen

    [due] = lot_page(client, walk, walk.lead).context["acts"]
    answer = act(client, "record_plan", freeze.pk)

    stored = FreezePlan.objects.get()
    assert answer.url == to_acts(walk)
    assert due.looks == list(zip(stored.looks, stored.max_errors, strict=True))
    assert (due.plan.level, due.plan.digest) == (stored.level, stored.digest)


def test_record_plan_records_once_when_sent_twice(client, frozen):
    walk, freeze = frozen
    client.force_login(walk.lead)
    act(client, "record_plan", freeze.pk)

    again = act(client, "record_plan", freeze.pk)
    other = act(client, "record_plan", freeze.pk, key="k2")

    assert again.url == to_acts(walk)
    assert other.status_code == 409
    assert "has its audit plan" in other.text
    assert FreezePlan.objects.count() == 1


# reveal_nonce


def test_lot_says_that_the_plan_comes_before_the_reveal(client, frozen):
    walk, freeze = frozen

    page = lot_page(client, walk, walk.client)
    answer = act(client, "reveal_nonce", freeze.pk, nonce=NONCE)

    blocker = "Record the audit plan first: it must stand before the draw."
    assert blocker in page.text
    assert answer.status_code == 409
    assert blocker in answer.text
    assert Draw.objects.count() == 0


def test_reveal_nonce_draws_once_when_sent_twice(client, frozen):
    walk, freeze = frozen
    walk.plan(freeze)
    client.force_login(walk.client)

    first = act(client, "reveal_nonce", freeze.pk, nonce=f"{NONCE.upper()}\n")
    again = act(client, "reveal_nonce", freeze.pk, nonce=NONCE)

    draw = Draw.objects.get()
    assert first.url == again.url == to_acts(walk)
    assert (draw.drawer, draw.nonce) == (Draw.Drawer.CLIENT, NONCE)
    assert NONCE in lot_page(client, walk, walk.client).text


@pytest.mark.parametrize("nonce", ["ff" * 16, "word", "", "0f" * 65])
def test_reveal_nonce_draws_nothing_from_another_nonce(client, frozen, nonce):
    walk, freeze = frozen
    walk.plan(freeze)
    client.force_login(walk.client)

    page = act(client, "reveal_nonce", freeze.pk, nonce=nonce)

    assert page.status_code == 409
    assert "nonce" in page.context["blockers"][0]
    assert Draw.objects.count() == 0


# draw_audits


def test_draw_audits_draws_with_the_providers_nonce_once_when_sent_twice(client, judged):
    freeze = judged.freeze()
    judged.plan(freeze)
    page = lot_page(client, judged, judged.lead)

    first = act(client, "draw_audits", freeze.pk)
    again = act(client, "draw_audits", freeze.pk)

    draw = Draw.objects.get()
    assert "The certificate will say that the provider drew the sample." in page.text
    assert first.url == again.url == to_acts(judged)
    assert draw.drawer == Draw.Drawer.PROVIDER
    assert len(bytes.fromhex(draw.nonce)) == 16


def test_draw_audits_is_barred_where_the_client_committed(client, frozen):
    walk, freeze = frozen
    walk.plan(freeze)

    page = lot_page(client, walk, walk.lead)
    answer = act(client, "draw_audits", freeze.pk)

    blocker = "The client committed to a nonce; only the client reveals it."
    assert blocker in page.text
    assert answer.status_code == 409
    assert blocker in answer.text
    assert Draw.objects.count() == 0


# The lead's way in


def test_release_leads_to_the_next_act_of_each_lot(client, judged):
    client.force_login(judged.lead)
    steps = []

    def step():
        [(_, _, found)] = client.get(reverse("release")).context["rows"]
        steps.append(found)

    step()
    freeze = judged.freeze()
    step()
    judged.plan(freeze)
    step()
    judged.draw(freeze)
    step()
    judged.audit(freeze)
    step()
    judged.certify(freeze)
    step()

    assert steps == [
        "Freeze it", "Record its audit plan", "Draw its sample", "", "Sign it", "",
    ]  # fmt: skip


# raise_wall


@pytest.fixture
def staffing(walk):
    return work.staffing(lot=walk.lot, pairs=[["nobody", "q001"]])


def bar(client, staffing, expert, **form):
    given = {"expert": expert.handle, "reason": f"{SECRET} was their client."}
    return act(client, "raise_wall", staffing.uid, **(given | form))


def test_raise_wall_bars_an_expert_once_when_sent_twice(client, walk, staffing):
    expert = bench.expert(name="Emil Expert")
    client.force_login(walk.manager)

    first = bar(client, staffing, expert)
    again = bar(client, staffing, expert)

    wall = Wall.objects.get()
    page = client.get(first.url)
    assert first.url == again.url == f"{reverse('staffing', args=[staffing.uid])}#walls"
    assert (wall.expert, wall.engagement, wall.item) == (expert, walk.engagement, None)
    assert list(page.context["walls"]) == [wall]
    assert expert not in page.context["others"]
    assert f"{SECRET} was their client." in page.text


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_raise_wall_bars_nobody_without_a_reason_that_fits(client, walk, staffing, reason):
    client.force_login(walk.manager)

    page = bar(client, staffing, bench.expert(), reason=reason)

    assert page.status_code == 409
    assert "A wall needs its reason" in page.text
    assert Wall.objects.count() == 0


def test_raise_wall_knows_no_expert_by_another_name(client, walk, staffing):
    client.force_login(walk.manager)

    page = act(client, "raise_wall", staffing.uid, expert="somebody-else", reason=SECRET)

    assert page.status_code == 404
    assert Wall.objects.count() == 0


# restrict


def test_restrict_lets_in_only_some_and_then_all_again(client, walk, staffing):
    client.force_login(walk.manager)
    given = {"kind": "location", "basis": "GDPR 44", "reason": "Stays in the Union."}

    done = act(client, "restrict", staffing.uid, only="DE, AT,", **given)
    shown = client.get(done.url)
    assert [each.only for each in shown.context["restrictions"]] == ["AT", "DE"]
    assert "GDPR 44" in shown.text

    ended = act(client, "restrict", staffing.uid, only=" ", kind="location")
    shown = client.get(ended.url)
    assert list(shown.context["restrictions"]) == []


def test_restrict_says_what_it_wanted(client, walk, staffing):
    client.force_login(walk.manager)

    named = act(client, "restrict", staffing.uid, kind="export", only="Germany", reason="Why.")
    ended = act(client, "restrict", staffing.uid, kind="team", only="")

    assert (named.status_code, ended.status_code) == (409, 409)
    assert "two capital letters such as DE" in named.text
    assert "Nothing restricts this engagement by &#x27;team&#x27;" in ended.text
    assert not walk.engagement.restrictions.exists()


def test_staffing_says_who_was_left_out_and_what_was_refused(client, walk, staffing):
    expert = bench.expert(handle="emil", name="Emil Expert")
    Staffing.objects.filter(pk=staffing.pk).update(left_out=[["emil", "pause", 7]])
    wall = engagements.wall(engagement=walk.engagement, expert=expert)
    slot = work.slot(item=walk.items[0], purpose="further", number=9)
    with pytest.raises(SlotNotOpen):
        lease_slot(slot.pk, by=expert.user, key="k")
    client.force_login(walk.manager)

    shown = client.get(reverse("staffing", args=[staffing.uid]))

    assert shown.context["left_out"] == [
        ("Emil Expert", "A pause holds back new work of this engagement.", 7)
    ]
    [refused] = shown.context["refusals"]
    assert refused[1:] == ("Emil Expert", walk.items[0].key, ["A wall stands before this work."])
    assert "Emil Expert" in shown.text
    assert wall.reason in shown.text


def test_staffing_shows_conflicts_and_lets_the_manager_clear_them(client, walk, staffing):
    judge = bench.expert(handle="judge", name="Ada Quill")
    Staffing.objects.filter(pk=staffing.pk).update(pairs=[["judge", "q000"]])
    other = engagements.engagement(organisation=accounts.organisation(name="Bolt Energy AG"))
    thing = engagements.item(lot=engagements.lot(engagement=other))
    work.judgment(item=thing, expert=judge)
    client.force_login(walk.manager)

    act(client, "name_party", staffing.uid, name="Crow SA", affiliates="Bolt GmbH\n\nDove")
    page = client.get(reverse("staffing", args=[staffing.uid])).text
    act(client, "clear_conflict", staffing.uid, expert="judge", reason="Another Bolt.", key="k2")
    cleared = client.get(reverse("staffing", args=[staffing.uid])).text

    assert "Crow SA with Bolt GmbH, Dove" in page
    assert "Names met elsewhere" in page
    assert "Bolt Energy" not in page
    assert "Nobody of this draft met a name" in cleared


def test_staffing_lets_only_the_manager_bar(client, walk, staffing):
    bench.expert()
    client.force_login(walk.lead)

    page = client.get(reverse("staffing", args=[staffing.uid]))

    assert "Bar an expert" not in page.text
    assert "Nobody is barred from this engagement." in page.text


# Who may not


def every_act(walk, freeze, staffing, expert):
    """Return each act with what it is about and a form that would do it."""
    return {
        "make_nonce": (walk.lot.uid, {}),
        "commit_nonce": (walk.lot.uid, {"commitment": COMMITMENT}),
        "reveal_nonce": (freeze.pk, {"nonce": NONCE}),
        "open_census": (walk.lot.uid, {}),
        "end_census": (walk.lot.uid, {}),
        "freeze_lot": (walk.lot.uid, {}),
        "record_plan": (freeze.pk, {}),
        "draw_audits": (freeze.pk, {}),
        "set_due": (walk.lot.uid, {"due_on": "2099-12-31"}),
        "draft_staffing": (walk.lot.uid, {"objective": "total"}),
        "restaff": (walk.lot.uid, {"price": "1"}),
        "redraft": (staffing.uid, {"expert": expert.handle, "item": "q001", "how": "pin"}),
        "publish_staffing": (staffing.uid, {}),
        "raise_wall": (staffing.uid, {"expert": expert.handle, "reason": SECRET}),
        "restrict": (staffing.uid, {"kind": "team", "only": SECRET, "reason": SECRET}),
        "clear_conflict": (staffing.uid, {"expert": expert.handle, "reason": SECRET}),
        "name_party": (staffing.uid, {"name": SECRET}),
    }


@pytest.fixture
def acts(frozen, staffing):
    walk, freeze = frozen
    quality.census(lot=walk.lot, state="called_off")
    found = every_act(walk, freeze, staffing, bench.expert(name=f"{SECRET} expert"))
    assert set(found) == set(ACTS)
    return found


def refused(client, acts):
    """Try each act, see that nothing came of it, and return the statuses."""
    events = Event.objects.count()
    statuses = {}
    for address, (about, form) in acts.items():
        page = act(client, address, about, **form)
        statuses[address] = page.status_code
        assert SECRET not in page.text
        assert COMMITMENT not in page.text
    assert Event.objects.count() == events
    return statuses


@pytest.mark.parametrize("role", list(Role))
def test_acts_are_refused_to_people_of_other_work(client, acts, role):
    client.force_login(people_of(accounts.organisation())[role])

    statuses = refused(client, acts)

    assert statuses == {each: 404 if role in ACTS[each] else 403 for each in acts}


@pytest.mark.parametrize("own", ["client", "manager", "lead"])
def test_acts_are_refused_to_own_people_of_another_role(client, frozen, acts, own):
    walk, _ = frozen
    role = {"lead": "quality"}.get(own, own)
    client.force_login(getattr(walk, own))
    others = {address: acts[address] for address in acts if role not in ACTS[address]}

    statuses = refused(client, others)

    assert len(statuses) > 3
    assert set(statuses.values()) == {403}


def test_acts_are_refused_to_whoever_is_not_signed_in(client, acts):
    statuses = refused(client, acts)

    assert set(statuses.values()) == {302}


def test_acts_of_the_client_are_refused_to_a_lead_who_buys_elsewhere(client, frozen, acts):
    walk, _ = frozen
    accounts.membership(user=walk.lead, role=Role.CLIENT)
    client.force_login(walk.lead)
    mine = {address: acts[address] for address in acts if "client" in ACTS[address]}

    statuses = refused(client, mine)

    assert set(statuses.values()) == {403}


def test_acts_do_nothing_without_a_replay_key(client, frozen, acts):
    walk, _ = frozen
    events, statuses = Event.objects.count(), set()
    people = {Role.CLIENT: walk.client, Role.QUALITY: walk.lead, Role.MANAGER: walk.manager}

    for address, (about, form) in acts.items():
        client.force_login(people[next(iter(ACTS[address]))])
        statuses.add(act(client, address, about, **(form | {"key": ""})).status_code)

    assert statuses == {400}
    assert Event.objects.count() == events
