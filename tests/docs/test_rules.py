"""That the reference of the rules has what the rules have."""

import re
from pathlib import Path

import pytest

from docs.tools.rules import read_rules, rules_reference

ROOT = Path(__file__).resolve().parents[2]
RULES = [
    rule
    for file in sorted((ROOT / "rules").glob("*.smk"))
    for rule in read_rules(file.read_text())[1]
]


def test_every_rule_is_read():
    found = re.findall(
        r"^rule (\w+):", "".join(f.read_text() for f in (ROOT / "rules").glob("*")), re.M
    )
    assert sorted(rule.name for rule in RULES) == sorted(found)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_what_it_does_and_by_which_wildcards(rule):
    assert rule.text.splitlines()[0].endswith(".")
    assert {"input", "output"} & set(rule.directives)
    used = set(re.findall(r"{(\w+)}", rule.directives.get("log", "")))
    said = re.search(r"Uses wildcards? (.*)\.$", rule.text)
    assert used == set(re.findall(r"`(\w+)`", said[1]) if said else ())


def test_directives_are_read_to_their_end():
    source = '''"""Both."""


rule a:
    """One.

    Two.
    """
    input:
        helper,
        named=expand("<results>/b", c=1),
        made=f"<results>/{name['x']}",
    output:
        "<results>/d",
'''
    text, [rule] = read_rules(source)
    assert (text, rule.name, rule.text) == ("Both.", "a", "One.\n\nTwo.")
    assert list(rule.directives) == ["input", "output"]
    assert rule.directives["input"].endswith("\"<results>/{name['x']}\",")


def test_what_a_function_finds_is_told_by_its_docstring(tmp_path):
    (tmp_path / "common.smk").write_text('def helper(wildcards):\n    """The file."""\n')
    (tmp_path / "a.smk").write_text(
        'rule a:\n    """One."""\n    input:\n        helper,\n        b=other(1),\n'
        '        c=[f"<results>/{x}", "<results>/{y}"],\n'
    )
    text = rules_reference(tmp_path)
    assert "  - The file. (`helper`)\n" in text
    assert "  - `b`: `other(1)`\n" in text
    assert "  - `c`: `<results>/{x}`, `<results>/{y}`\n" in text
