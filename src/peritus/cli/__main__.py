"""Run the command line as ``python -m peritus.cli``."""

from peritus.cli.main import main

main(prog_name="peritus")
