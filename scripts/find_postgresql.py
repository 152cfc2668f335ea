"""Print the DATABASE_URL of a PostgreSQL on which tests may create a database.

PERITUS_TEST_DATABASE_URL is the only one tried when it is set. Exits 1 and
says what was tried when none answers.
"""

import os
import sys
from urllib.parse import urlsplit

import psycopg

# The database named is the one that Django prefixes with test_; it need not exist.
CANDIDATES = (
    "postgresql:///peritus",
    "postgresql://127.0.0.1:5432/peritus",
    "postgresql://postgres@127.0.0.1:5432/peritus",
    "postgresql://postgres:postgres@127.0.0.1:5432/peritus",
)
MAY_CREATE = (
    "SELECT rolcreatedb AND rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user"
)


def refusal_of(url: str) -> str | None:
    """Say why no test database can be made at this address, or None if one can."""
    try:
        with psycopg.connect(url, dbname="postgres", connect_timeout=2) as connection:
            row = connection.execute(MAY_CREATE).fetchone()
    except psycopg.Error as error:
        return str(error).splitlines()[0]
    return None if row and row[0] else "the role may not create databases and roles"


def shown(url: str) -> str:
    """Return the address without its password."""
    parts = urlsplit(url)
    return f"{parts.username or 'own'}@{parts.hostname or 'socket'}"


def main() -> int:
    wanted = os.environ.get("PERITUS_TEST_DATABASE_URL")
    refusals = []
    for url in (wanted,) if wanted else CANDIDATES:
        refusal = refusal_of(url)
        if refusal is None:
            print(url)
            return 0
        refusals.append(f"{shown(url)}: {refusal}")
    print("; ".join(refusals), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
