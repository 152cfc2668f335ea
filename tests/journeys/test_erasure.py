"""An expert is erased after the work: chain, certificate, pack and invoice stand; a hold waits."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from peritus.bench.models import Expert
from peritus.cli.main import main
from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import write_evidence_pack
from peritus.journal.models import Event
from peritus.journal.pump import pump
from peritus.privacy.errors import NotErased
from peritus.privacy.verbs import erase_person, lift_hold, place_hold
from peritus.quality.verbs import accept_lot
from peritus.simulation.invariants import broken_invariants
from tests.factories.packs import verdicts
from tests.factories.walk import Walk, key

pytestmark = [pytest.mark.django_db, pytest.mark.journey]


@pytest.fixture
def run(tmp_path):
    """A certified and accepted lot with its pack; the first judge is a person."""
    walk = Walk(looks=(6,))
    freeze = walk.drawn()
    walk.audit(freeze)
    walk.certify(freeze)
    accept_lot(freeze.pk, by=walk.client, key=key())
    pump(until_idle=True)
    pack = tmp_path / "before.zip"
    pack.write_bytes(file_bytes(write_evidence_pack(freeze.pk, by=walk.manager, key=key())))
    return SimpleNamespace(walk=walk, freeze=freeze, judge=walk.judges[0], pack=pack)


def test_what_was_done_stands_and_who_did_it_is_gone(run, tmp_path):
    name = run.judge.name

    erase_person(run.judge.user_id, "request", by=run.walk.manager, key=key())
    pump(until_idle=True)

    assert Expert.objects.get(pk=run.judge.pk).name == "Erased person" != name
    assert broken_invariants() == {}
    later = tmp_path / "after.zip"
    written = write_evidence_pack(run.freeze.pk, by=run.walk.manager, key=key())
    later.write_bytes(file_bytes(written))
    for pack in (run.pack, later):
        assert (verdicts(pack).ours, verdicts(pack).foreign) == ((), ())
    said = CliRunner().invoke(main, ["journal", "verify"]).output
    assert f"person {run.judge.user.uid} by {run.walk.manager.uid}, ground request" in said


def test_a_clients_hold_keeps_whoever_worked_for_it(run):
    held = place_hold(
        run.walk.engagement.organisation_id, reason="Litigation.", by=run.walk.client, key=key()
    )

    with pytest.raises(NotErased, match="Litigation"):
        erase_person(run.judge.user_id, "retention", by=run.walk.manager, key=key())
    lift_hold(held.pk, "It ended.", by=run.walk.client, key=key())
    erase_person(run.judge.user_id, "retention", by=run.walk.manager, key=key())

    assert Event.objects.filter(kind="person.erased").count() == 1
