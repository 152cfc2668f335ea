"""Let a parser that is not ours loose on outside bytes only in a process of its own.

What goes wrong there (a crash, a loop, too much memory) is a refusal here.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple

from peritus.intake.caged import OUT_OF_MEMORY, OUT_OF_ROOM
from peritus.intake.errors import FileRefused


@dataclass(frozen=True)
class Limits:
    """What a parser may use."""

    seconds: float = 120
    processor_seconds: int = 90
    memory_bytes: int = 3_000_000_000
    output_bytes: int = 500_000_000

    def of_kernel(self) -> dict[str, int]:
        """Return what the kernel holds; nothing at all can be opened or started."""
        return {
            "memory": self.memory_bytes, "processor time": self.processor_seconds,
            "output": self.output_bytes, "files": 0, "processes": 0, "core": 0,
        }  # fmt: skip


LIMITS = Limits()


class Caged(NamedTuple):
    """What a parser found, and which limits this system could not hold meanwhile."""

    values: Iterator[Any]
    unheld: tuple[str, ...]


def caged(
    parser: str, content: bytes, *arguments: str, limits: Limits = LIMITS, advice: str = ""
) -> Caged:
    """Let ``parser`` (module:function) yield what is in the content, in another process.

    A fresh interpreter, since a copy of this one would hold its connections and
    keys. Raises FileRefused with ``advice`` where the process does not end well,
    and with the parser's own words, at its value's turn, where that refuses.
    """
    order = {"parser": parser, "arguments": arguments, "limits": limits.of_kernel()}
    with TemporaryFile() as given, TemporaryFile() as said:
        given.write(content)
        given.seek(0)
        code = _run(json.dumps(order), given, said, limits.seconds)
        if code != 0:
            raise FileRefused([f"The file's reader {_ending(code, limits)}. {advice}".strip()])
        said.seek(0)
        lines = BytesIO(said.read())
    return Caged(_values(lines), tuple(_told(lines.readline())["unheld"]))


def _run(order: str, given: BinaryIO, said: BinaryIO, seconds: float) -> int | None:
    """Return how the process ended; None if it had to be ended."""
    process = subprocess.Popen(  # noqa: S603 - this program's own interpreter and module
        [sys.executable, "-I", "-X", "utf8", "-m", "peritus.intake.caged", order],
        stdin=given,
        stdout=said,
        stderr=subprocess.DEVNULL,
        env={},
        cwd=os.sep,
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it may have started."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _ending(code: int | None, limits: Limits) -> str:
    if code is None:
        return f"was ended after {limits.seconds:g} seconds"
    if code == OUT_OF_MEMORY:
        return f"needs more than {limits.memory_bytes:,} bytes of memory"
    if code == OUT_OF_ROOM:
        return f"finds more than {limits.output_bytes:,} bytes in it"
    if code == -signal.SIGKILL:
        return (
            f"took more than {limits.processor_seconds} seconds of processor time, "
            "or was ended by the system"
        )
    if code < 0:
        return f"crashed ({signal.Signals(-code).name})"
    return "gave it up as damaged"


def _values(lines: BytesIO) -> Iterator[Any]:
    for line in lines:
        found = _told(line)
        if "refused" in found:
            raise FileRefused(list(map(str, found["refused"])))
        yield found["value"]


def _told(line: bytes) -> dict[str, Any]:
    """Take a line of the process for what it should be: a hostile file may have written it."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.keys() - {"unheld", "value", "refused"} or not found:
        raise FileRefused(["The file's reader wrote what no reader writes; nothing was taken."])
    return found
