"""The command ``peritus audit``: begins the audit of a file, or reads it back."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from peritus.file_audits.audits import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHARE = click.FloatRange(0, 1, max_open=True)
_INNER = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--promise", type=_SHARE, help="Share that may differ from the auditor. [0.05]")
@click.option("--confidence", type=_INNER, help="That the promise is kept. [0.95]")
@click.option("--at-most", type=click.IntRange(min=1), help="Answers that the auditor can give.")
@click.option("--item", default="", help="Column of the items.")
@click.option("--expert", "experts", multiple=True, help="Column of the experts, or one for each.")
@click.option("--answer", default="", help="Column of the answers.")
@click.option("--wide", is_flag=True, help="An item a row, a column for each expert.")
@click.option("--show", "shown", multiple=True, help="Column that the auditor may see.")
@click.option("--gold", type=_FILE, help="File of known answers: item, answer.")
@click.option("--sheet", default="", help="Sheet of a spreadsheet. [the first that holds any]")
@click.option("--take-last", is_flag=True, help="Of an expert's two answers on one item.")
@click.option("--ignore-case", is_flag=True, help="Take Yes and yes as one answer.")
@click.option("--nonce", default="", help="The client's secret, which decides the draw.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), help="[FILE-audit]")
def audit(file: Path, output: Path | None, nonce: str, **options: Any) -> None:  # noqa: ANN401 - click's
    """Audit a FILE of item, expert, answer: findings and a workbook, then a certificate.

    FILE is CSV, XLSX, JSON lines, a load file or a Label Studio export. Fill in
    the workbook and run the same again. Needs no database and no sign-in, and
    writes into its own folder only.
    """
    from peritus.cli.audit_printing import print_begun, print_read, stages  # start-up time
    from peritus.file_audits.audits import begin_audit, places_of, read_audit  # start-up time
    from peritus.journal.errors import Blocked  # start-up time

    now = datetime.now(UTC)
    given = bool(nonce) or any(options.values())
    try:
        folder, workbook = places_of(file, output, given=given)
        if workbook is not None:
            print_read(read_audit(folder, workbook, at=now), workbook)
            return
        with stages() as tell:
            begun = begin_audit(
                file,
                folder,
                _settings(options),
                nonce=nonce or secrets.token_hex(16),
                nonce_given=bool(nonce),
                at=now,
                tell=tell,
            )
        print_begun(begun)
    except Blocked as no:
        raise click.ClickException("\n       ".join(no.blockers)) from no


def _settings(options: dict[str, Any]) -> Settings:
    from peritus.file_audits.audits import Settings  # start-up time
    from peritus.file_audits.columns import Wanted  # start-up time
    from peritus.file_audits.judgments import ReadingRules  # start-up time

    wanted = Wanted(
        options["item"], options["experts"], options["answer"], options["shown"], options["wide"]
    )
    rules = ReadingRules(wanted, options["sheet"], options["take_last"], options["ignore_case"])
    chosen = {
        name: options[name] for name in ("promise", "confidence") if options[name] is not None
    }
    return Settings(**chosen, at_most=options["at_most"], rules=rules, gold=options["gold"])
