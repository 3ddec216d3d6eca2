"""Which keys of its parameters make a job run again."""

import ast
from collections.abc import Collection, Iterator
from typing import Any

_LONGEST = 60


def changed_params(before: Collection[str], now: Collection[str]) -> list[str]:
    """Say in what a job's parameters differ from those that it last ran with.

    Args:
        before: Those of then that are no more, as Snakemake keeps them: representations.
        now: Those that are new.

    Returns:
        A phrase for each difference, with the dotted key where parameters are mappings.

    >>> changed_params(["{'a': 1, 'b': {'c': 2}}"], ["{'a': 1, 'b': {'c': 3}}"])
    ['b.c: 2, now 3']
    >>> changed_params(["'97d207b0ba1069fe'", "[1, 3]"], ["'0a1b97d207b0ba10'", "[1]"])
    ['the code', '[1, 3], now [1]']
    """
    olds, news = [*map(_value, sorted(before))], [*map(_value, sorted(now))]
    phrases: list[str] = []
    for kind in (dict, str, list, object):
        ours = [value for value in news if isinstance(value, kind)]
        theirs = [value for value in olds if isinstance(value, kind)]
        news = [value for value in news if not isinstance(value, kind)]
        olds = [value for value in olds if not isinstance(value, kind)]
        for old, new in zip(theirs, ours, strict=False):
            phrases += _differences("", old, new)
        phrases += [f"{_shown(value)} is new" for value in ours[len(theirs) :]]
        phrases += [f"{_shown(value)} is gone" for value in theirs[len(ours) :]]
    return sorted(phrases, key=lambda phrase: phrase != "the code")


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 16 and set(value) <= set("0123456789abcdef")


def _differences(where: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            inner = f"{where}.{key}".lstrip(".")
            if key not in old:
                yield f"{inner}: {_shown(new[key])} is new"
            elif key not in new:
                yield f"{inner}: {_shown(old[key])} is gone"
            elif old[key] != new[key]:
                yield from _differences(inner, old[key], new[key])
    elif _is_digest(old) and _is_digest(new):
        yield "the code"
    else:
        yield f"{where}: {_shown(old)}, now {_shown(new)}".removeprefix(": ")


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def summary(jobs: Collection[tuple[str, Collection[str], Collection[str]]]) -> list[str]:
    """Return a line for each rule and difference, with how many of its jobs have it.

    Args:
        jobs: For each job that runs again by its parameters the rule, and both of the above.
    """
    counts: dict[tuple[str, str], int] = {}
    for rule, before, now in jobs:
        for phrase in changed_params(before, now):
            counts[rule, phrase] = counts.get((rule, phrase), 0) + 1
    return [
        f"{rule} ({count} job{'s' * (count > 1)}) runs again: {phrase}"
        for (rule, phrase), count in counts.items()
    ]
