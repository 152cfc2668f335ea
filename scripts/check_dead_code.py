"""Refuse functions, methods, classes and imports that nothing calls, names or tests.

Variables are left out: a model's fields and a result's are read by name in
queries, templates and files, where no reader of Python code can see it.
"""

import sys

from vulture.config import make_config
from vulture.core import Vulture

JUDGED = {"class", "function", "import", "method", "property", "unreachable_code"}


def main() -> int:
    config = make_config()
    reader = Vulture(
        ignore_names=config["ignore_names"], ignore_decorators=config["ignore_decorators"]
    )
    reader.scavenge(config["paths"], exclude=config["exclude"])
    unused = [item for item in reader.get_unused_code() if item.typ in JUDGED]
    for item in unused:
        print(item.get_report())
    return 1 if unused else 0


if __name__ == "__main__":
    sys.exit(main())
