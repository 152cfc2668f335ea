"""Scenes of delivery; packs are built once, since tampering needs no database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import transaction

from peritus.delivery.queries import file_bytes
from peritus.delivery.verbs import write_evidence_pack
from tests.unit.delivery import scene as scenes


@dataclass(frozen=True)
class Packs:
    """The bytes of four packs, two of them billed, and one of an audit that still runs."""

    certified: bytes
    spent: bytes
    provider_drawn: bytes
    running: bytes


def _pack(scene: scenes.Scene) -> bytes:
    written = write_evidence_pack(scene.freeze.pk, by=scene.cast.manager, key=scenes.key())
    return file_bytes(written)


@pytest.fixture(scope="session")
def packs(django_db_setup, django_db_blocker) -> Packs:
    with django_db_blocker.unblock(), transaction.atomic():
        certified, spent = scenes.played(), scenes.played(auditor_says=scenes.OTHER)
        scenes.billed(certified)
        scenes.billed(spent)
        written = Packs(
            certified=_pack(certified),
            spent=_pack(spent),
            provider_drawn=_pack(scenes.played(client_draws=False)),
            running=_pack(scenes.played(audits=2)),
        )
        transaction.set_rollback(True)
    return written


@pytest.fixture(scope="module")
def played(django_db_setup, django_db_blocker) -> Iterator[dict[str, scenes.Scene]]:
    """Play both scenes once for a module; what a test adds to them is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield {
            "certified": scenes.played(),
            "spent": scenes.played(auditor_says=scenes.OTHER),
        }
        transaction.set_rollback(True)


@pytest.fixture
def certified(played, db) -> scenes.Scene:
    return played["certified"]


@pytest.fixture
def spent(played, db) -> scenes.Scene:
    return played["spent"]


@pytest.fixture
def pack_path(packs: Packs, tmp_path: Path) -> Path:
    path = tmp_path / "evidence.zip"
    path.write_bytes(packs.certified)
    return path
