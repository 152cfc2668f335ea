"""On PostgreSQL the database itself holds one client's rows back from another's people.

Every test here has a second client whose rows could leak, and code that forgot
to ask whose they are. Nothing is mocked: the role that serves is a real one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from threading import Thread
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from peritus.accounts.policies import guarded_models, install_policies, policy_faults
from peritus.accounts.serving import let_serve, require_serving_role, role_faults
from peritus.delivery.statements import statement_of
from peritus.engagements.models import Item, Lot, Party
from peritus.journal.models import Event, ParkedEvent
from peritus.journal.pump import pump
from peritus.journal.sight import seeing, seeing_everything
from peritus.quality.models import Certificate, Decision
from peritus.web.middleware import ClientSight
from peritus.work.models import Slot
from peritus.work.sight import sight_of
from tests.factories import accounts, bench, engagements, notices, work
from tests.factories.walk import Walk
from tests.unit.web.conftest import whole_engagement

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.usefixtures("serving_role")]

REFUSED = "row-level security policy"
OF_OWNER = (
    "CREATE ROLE {role}_of; CREATE ROLE {role} NOINHERIT IN ROLE {role}_of; "
    "ALTER TABLE work_slot OWNER TO {role}_of"
)


def two_clients():
    ours, theirs = whole_engagement(), whole_engagement()
    for scene in (ours, theirs):
        notices.notice(engagement=scene.engagement, user=scene.people["client"])
    return SimpleNamespace(ours=ours, theirs=theirs)


@pytest.fixture
def clients(db):
    """Two clients, each with an engagement from judgment to invoice."""
    return two_clients()


@pytest.fixture
def committed(transactional_db, serving_role):
    """The same, committed; the connection belongs to the role that serves, and sees nothing."""
    found = two_clients()
    connection.close()  # the next one was told nothing yet
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {serving_role}")
    yield found
    connection.close()


def as_owner():
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def read(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def organisations_in(model):
    return set(model.objects.values_list("organisation_id", flat=True))


# What code sees that forgot to ask whose rows they are


def test_code_that_forgot_its_scope_sees_the_users_own_client_only(clients):
    ours, theirs = clients.ours.client.pk, clients.theirs.client.pk
    models = [model for model in guarded_models() if hasattr(model, "organisation_id")]
    filled = {model for model in models if theirs in organisations_in(model)}

    with seeing(sight_of(clients.ours.people["client"])):
        seen = {model: organisations_in(model) for model in models}
        raw = {
            row[0]
            for model in models
            for row in read(f"SELECT DISTINCT organisation_id FROM {model._meta.db_table}")
        }

    assert {found for model in filled for found in seen[model]} == {ours}
    assert raw - {None} == {ours}
    assert {"Blob", "Engagement", "Item", "Judgment", "Slot", "Decision", "Freeze", "Certificate",
            "Invoice", "Inquiry", "Notice"} <= {model.__name__ for model in filled}  # fmt: skip


def test_a_request_sees_its_users_client_only_whatever_its_view_forgot(clients):
    def forgetful(request):
        return HttpResponse("\n".join(str(pk) for pk in Item.objects.values_list("pk", flat=True)))

    def items_shown(user, method="GET"):
        request = RequestFactory().generic(method, "/")
        request.user = user
        return {int(line) for line in ClientSight(forgetful)(request).text.split()}

    def items_of(scene):
        return set(Item.objects.filter(organisation=scene.client).values_list("pk", flat=True))

    every = set(Item.objects.values_list("pk", flat=True))
    ours, theirs = items_of(clients.ours), items_of(clients.theirs)

    assert items_shown(clients.ours.people["client"]) == ours
    assert items_shown(clients.theirs.people["client"], "POST") == theirs
    assert items_shown(clients.ours.people["manager"]) == every
    assert items_shown(AnonymousUser()) == set()
    assert len(ours) == len(theirs) == len(every) / 2 > 0


def test_whoever_holds_a_signed_statement_is_told_that_it_stands(clients, client):
    text = statement_of(clients.theirs.certificate)

    page = client.get(reverse("check_certificate"), {"s": text})

    assert "It stands, as it was signed." in page.text
    assert "knows no such certificate" not in page.text


def test_an_expert_sees_the_clients_who_ask_them_to_judge(clients):
    judge = bench.expert()
    before = sight_of(judge.user)
    work.slot(item=clients.ours.item, reserved_for=judge, purpose=Slot.Purpose.FURTHER)

    with seeing(sight_of(judge.user)):
        seen = organisations_in(Item)

    assert clients.ours.client.pk not in before
    assert seen == {clients.ours.client.pk}


def test_events_of_other_clients_are_hidden_and_those_of_no_client_are_not(clients):
    walk = Walk()
    walk.open_first_slots()
    pump(until_idle=True)
    event = Event.objects.filter(organisation_id=walk.lot.organisation_id).latest("id")
    ParkedEvent.objects.create(subscription="x", event=event, error="Secret", parked_at=event.at)

    with seeing([clients.ours.client.pk]):
        hidden = Event.objects.exclude(organisation_id=None).count(), ParkedEvent.objects.count()
        own = Event.objects.filter(organisation_id=None).count()
    with seeing([walk.lot.organisation_id]):
        parked = ParkedEvent.objects.count()

    assert (hidden, parked) == ((0, 0), 1)
    assert own == Event.objects.filter(organisation_id=None).count()


# What is written for another client


def test_a_row_for_another_client_is_refused(clients):
    theirs = clients.theirs.engagement
    before = Party.objects.filter(engagement=theirs).count()

    with seeing([clients.ours.client.pk]), pytest.raises(ProgrammingError, match=REFUSED):
        transaction.atomic(engagements.party)(engagement=theirs)

    assert Party.objects.filter(engagement=theirs).count() == before


def test_another_clients_row_is_neither_changed_nor_removed(clients):
    theirs = Lot.objects.filter(organisation=clients.theirs.client)
    before = list(theirs.order_by("pk").values())

    with seeing([clients.ours.client.pk]):
        changed = Lot.objects.filter(pk__in=[row["id"] for row in before]).update(title="Ours")
        removed = Party.objects.filter(organisation=clients.theirs.client)._raw_delete("default")

    assert (changed, removed) == (0, 0)
    assert list(theirs.order_by("pk").values()) == before


def test_ones_own_row_is_not_given_to_another_client(clients):
    party = engagements.party(engagement=clients.ours.engagement)

    mine = Party.objects.filter(pk=party.pk)
    with seeing([clients.ours.client.pk]), pytest.raises(ProgrammingError, match=REFUSED):
        transaction.atomic(mine.update)(organisation=clients.theirs.client)

    party.refresh_from_db()
    assert party.organisation_id == clients.ours.client.pk


def test_a_client_sees_what_they_write(clients):
    with seeing([clients.ours.client.pk]):
        party = engagements.party(engagement=clients.ours.engagement)

        assert list(Party.objects.filter(pk=party.pk)) == [party]


# When nothing was told, and what was told before


def test_a_setting_that_is_empty_shows_no_row(clients):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('peritus.organisations', '', true)")
    empty = {model: model.objects.count() for model in guarded_models()}

    with seeing(()):
        nobody = {model: model.objects.count() for model in guarded_models()}

    assert sum(empty.values()) == 0
    assert sum(count for model, count in nobody.items() if model is not Event) == 0
    with seeing_everything():
        assert Item.objects.exists()


def test_a_connection_that_was_told_nothing_sees_nothing(committed):
    assert read("SELECT current_setting('peritus.organisations', true)") == [(None,)]
    assert sum(model.objects.count() for model in guarded_models()) == 0
    with seeing_everything():
        assert organisations_in(Item) == {committed.ours.client.pk, committed.theirs.client.pk}


def test_nothing_is_left_of_a_request_for_the_next_on_its_connection(client, committed):
    ours, theirs = committed.ours, committed.theirs
    session = connection.connection
    client.force_login(ours.people["client"])
    first = client.get(f"/lots/{ours.lot.uid}/")

    between = read("SELECT current_setting('peritus.organisations', true)"), Item.objects.count()
    client.force_login(theirs.people["client"])
    second = client.get(f"/lots/{ours.lot.uid}/"), client.get(f"/lots/{theirs.lot.uid}/")

    assert first.status_code == 200
    assert between == ([("",)], 0)
    assert [each.status_code for each in second] == [404, 200]
    assert connection.connection is session


def test_whoever_holds_a_certificates_code_learns_that_it_stands_and_no_more(client, committed):
    with seeing_everything():
        text = statement_of(Certificate.objects.get(pk=committed.ours.certificate.pk))

    page = client.get("/certificates/check/", {"s": text}).text

    assert "It stands, as it was signed." in page
    assert committed.theirs.certificate.number not in page
    assert Certificate.objects.count() == 0


def test_statements_outside_of_a_transaction_are_told_too(committed):
    ours = committed.ours.client.pk

    with seeing([ours]):
        at_once = organisations_in(Item)
        piecemeal = {item.organisation_id for item in Item.objects.iterator(chunk_size=1)}
        changed = Lot.objects.update(title="Mine")

    assert at_once == piecemeal == {ours}
    with seeing_everything():
        assert changed == Lot.objects.filter(title="Mine").count()
        assert set(Lot.objects.filter(title="Mine").values_list("organisation", flat=True)) == {
            ours
        }


def test_a_thread_sees_nothing_of_what_its_maker_sees(committed, serving_role):
    counted = []

    def count():
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {serving_role}")
        counted.append(Item.objects.count())
        connection.close()

    with seeing_everything():
        thread = Thread(target=count)
        thread.start()
        thread.join()
        assert Item.objects.exists()

    assert counted == [0]


@pytest.mark.parametrize("inner", ["done", "refused by us", "refused by the database"])
def test_an_inner_block_leaves_the_outer_one_as_it_was(clients, inner):
    ours, theirs = clients.ours.client.pk, clients.theirs.client.pk

    def look():
        with transaction.atomic(), seeing([theirs]):
            assert organisations_in(Lot) == {theirs}
            if inner == "refused by us":
                raise LookupError
            if inner == "refused by the database":
                accounts.organisation(slug=clients.ours.client.slug)

    with seeing([ours]):
        with suppress(LookupError, IntegrityError):
            look()

        assert organisations_in(Lot) == {ours}


# Who acts for the provider


def test_reactions_see_the_client_whose_event_they_read(committed):
    with seeing_everything():
        walk = Walk()
        walk.open_first_slots()
        for slot in walk.slots(Slot.Purpose.FIRST):
            walk.answer(slot, "a")

    assert Decision.objects.count() == 0
    pump(until_idle=True)

    with seeing_everything():
        assert Decision.objects.filter(item__lot=walk.lot, state="decided").count() == walk.size
        assert not Event.objects.filter(place=None).exists()
        assert not ParkedEvent.objects.exists()


def test_sealing_for_a_certificate_counts_every_clients_events(clients):
    walk, other = Walk(), Walk()
    freeze = walk.drawn()
    walk.audit(freeze)
    other.open_first_slots()  # events that have no place yet

    with seeing([walk.lot.organisation_id]):
        walk.certify(freeze)

    places = list(
        Event.objects.exclude(place=None).order_by("place").values_list("place", flat=True)
    )
    assert places == list(range(1, len(places) + 1))
    assert not Event.objects.filter(organisation_id=other.lot.organisation_id, place=None).exists()


# Which role may serve


def test_the_role_that_serves_is_fit(db):
    require_serving_role()

    assert (role_faults(), policy_faults()) == ([], [])


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("CREATE ROLE {role} SUPERUSER", "It is a superuser."),
        ("CREATE ROLE {role} BYPASSRLS", "It has BYPASSRLS."),
        ("CREATE ROLE {role}; ALTER TABLE work_slot OWNER TO {role}", "It owns 1 tables"),
        (OF_OWNER, "It owns 1 tables"),
    ],
    ids=["superuser", "bypassrls", "owner", "member of the owner"],
)
def test_a_role_that_policies_do_not_hold_for_is_refused(db, serving_role, how, says):
    as_owner()
    [[superuser]] = read("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if not superuser:
        pytest.skip("only a superuser makes such roles")
    role = f"{serving_role}_unfit"
    with connection.cursor() as cursor:
        cursor.execute(how.format(role=role))
        cursor.execute(f"SET LOCAL ROLE {role}")

    faults = role_faults()

    assert len(faults) == 1
    assert faults[0].startswith(says)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("ALTER TABLE work_slot DISABLE ROW LEVEL SECURITY", "row-level security is off"),
        ("DROP POLICY of_client ON work_slot", "its policy of_client is missing"),
        ("ALTER POLICY of_client ON work_slot TO root_of_tests", "its policy of_client is missing"),
        ("CREATE POLICY all_of_it ON work_slot USING (true)", "it has other policies"),
        ("COMMENT ON POLICY of_client ON work_slot IS 'true'", "or another release's"),
    ],
)
def test_a_table_that_is_not_held_back_is_named(db, how, says):
    as_owner()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE root_of_tests")
        cursor.execute(how)

    faults = policy_faults()
    install_policies()

    assert len(faults) == 1
    assert faults[0].startswith("Table work_slot: ")
    assert says in faults[0]
    left = [fault for fault in policy_faults() if "other policies" not in fault]
    assert left == []


def url_of_tests(user=""):
    parts = urlsplit(os.environ["DATABASE_URL"])
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{user}@{place}" if user else parts.netloc
    return parts._replace(netloc=netloc, path=f"/{connection.settings_dict['NAME']}").geturl()


def run(url, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "peritus.settings"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "peritus.cli", "serve"),
        ("-m", "peritus.cli", "work"),
        ("-m", "peritus.cli", "check"),
        ("-c", "import peritus.web.wsgi"),
    ],
    ids=["serve", "work", "check", "wsgi"],
)
def test_nothing_starts_as_the_owner_of_the_tables(db, arguments):
    ended = run(url_of_tests(), *arguments)

    assert ended.returncode == 1
    assert "Policies do not hold for the role that is connected, " in ended.stderr
    assert "peritus database-role NAME" in ended.stderr


def test_a_command_starts_as_the_role_that_serves(db, serving_role):
    url = url_of_tests(f"{serving_role}:secret")
    as_owner()
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError as error:
        pytest.skip(f"this server does not let the new role in: {error}")

    ended = run(url, "-m", "peritus.cli", "check")
    migrated = run(url, "-m", "peritus.cli", "migrate")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "holds   PostgreSQL holds clients' rows apart" in ended.stdout
    assert migrated.returncode == 1
    assert "Migrate as the role that owns the tables; this one serves." in migrated.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_event SET body = ''",
        "DELETE FROM journal_event",
        "TRUNCATE work_slot CASCADE",
        "ALTER TABLE work_slot DISABLE ROW LEVEL SECURITY",
        "DROP POLICY of_client ON work_slot",
        "DROP TRIGGER journal_event_no_update ON journal_event",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())",
        "CREATE ROLE another",
    ],
)
def test_the_role_that_serves_cannot_lift_what_holds_it(db, statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        transaction.atomic(read)(statement)


def test_letting_a_role_serve_again_changes_nothing(db, serving_role):
    rights = "SELECT relname, relacl::text FROM pg_class WHERE relacl IS NOT NULL ORDER BY 1"
    as_owner()
    before = read(rights)

    let_serve(serving_role)

    assert read(rights) == before
