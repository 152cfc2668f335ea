"""Hold rows back from whoever is not meant to see them, by policies of PostgreSQL.

Which tables are guarded follows from the models: each that has an ``organisation_id``.
``UNGUARDED`` names all others, with the reason; a model in neither fails Django's
checks, and so ``make check``. What a policy reads is told by ``journal.sight``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db import connection, connections, models, transaction

from peritus.journal.sight import SETTING, has_policies

POLICY: Final = "of_client"

SEEN: Final = f"NULLIF(current_setting('{SETTING}', true), '')::bigint[]"
OF_CLIENT: Final = f"organisation_id = ANY({SEEN})"
OF_EVENT: Final = "EXISTS (SELECT 1 FROM journal_event seen WHERE seen.id = event_id)"

CONDITIONS: Final[Mapping[str, str]] = {
    # Events of the installation's own chain are of no client; who sees nothing sees none either.
    "journal.Event": f"{OF_CLIENT} OR organisation_id IS NULL AND {SEEN} IS NOT NULL",
    # What belongs to an event is its client's; the event's own policy decides.
    "journal.ParkedEvent": OF_EVENT,
    "journal.Salt": OF_EVENT,
}
"""Conditions that differ from ``OF_CLIENT``, by model."""

UNGUARDED: Final[Mapping[str, str]] = {
    "accounts.Organisation": "names of clients, no work of theirs; read to know who sees what",
    "accounts.User": "people and addresses; read at sign-in, before it is known who looks",
    "accounts.Membership": "who plays which role; read to know who sees what",
    "sign_in.SecondFactor": "sealed secrets; read at sign-in, before it is known who looks",
    "sign_in.RecoveryCode": "hashes; read at sign-in, before it is known who looks",
    "sign_in.ApiToken": "hashes; read to know who calls, and for which client",
    "sign_in.Session": "who is signed in, by hash; read to know who looks",
    "sign_in.WrongTries": "keyed hashes and counts; read at sign-in, before it is known who looks",
    "bench.Expert": "the provider's experts, the same for all clients",
    "bench.Field": "a taxonomy, the same for all",
    "bench.Expert_fields": "the provider's experts",
    "bench.PayRate": "the provider's experts, the same for all clients",
    "bench.Credential": "the provider's experts",
    "bench.Qualification": "the provider's experts; tests are the provider's own work",
    "bench.Admission": "the provider's models: counts over all clients, none named",
    "bench.Skill": "the provider's experts: counts over all clients, none named",
    "model_experts.ModelSpec": "the provider's models, the same for all clients; no key",
    "journal.Cursor": "how far each reaction has read: places, no content",
    "journal.SigningKey": "the installation's public keys",
    "journal.SignedHead": "sizes, hashes and signatures, made to be handed out",
}
"""Our models that have no policy, and why they need none."""


def guarded_models() -> list[type[models.Model]]:
    """Return the models whose rows are held back, in the order of their rooms."""
    return [
        model
        for model in _own_models()
        if model._meta.label not in UNGUARDED
        and (_has_organisation(model) or model._meta.label in CONDITIONS)
    ]


def _own_models() -> list[type[models.Model]]:
    """Return Peritus' models; Django's own four rooms hold names of models and permissions."""
    every = apps.get_models(include_auto_created=True)
    return [model for model in every if model.__module__.startswith("peritus.")]


def _has_organisation(model: type[models.Model]) -> bool:
    return any(field.attname == "organisation_id" for field in model._meta.concrete_fields)


@register
def unguarded_models(**_which: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's signature
    """Refuse a model that neither has a policy nor says why it needs none."""
    return [
        Error(
            f"{model._meta.label} has no organisation_id, so no policy holds its rows back.",
            hint="Give it one, or name it in accounts.policies.UNGUARDED with the reason.",
            obj=model,
            id="peritus.E001",
        )
        for model in models_without_answer(_own_models())
    ]


def models_without_answer(found: Iterable[type[models.Model]]) -> list[type[models.Model]]:
    """Return the models of which nothing says who may see their rows."""
    answered = {*UNGUARDED, *CONDITIONS}
    return [
        each for each in found if not _has_organisation(each) and each._meta.label not in answered
    ]


def install_policies(using: str = "default", **_signal: Any) -> None:  # noqa: ANN401
    """Give each guarded table the policy that it lacks; called after every migration."""
    if connections[using].vendor != "postgresql":
        return
    lacking = {table for table, _ in _faults(using)}
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for table, condition in _guarded_tables(using).items():
            if table in lacking:
                for statement in _statements(table, condition):
                    cursor.execute(statement)


def _statements(table: str, condition: str) -> list[str]:
    said = condition.replace("'", "''")
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS {POLICY} ON {table}",
        f"CREATE POLICY {POLICY} ON {table} USING ({condition}) WITH CHECK ({condition})",
        f"COMMENT ON POLICY {POLICY} ON {table} IS '{said}'",  # a later release compares it
    ]


def _guarded_tables(using: str) -> dict[str, str]:
    """Return the tables that there are, with their conditions; fewer in half a migration."""
    there = connections[using].introspection.table_names()
    return {
        model._meta.db_table: CONDITIONS.get(model._meta.label, OF_CLIENT)
        for model in guarded_models()
        if model._meta.db_table in there
    }


_STATE = """
SELECT c.relname, c.relrowsecurity, count(p.oid),
       min(obj_description(p.oid, 'pg_policy')) FILTER (WHERE p.polname = %s AND p.polpermissive
           AND p.polcmd = '*' AND p.polroles = '{0}')
FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%s)
GROUP BY c.oid, c.relname, c.relrowsecurity ORDER BY c.relname
"""


def _faults(using: str) -> list[tuple[str, str]]:
    """Return each guarded table that is not held as it should be, with what is wrong."""
    tables = _guarded_tables(using)
    with connections[using].cursor() as cursor:
        cursor.execute(_STATE, [POLICY, list(tables)])
        found = cursor.fetchall()
    return [
        (table, fault)
        for table, enabled, policies, condition in found
        if (fault := _fault(enabled, policies, right=condition == tables[table]))
    ]


def _fault(enabled: bool, policies: int, *, right: bool) -> str:  # noqa: FBT001 - a column
    if not enabled:
        return "row-level security is off"
    if not right:
        return f"its policy {POLICY} is missing, or another release's"
    return "it has other policies, which let more through" if policies > 1 else ""


def policy_faults() -> list[str]:
    """Say which tables of client data the database does not hold back; none on SQLite."""
    if not has_policies():
        return []
    return [f"Table {table}: {fault}." for table, fault in _faults(connection.alias)]
