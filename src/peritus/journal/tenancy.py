"""Hold every row of client data to its client, in the database itself."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models import BaseConstraint, Model


class SameOrganisation(BaseConstraint):
    """A composite foreign key: the row and its parent belong to one client.

    The parent has UNIQUE (organisation, id); the plain key on ``field`` is
    declared with ``db_constraint=False``, since this one replaces it.
    """

    def __init__(self, *, field: str, to: str, name: str) -> None:
        super().__init__(name=name)
        self.field, self.to = field, to

    def _clause(self, schema_editor: BaseDatabaseSchemaEditor) -> str:
        quote = schema_editor.quote_name
        own = f"{quote('organisation_id')}, {quote(f'{self.field}_id')}"
        parent = quote(apps.get_model(self.to)._meta.db_table)
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({own}) REFERENCES {parent} "
            f"({quote('organisation_id')}, {quote('id')}) DEFERRABLE INITIALLY DEFERRED"
        )

    def constraint_sql(
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """Return the clause in CREATE TABLE; "" where it is added at the end instead."""
        assert model is not None and schema_editor is not None  # noqa: S101, PT018 - Django's types
        if schema_editor.connection.vendor == "sqlite":
            return self._clause(schema_editor)
        self.create_sql(model, schema_editor)
        return ""

    # Django's own constraints return statements or None here; its stubs say str.
    def create_sql(  # type: ignore[override]
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Statement | None:
        """Add the constraint when the migration ends: its parent's UNIQUE comes first."""
        assert model is not None and schema_editor is not None  # noqa: S101, PT018 - Django's types
        schema_editor.deferred_sql.append(
            Statement(
                "ALTER TABLE %(table)s ADD %(constraint)s",
                table=schema_editor.quote_name(model._meta.db_table),
                constraint=self._clause(schema_editor),
            )
        )
        return None

    def remove_sql(  # type: ignore[override]
        self, model: type[Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Statement:
        """Return the statement that drops the constraint."""
        assert model is not None and schema_editor is not None  # noqa: S101, PT018 - Django's types
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=schema_editor.quote_name(model._meta.db_table),
            name=schema_editor.quote_name(self.name),
        )

    def validate(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401
        """Leave the check to the database, which sees concurrent writers too."""

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, str]]:
        """Return how a migration builds this constraint again."""
        path = f"{type(self).__module__}.{type(self).__name__}"
        return path, (), {"field": self.field, "to": self.to, "name": self.name}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameOrganisation) and self.deconstruct() == other.deconstruct()

    def __hash__(self) -> int:
        return hash((self.field, self.to, self.name))
