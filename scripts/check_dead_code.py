"""Refuse functions, methods, classes and imports that nothing calls, names or tests.

Variables are left out: a model's fields and a result's are read by name in
queries, templates and files, where no reader of Python code can see it. A
name that stands in a template counts as used.
"""

import re
import sys
from pathlib import Path

from vulture.config import make_config
from vulture.core import Vulture

JUDGED = {"class", "function", "import", "method", "property", "unreachable_code"}


def named_in_templates() -> set[str]:
    """Return the words inside the tags of our templates."""
    templates = Path("src").rglob("templates/**/*.html")
    tags = (
        tag for page in templates for tag in re.findall(r"{[{%](.*?)[%}]}", page.read_text("utf-8"))
    )
    return {word for tag in tags for word in re.findall(r"\w+", tag)}


def main() -> int:
    config = make_config()
    reader = Vulture(
        ignore_names=config["ignore_names"], ignore_decorators=config["ignore_decorators"]
    )
    reader.scavenge(config["paths"], exclude=config["exclude"])
    shown = named_in_templates()
    unused = [
        item
        for item in reader.get_unused_code()
        if item.typ in JUDGED and str(item.name) not in shown
    ]
    for item in unused:
        print(item.get_report())
    return 1 if unused else 0


if __name__ == "__main__":
    sys.exit(main())
