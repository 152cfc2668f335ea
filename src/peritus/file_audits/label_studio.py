"""Take the tasks of a Label Studio JSON export apart into rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from peritus.file_audits.errors import AuditRefused
from peritus.intake.reading import Row

ITEM, EXPERT, GOLD = "task", "annotator", "ground_truth"
# What a result's value holds its answer under, by the kind of control.
_ANSWERS = ("choices", "rating", "number", "text", "taxonomy", "selected", "labels")
Task = Mapping[str, Any]  # whatever the export's JSON holds


def tasks_in(text: str) -> list[Task] | None:
    """Return an export's tasks, or None for JSON (or JSON lines) of another shape."""
    if '"annotations"' not in text and '"completions"' not in text:
        return None
    try:
        if text.lstrip().startswith("["):
            found = json.loads(text)
        else:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise AuditRefused(f"The export is not whole JSON: {error}. Export it again.") from error
    tasks: list[Task] = [each for each in found if _is_task(each)]
    if tasks and len(tasks) < len(found):
        odd = next(at for at, each in enumerate(found, start=1) if not _is_task(each))
        raise AuditRefused(f"Entry {odd} of the export is no task with annotations.")
    return tasks or None


def rows_of_tasks(tasks: Iterable[Task]) -> Iterator[Row]:
    """Yield a row for each annotation; the columns of answers are the controls' names.

    An annotation marked as ground truth is a known answer, and no judgment.
    The number is the annotation's place in the file, from 1. Raises AuditRefused
    for an answer that is nested more deeply than any answer is.
    """
    try:
        yield from _rows(tasks)
    except RecursionError as error:
        raise AuditRefused("An answer in the export is nested too deeply to be one.") from error


def _rows(tasks: Iterable[Task]) -> Iterator[Row]:
    number = 0
    for task in tasks:
        truth = [_answers(each) for each in _annotations(task) or () if _is_truth(each)]
        for annotation in _annotations(task) or ():
            number += 1
            if not _is_truth(annotation):
                yield _row(number, task, annotation, truth[0] if truth else {})


def _row(number: int, task: Task, annotation: Task, truth: Mapping[str, str]) -> Row:
    answers = _answers(annotation)
    data = task.get("data")
    fields = data if isinstance(data, dict) else {}
    shown = {name: str(value) for name, value in fields.items() if isinstance(value, str | int)}
    gold = {GOLD: next(iter(truth.values()))} if truth else {}
    values = {
        **{name: text for name, text in shown.items() if name not in answers},
        ITEM: str(task.get("id", "")),
        EXPERT: _person(annotation.get("completed_by")),
        **gold,
        **answers,
    }
    reason = ""
    if annotation.get("was_cancelled"):
        reason = "The annotator skipped it."
    elif not answers:
        reason = "It holds no choice, rating, number or text."
    return Row(number, values, reason)


def _is_task(entry: object) -> bool:
    return isinstance(entry, dict) and _annotations(entry) is not None


def _annotations(task: Task) -> list[Task] | None:
    found = task.get("annotations", task.get("completions"))
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else None


def _is_truth(annotation: Task) -> bool:
    return annotation.get("ground_truth") is True


def _person(who: object) -> str:
    if isinstance(who, dict):
        return str(who.get("email") or who.get("id") or "")
    return "" if who is None else str(who)


def _answers(annotation: Task) -> dict[str, str]:
    """Return each control's answer as text, several choices in the order of the alphabet."""
    answers: dict[str, str] = {}
    results = annotation.get("result")
    for result in results if isinstance(results, list) else ():
        value = result.get("value") if isinstance(result, dict) else None
        kind = next((kind for kind in _ANSWERS if isinstance(value, dict) and kind in value), "")
        is_region = isinstance(value, dict) and ("start" in value or "points" in value)
        if kind and isinstance(value, dict) and not is_region:
            answers[str(result.get("from_name") or kind)] = _as_text(value[kind])
    return answers


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return " + ".join(sorted(_as_text(each) for each in value))
    return str(value)
