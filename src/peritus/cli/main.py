"""The command ``peritus``: each command calls verbs and queries, and prints."""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

import peritus
from peritus.cli.auditing import audit
from peritus.cli.models import models


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(peritus.__version__, prog_name="peritus")
def main() -> None:
    """Run outsourced knowledge work, and prove how right it is."""


def _set_up_django() -> None:
    """Load the rooms; inline, since most commands only print help or read a file."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "peritus.settings")
    import django  # start-up time

    django.setup()


def _start(*, migrated: bool = False) -> None:
    """Load the rooms to serve with; refuse where the database would not hold clients apart.

    ``migrated`` brings SQLite up to date first.
    """
    _set_up_django()
    from peritus.accounts.errors import RoleUnfit  # needs loaded apps
    from peritus.cli.database import migrate_sqlite, require_fit_database  # needs loaded apps

    try:
        require_fit_database()
        if migrated:
            migrate_sqlite()
    except RoleUnfit as no:
        raise click.ClickException("\n       ".join(no.blockers)) from no


def _act_for_provider(*, migrated: bool = False) -> None:
    """Start, and see every client until the command ends."""
    _start(migrated=migrated)
    from peritus.journal.sight import seeing_everything  # needs loaded apps

    click.get_current_context().with_resource(seeing_everything())


@main.command()
@click.option("--pack", default="licence_compliance", show_default=True, help="Whose sample.")
@click.option("--with-me", is_flag=True, help="Leave some slots open for you.")
@click.option("--serve/--no-serve", "then_serve", help="Start the workspace afterwards.")
@click.option("--port", default=8100, show_default=True)
def demo(*, pack: str, with_me: bool, then_serve: bool, port: int) -> None:
    """Run a real engagement from screening to saving, and show what came out."""
    _start(migrated=True)
    from peritus.cli.demo import run_demo  # needs loaded apps
    from peritus.journal.sight import seeing_everything  # needs loaded apps

    with seeing_everything():
        run_demo(pack, with_me=with_me)
    if then_serve:
        _serve(port)


@main.command()
@click.option("--port", default=8100, show_default=True)
def serve(port: int) -> None:
    """Start the web workspace and its worker on this machine."""
    _start(migrated=True)
    _serve(port)


def _serve(port: int) -> None:
    from peritus.cli.server import serve_until_stopped  # needs loaded apps

    serve_until_stopped(port)


@main.command()
def work() -> None:
    """Seal events and run reactions until stopped (``serve`` starts one)."""
    _start()
    from peritus.cli.server import work_until_stopped  # needs loaded apps

    work_until_stopped()


@main.command()
def check() -> None:
    """Check the named invariants on this installation; exit 1 if one is broken."""
    _act_for_provider()
    from peritus.accounts.serving import isolation_sentence  # needs loaded apps
    from peritus.simulation.invariants import INVARIANTS  # needs loaded apps

    broken = 0
    click.echo(f"        {isolation_sentence()}")
    for invariant in INVARIANTS:
        violations = invariant.check()
        broken += bool(violations)
        click.echo(f"{'BROKEN' if violations else 'holds '}  {invariant.name}")
        for sentence in violations[:10]:
            click.echo(f"        {sentence}")
    sys.exit(1 if broken else 0)


@main.group()
def staff() -> None:
    """Say who judges what in a lot: optimal under its terms, proven, explained."""
    _act_for_provider()


@staff.command("who")
@click.argument("engagement")
@click.argument("lot")
def staff_who(engagement: str, lot: str) -> None:
    """List who could judge a lot, how good they are, and what keeps them away."""
    from peritus.cli.staffing import print_judges  # needs loaded apps

    print_judges(engagement, lot)


@staff.command("draft")
@click.argument("engagement")
@click.argument("lot")
@click.option("--each", type=int, help="Judgments of each item; absent: of everybody who can.")
@click.option("--most", type=int, help="Items of one expert at most.")
@click.option("--least", type=int, default=0, help="Items of one expert at least.")
@click.option("--floor", type=float, help="Right answers to be expected on each item at least.")
@click.option(
    "--aim",
    "objective",
    type=click.Choice(["total", "max_min"]),
    default="total",
    help="Most right in all, or first on the item with the fewest.",
)
@click.option("--one-of-a-team", is_flag=True, help="No two of one team on an item.")
@click.option(
    "--move-price",
    type=float,
    help="Draft only what waits of a published lot; right answers that a move must bring.",
)
@click.option("--done-by", type=click.DateTime(["%Y-%m-%d"]), help="Within working hours.")
@click.option(
    "--worth",
    "price",
    nargs=2,
    type=(str, str),
    metavar="AMOUNT CURRENCY",
    help="What a right answer is worth; then pay counts against it.",
)
@click.option(
    "--familiar", type=float, default=0.0, help="What a known family is worth, in right answers."
)
@click.option(
    "--similar", type=float, default=0.0, help="What likeness to earlier work is worth, at most."
)
@click.option("--leave-out", multiple=True, metavar="HANDLE", help="Ask this expert nothing.")
@click.option(
    "--pin", "pins", multiple=True, nargs=2, metavar="HANDLE KEY", help="This pair must be."
)
@click.option("--apart", multiple=True, nargs=2, metavar="HANDLE KEY", help="It must not be.")
def staff_draft(
    engagement: str,
    lot: str,
    leave_out: tuple[str, ...],
    **asked: Any,  # noqa: ANN401 - click's
) -> None:
    """Draft the best staffing of a lot; nothing is opened."""
    from peritus.cli.staffing import asked_terms, draft  # needs loaded apps

    draft(engagement, lot, asked_terms(asked), leave_out)


@staff.command("explain")
@click.argument("engagement")
@click.argument("lot")
@click.argument("number", type=int)
@click.argument("handle")
@click.argument("key")
def staff_explain(engagement: str, lot: str, number: int, handle: str, key: str) -> None:
    """Say why an expert judges an item in a draft, or why not, and what else would cost."""
    from peritus.cli.staffing import explain  # needs loaded apps

    explain(engagement, lot, number, handle, key)


@staff.command("publish")
@click.argument("engagement")
@click.argument("lot")
@click.argument("number", type=int)
def staff_publish(engagement: str, lot: str, number: int) -> None:
    """Open a slot for each pair of a draft."""
    from peritus.cli.staffing import publish  # needs loaded apps

    publish(engagement, lot, number)


@main.group("bench")
def bench_group() -> None:
    """Keep the bench: people from a file, and fields of work."""
    _act_for_provider()


@bench_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="The address you sign in with.")
def bench_import(*, file: Path, email: str) -> None:
    """Bring people and their claims from FILE (CSV, XLSX, JSON) to the bench.

    A row is a person with at most one credential; more rows with the same address add
    credentials. All rows or none; what is amiss is named by its row.
    """
    from peritus.cli.bench import import_experts_of  # needs loaded apps

    import_experts_of(file, email=email)


@bench_group.command("import-fields")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--as", "email", required=True, help="The address you sign in with.")
def bench_import_fields(*, file: Path | None, email: str) -> None:
    """Import fields of work from FILE: ours, ESCO's CSV or O*NET's table; without FILE our own.

    All rows or none; what cannot be taken is named by its row.
    """
    from peritus.cli.bench import import_fields_of  # needs loaded apps

    import_fields_of(file, email=email)


@main.group()
def journal() -> None:
    """Look at the journal of every act."""


@journal.command("verify")
def journal_verify() -> None:
    """Redo every hash of every chain; name the first altered event."""
    _act_for_provider()
    from peritus.journal.chain import chains, missing_places, verify_chain  # needs loaded apps
    from peritus.journal.heads import fault_of_heads, heads_of  # needs loaded apps
    from peritus.journal.models import Event  # needs loaded apps
    from peritus.journal.triggers import EXPECTED, installed_triggers  # needs loaded apps

    faults = 0
    for uid in chains():
        report = verify_chain(uid)
        fault = report.fault or fault_of_heads(uid)
        faults += bool(fault)
        state = fault or f"whole, {len(heads_of(uid))} signed heads"
        click.echo(
            f"{report.engagement_uid or 'installation'!s:36}  {report.sealed:7} sealed  "
            f"{report.unsealed:4} not yet  head {report.head[:16]}  {state}"
        )
    for erased in Event.objects.filter(kind="person.erased").order_by("id"):
        ground, n = erased.data["ground"], erased.data["forgotten"]
        click.echo(
            f"erased      {erased.at:%Y-%m-%d %H:%M} person {erased.about_uid} by {erased.actor}, "
            f"ground {ground}: what {n} events say of them can no longer be known"
        )
    if gaps := missing_places():
        faults += 1
        click.echo(f"{len(gaps)} places are empty, the first is {gaps[0]}: events were removed.")
    if missing := EXPECTED - installed_triggers():
        faults += 1
        click.echo(f"Append-only triggers are missing: {', '.join(sorted(missing))}. Run migrate.")
    sys.exit(1 if faults else 0)


@journal.command("parked")
@click.option("--replay", type=int, metavar="NUMBER", help="Try this one again.")
def journal_parked(*, replay: int | None) -> None:
    """List events whose reaction failed three times, or try one again."""
    _act_for_provider()
    from peritus.accounts.queries import engine  # needs loaded apps
    from peritus.accounts.verbs import replay_parked_event  # needs loaded apps
    from peritus.journal.models import ParkedEvent  # needs loaded apps

    if replay is not None:
        replay_parked_event(replay, by=engine(), key=f"cli:{replay}")
        click.echo(f"Event {replay} was handled.")
        return
    for parked in ParkedEvent.objects.filter(replayed_at=None).select_related("event"):
        last_line = parked.error.strip().splitlines()[-1]
        click.echo(f"{parked.pk:6}  {parked}  {last_line}")


@main.group()
def keys() -> None:
    """Look at the keys that sign what the journal holds, change or revoke one."""
    _act_for_provider()


@keys.command("list")
def keys_list() -> None:
    """List the signing keys, with who vouches for each."""
    from peritus.cli.keys import list_keys  # needs loaded apps

    list_keys()


@keys.command("rotate")
def keys_rotate() -> None:
    """Make the next signing key; the standing one vouches for it."""
    from peritus.cli.keys import rotate_key  # needs loaded apps

    rotate_key()


@keys.command("revoke")
@click.argument("fingerprint")
@click.option("--because", required=True, help="Why; whoever checks a signature reads it.")
def keys_revoke(*, fingerprint: str, because: str) -> None:
    """Let a key sign no more."""
    from peritus.cli.keys import revoke_key  # needs loaded apps

    revoke_key(fingerprint, because)


@main.command()
@click.argument("text")
@click.option("--key", default="", help="Fingerprint of the signing key that you got elsewhere.")
def statement(*, text: str, key: str) -> None:
    """Check the signed line of a certificate offline: no database, no network."""
    _set_up_django()  # for the words of a claim; nothing is read
    from peritus.delivery.statements import opened_statement  # start-up time

    opened = opened_statement(text)
    fault = opened.fault or (
        "Signed by another key than yours." if key not in {"", opened.fingerprint} else ""
    )
    for name in sorted(opened.said):
        click.echo(f"{name:12}  {opened.said[name]}")
    click.echo(fault or f"The signature holds; key {opened.fingerprint}")
    sys.exit(1 if fault else 0)


@main.command()
@click.argument("date", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--erase", is_flag=True, help="Erase whom nothing keeps, instead of listing.")
def retention(*, date: datetime, erase: bool) -> None:
    """List people of whom the journal tells nothing since DATE, and what keeps each."""
    _act_for_provider()
    from peritus.cli.people import end_retention  # needs loaded apps

    since = date.replace(tzinfo=UTC)
    if since > datetime.now(UTC):
        raise click.BadParameter(f"{date:%Y-%m-%d} lies ahead; name the day since when.")
    end_retention(since, erase=erase)


@main.command("reset-second-factor")
@click.argument("email")
@click.option("--because", required=True, help="lost, copied or mistake.")
def reset_factor(*, email: str, because: str) -> None:
    """Let EMAIL sign in by password alone, for who cannot prove a second factor any more."""
    _act_for_provider()
    from peritus.cli.people import reset_factor_of  # needs loaded apps

    reset_factor_of(email, because)


@main.command()
@click.argument("pack", type=click.Path(exists=True, path_type=Path))
@click.option("--draw", is_flag=True, help="Print the items in the redrawn audit order.")
@click.option("--head", default="", help="A hash of the chain that you got earlier: it must recur.")
@click.option("--key", default="", help="Fingerprint of the signing key that you got elsewhere.")
def verify(*, pack: Path, draw: bool, head: str, key: str) -> None:
    """Check an evidence pack offline: no database, no network."""
    from peritus.delivery.verification import redraw, verify_pack  # start-up time

    if draw:
        for place, item in enumerate(redraw(pack), start=1):
            click.echo(f"{place:6}  {item}")
        return
    report = verify_pack(pack, known_head=head, known_key=key)
    for each in report.checks:
        click.echo(f"{'ok  ' if each.passed else 'FAIL'}  {each.name}: {each.detail}")
    click.echo("The pack is whole." if report.passed else "The pack is NOT as it was written.")
    sys.exit(0 if report.passed else 1)


@main.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def verifier(*, path: Path) -> None:
    """Write the verifier that shares no code with Peritus to PATH: one file, to be read."""
    from importlib.resources import files  # start-up time

    program = (files("peritus") / "delivery" / "evidence" / "verify_evidence.py").read_bytes()
    path.write_bytes(program)
    click.echo(f"{hashlib.sha256(program).hexdigest()}  {path}")
    click.echo(f"Call it with: python3 -I {path} PACK.zip --key FINGERPRINT")


@main.command("import")
@click.argument("engagement")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "email", required=True, help="The address you sign in with.")
@click.option("--lot", help="The lot for all rows; else each row names one in a column `lot`.")
def import_file(*, engagement: str, file: Path, email: str, lot: str | None) -> None:
    """Import items from a CSV, JSON or JSON-lines FILE into an ENGAGEMENT (its code).

    Bad rows go into FILE.rejects.csv with their reason, the rest goes in; the
    same file again changes nothing.
    """
    _act_for_provider()
    from peritus.cli.importing import import_items_of  # needs loaded apps

    sys.exit(import_items_of(engagement, file, email=email, lot=lot))


@main.command()
@click.option("--as", "email", required=True, help="The address you sign in with.")
def quiz(email: str) -> None:
    """Take the onboarding quiz here: the same questions, slots and result as in the browser."""
    _act_for_provider(migrated=True)
    from peritus.cli.quiz import run_quiz  # needs loaded apps

    run_quiz(email)


@main.command()
def migrate() -> None:
    """Bring the database to this version; on PostgreSQL as the role that owns the tables."""
    _set_up_django()
    from peritus.cli.database import bring_up_to_date  # needs loaded apps

    bring_up_to_date()
    click.echo("The database is up to date.")


@main.command("database-role")
@click.argument("name")
@click.option("--password", envvar="PERITUS_ROLE_PASSWORD", default="", help="[none]")
def database_role(*, name: str, password: str) -> None:
    """Let the role NAME of PostgreSQL serve: web, worker and commands connect as it.

    Makes it where it is not there. Connect as the role that owns the tables,
    after `peritus migrate`; the password is better given in PERITUS_ROLE_PASSWORD.
    """
    _set_up_django()
    from peritus.cli.database import make_role  # needs loaded apps

    make_role(name, password)


main.add_command(audit)
main.add_command(models)
