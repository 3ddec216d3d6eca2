"""Tables in README.md, between markers, so that what is printed there was measured."""

import datetime
import os
import platform
import re
from pathlib import Path

README = Path(__file__).parent / "README.md"


def table(header, rows):
    """Return a table in Markdown; the first column is text, the others numbers.

    >>> print(table(("who", "ms"), [("ours", "0.2")]))
    | who | ms |
    |---|---:|
    | ours | 0.2 |
    """
    lines = [header, ("---", *["---:"] * (len(header) - 1)), *rows]
    texts = ["| " + " | ".join(map(str, line)) + " |" for line in lines]
    texts[1] = texts[1].replace(" ", "")
    return "\n".join(texts)


def verdict(value, bound):
    """Say whether a ratio meets its target, such as `>= 200` or `<= 1.5`.

    >>> verdict(1.62, "<= 1.5"), verdict(300.0, ">= 200")
    ('<= 1.5, missed', '>= 200, met')
    """
    sign, number = bound.split()
    met = value >= float(number) if sign == ">=" else value <= float(number)
    return f"{bound}, {'met' if met else 'missed'}"


def replaced(text, name, content):
    """Return a text with what is between a name's markers replaced.

    Raises:
        ValueError: If there isn't exactly one such place.
    """
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if len(pattern.findall(text)) != 1:
        message = f"Expected {begin} and {end} once. Received: {text.count(begin)} of the first."
        raise ValueError(message)
    return pattern.sub(lambda _: f"{begin}\n{content}\n{end}", text)


def write(name, content, path=README):
    """Replace what is between a name's markers in README.md."""
    path.write_text(replaced(path.read_text(encoding="utf-8"), name, content), encoding="utf-8")


def machine(**versions):
    """Say what was measured on, in one line."""
    model, info = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    if info.is_file():
        names = re.findall(r"model name\s*:\s*(.+)", info.read_text())
        model = names[0] if names else model
    today = datetime.datetime.now(tz=datetime.UTC).date()
    parts = [f"{model}, {os.cpu_count()} cores", f"Python {platform.python_version()}"]
    parts += [f"{name} {number}" for name, number in versions.items()]
    return f"Measured on {today}: {', '.join(parts)}."
