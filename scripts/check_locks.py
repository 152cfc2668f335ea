"""Refuse lock and requirements files that name a host, a file address or a path."""

import re
import sys
from pathlib import Path

PATTERNS = ("*requirements*.lock", "*requirements*.txt", "*requirements*.in", "*.lock")
NAMES_A_PLACE = re.compile(
    r"https?://|\bfile:|^\s*--?(extra-)?(index|find-links|i\b|f\b)|(^|[\s=@\"'(])(/|[A-Za-z]:\\)",
    re.IGNORECASE,
)


def offending_lines(path: Path) -> list[str]:
    """Return the lines that name a place, each with its file and number."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        f"{path.name}:{number}: {line.strip()}"
        for number, line in enumerate(lines, start=1)
        if NAMES_A_PLACE.search(line)
    ]


def main(root: Path) -> int:
    files = sorted({path for pattern in PATTERNS for path in root.glob(pattern)})
    if not files:
        print(f"no lock file in {root.name}; `make locks` writes them", file=sys.stderr)
        return 1
    offences = [line for path in files for line in offending_lines(path)]
    for line in offences:
        print(line, file=sys.stderr)
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parent.parent))
