"""Read an outside file in a process of its own, and write what it holds as JSON lines.

Started by ``cage`` with nothing but the bytes: no settings, no database, no
environment. Once the limits hold it can open no file and no connection, so
whatever a hostile file makes of its reader has nothing to reach.
"""

from __future__ import annotations

import encodings.cp437  # noqa: F401 - names in a zip; nothing can be loaded once the limits hold
import errno
import json
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from peritus.intake.errors import FileRefused

resource: Any
try:
    import resource
except ImportError:  # not on this system
    resource = None

OUT_OF_MEMORY, OUT_OF_ROOM = 70, 71  # how the process ends
_NAMES = {  # what is held, and by which limit of the kernel
    "memory": "RLIMIT_AS", "processor time": "RLIMIT_CPU", "output": "RLIMIT_FSIZE",
    "files": "RLIMIT_NOFILE", "processes": "RLIMIT_NPROC", "core": "RLIMIT_CORE",
}  # fmt: skip


def main() -> None:
    """Parse what comes in by the parser that is named, within the limits that are named."""
    order = json.loads(sys.argv[1])
    module, _, name = order["parser"].partition(":")
    parse = getattr(import_module(module), name)
    content = sys.stdin.buffer.read()
    _write({"unheld": hold(order["limits"])})
    try:
        for value in parse(content, *order["arguments"]):
            _write({"value": value})
        sys.stdout.flush()
    except FileRefused as no:
        _write({"refused": no.blockers})
        sys.stdout.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # at once: what is not written yet will not be
    except OSError as no:
        os._exit(OUT_OF_ROOM if no.errno == errno.EFBIG else 1)


def hold(limits: Mapping[str, int]) -> list[str]:
    """Put limits on this process; return which cannot be held on this system."""
    return [name for name, most in limits.items() if not _is_held(_NAMES[name], most)]


def _is_held(limit: str, most: int) -> bool:
    if resource is None or not hasattr(resource, limit):
        return False
    which = getattr(resource, limit)
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(which, (most, most))
    except (OSError, ValueError):
        return False
    return True


def _write(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
