"""No address shows or changes what is another client's: every route, made from the table of URLs.

Nothing here names a route. Each is tried with identifiers of every kind of row
that another client owns, by GET and by POST, as everybody who works on or buys
a client's own engagement. A new route is covered the moment it has an address.
"""

from itertools import product

import pytest
from django.apps import apps
from django.db.models import CharField, TextField
from django.urls import get_resolver

from peritus.accounts.models import ClientOwned, Role
from peritus.bench.models import Expert
from peritus.web.roles import roles_for
from peritus.web.urls import urlpatterns
from peritus.work.models import Assignment
from tests.factories import accounts, bench, work
from tests.unit.web.conftest import SECRET, whole_engagement

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

OWNED = [model for model in apps.get_models() if issubclass(model, ClientOwned)]
FOREIGN = "Project Bittern"
MOST_TRIED = 60  # identifiers for each route of two parameters
OF_PROVIDER = {"bench"}  # lists of the provider's own experts, the same for all clients
NO_PATH = {"sign_in", "sign_out", "theme", "api_unknown"}  # who asks, how it looks, no address


def engagement_of(secret):
    """Return everything of a client's engagement, with a word in it that is nobody else's."""
    scene = whole_engagement()
    judge = bench.expert(user=accounts.member(Role.EXPERT), name=f"{secret} judge")
    slot = work.slot(item=scene.item, reserved_for=judge, purpose="further")
    work.assignment(slot=slot, expert=judge, state=Assignment.State.ACTIVE)
    scene.judge = judge
    scene.secret = secret
    scene.client.name = secret
    scene.client.save()
    for row in rows_of(scene):
        for field in row._meta.concrete_fields:
            said = getattr(row, field.attname)
            if isinstance(field, CharField | TextField) and isinstance(said, str):
                setattr(row, field.attname, said.replace(SECRET, secret))
        row.save()
    return scene


def rows_of(scene):
    """Return all that a client owns, whatever the model."""
    return [row for model in OWNED for row in model.objects.filter(organisation=scene.client)]


def told(scene):
    """Return every value of all that a client owns."""
    return {
        model.__name__: list(
            model.objects.filter(organisation=scene.client).order_by("pk").values()
        )
        for model in OWNED
    }


def identifiers(scene):
    """Return what addresses of the client's things are made of, by the kind of parameter."""
    first = {type(row): row for row in rows_of(scene)}.values()
    texts = {
        str(getattr(row, name))
        for row in first
        for name in ("number", "code", "key")
        if hasattr(row, name)
    }
    return {
        "UUIDConverter": [str(row.uid) for row in first],
        "IntConverter": [row.pk for row in first],
        "SlugConverter": ["question", "matter", scene.judge.handle],
        "StringConverter": [*sorted(texts), str(scene.engagement.uid)],
    }


def routes():
    """Return each route's name with the kinds of its parameters, the API's among them."""
    found = {}
    for pattern in urlpatterns:
        converters = getattr(pattern.pattern, "converters", {})
        found[pattern.name] = [type(each).__name__ for each in converters.values()]
    return found


def addresses(scene, role):
    """Return every address that can be made of the client's identifiers, with its route.

    One will do where the gate of roles lets nobody of the role through.
    """
    known, resolver = identifiers(scene), get_resolver()
    for name, kinds in routes().items():
        if not kinds:
            continue
        most = MOST_TRIED if role in roles_for(name) else 1
        for arguments in list(product(*(known[kind] for kind in kinds)))[:most]:
            yield name, kinds, f"/{resolver.reverse(name, *arguments)}"


@pytest.fixture
def own():
    return engagement_of("Project Avocet")


@pytest.fixture
def foreign():
    engagement_of("Project Corncrake")  # so that rows stand before and after those that could leak
    found = engagement_of(FOREIGN)
    engagement_of("Project Dunlin")
    return found


def people_of(scene):
    """Return who acts for a client's engagement; the books are kept for all by one person."""
    apart = {str(Role.FINANCE), str(Role.EXPERT)}
    seen = {role: person for role, person in scene.people.items() if role not in apart}
    return seen | {str(Role.EXPERT): scene.judge.user}


def test_no_route_shows_or_changes_what_is_another_clients(client, own, foreign, figure):
    before = told(foreign)
    opened, shown, tried, asked = [], [], set(), 0

    for role, person in people_of(own).items():
        client.force_login(person)
        for name, kinds, address in addresses(foreign, role):
            for answer in (client.get(address), client.post(address, {"key": "k"})):
                tried.add(name)
                asked += 1
                # A number may be that of one's own row, of another table.
                if answer.status_code < 400 and "IntConverter" not in kinds:
                    opened.append((role, name, address, answer.status_code))
                if FOREIGN in answer.text:
                    shown.append((role, name, address))

    assert opened == []
    assert shown == []
    assert told(foreign) == before
    assert tried == {name for name, kinds in routes().items() if kinds}
    figure(
        f"isolation: {asked} requests, {len(tried)} routes, {len(people_of(own))} roles: none leak"
    )


def test_no_list_and_no_search_shows_what_is_another_clients(client, own, foreign):
    plain = [name for name, kinds in routes().items() if not kinds and name not in NO_PATH]
    shown, seen = [], []

    for role, person in people_of(own).items():
        client.force_login(person)
        for name in plain:
            address = f"/{get_resolver().reverse(name)}"
            for query in ("", "?q=Project", f"?q={foreign.item.key}"):
                text = client.get(f"{address}{query}", follow=True).text
                if name in OF_PROVIDER:  # who judges is no client's; for whom they do is not told
                    text = text.replace(foreign.judge.name, "").replace(own.judge.name, "")
                if FOREIGN in text:
                    shown.append((role, name))
                if own.secret in text:
                    seen.append(name)

    assert shown == []
    assert {"search", "client_home", "portfolio", "certificates"} <= set(seen)


def test_the_data_could_leak_their_owners_see_it_at_the_same_addresses(client, foreign):
    seen = set()

    for role, person in people_of(foreign).items():
        client.force_login(person)
        for name, _, address in addresses(foreign, role):
            if name in seen:
                continue
            answer = client.get(address)
            if answer.status_code == 200 and FOREIGN in answer.text:
                seen.add(name)

    assert {"engagement", "lot", "decision", "certificate", "proposal", "inquiry", "invoice",
            "staffing", "quality_plan", "gold", "expert_standings", "api_lots"} <= seen  # fmt: skip


def test_experts_find_only_the_leases_that_are_theirs(client, own, foreign):
    client.force_login(own.judge.user)
    others = Assignment.objects.filter(expert=foreign.judge)

    for lease in others:
        for act in ("answer", "skip", "hold"):
            answer = client.post(f"/workbench/{lease.pk}/{act}/", {"key": "k", "fence": 1})
            assert answer.status_code in {403, 404, 409}
    assert Expert.objects.filter(pk=own.judge.pk).exists()
    assert set(others.values_list("state", flat=True)) == {"active"}
