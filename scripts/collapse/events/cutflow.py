"""The cutflow: how many events each step leaves."""

from collections.abc import Mapping, Sequence

from collapse.errors import InputError

_MOST_FILES = 20

Cutflow = Sequence[tuple[str, int]]


def cutflow_table(cutflow: Cutflow, empty: Sequence[str] = ()) -> str:
    """Lay out a cutflow with its efficiencies: of all events, and of the step before.

    Args:
        cutflow: Pairs of step and events left.
        empty: The files without events, which are named below it.

    >>> print(cutflow_table([("read", 200), ("two_muons", 50), ("kept", 50)]))
    step      events     total      step
    read         200  100.00 %  100.00 %
    two_muons     50   25.00 %   25.00 %
    kept          50   25.00 %  100.00 %
    """
    before = first = max(cutflow[0][1], 1)
    wide = max(len(step) for step, _ in (*cutflow, ("step", 0)))
    digits = max(len("events"), len(str(first)))
    lines = [f"{'step':{wide}} {'events':>{digits}} {'total':>9} {'step':>9}"]
    for step, left in cutflow:
        total, relative = left / first, left / max(before, 1)
        lines.append(f"{step:{wide}} {left:{digits}} {total:>8.2%} {relative:>8.2%}")
        before = left
    named = ", ".join(empty[:_MOST_FILES]) + (", ..." if len(empty) > _MOST_FILES else "")
    notes = [f"files without events: {len(empty)} ({named})"] if empty else []
    return "\n".join([*(line.replace("%", " %") for line in lines), *notes])


def check_counts(
    cutflow: Cutflow, sides: dict[str, int], files: Sequence[str], empty: Mapping[str, str]
) -> None:
    """Refuse to go on with an empty split, saying where its events went.

    Args:
        cutflow: Pairs of step and events left.
        sides: Events on each side of the split.
        files: Where they were read.
        empty: Files without events -> why.

    Raises:
        InputError: If a side has none.
    """
    lacking = [side for side, count in sides.items() if not count]
    if not lacking:
        return
    history = ", ".join(f"{step} {left}" for step, left in cutflow)
    if kept := cutflow[-1][1]:
        reason = f"{lacking[0]} received none of the {kept} events"
        advice = "Loosen the selection or read more events"
    else:
        step = next(step for step, left in cutflow if left == 0)
        none = " ".join([*empty.values()][:3]) or f"{', '.join(files[:3])} hold none"
        reason = none.rstrip(".") if step == "read" else f"{step} dropped all of them"
        advice = "Give files with events" if step == "read" else f"Look at {step}"
    message = f"expected events in each split, but {reason} (cutflow: {history}). {advice}."
    raise InputError(message)
