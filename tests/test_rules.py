"""What each rule carries: a script, a digest, a log and a benchmark of its own name."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from collapse.gan.registry import tricks_used
from collapse.planning.config import load_study
from collapse.planning.digest import code_digest
from snakemake.api import SnakemakeApi
from snakemake.common.configfile import load_configfile
from snakemake.settings.types import ConfigSettings, OutputSettings, Quietness, ResourceSettings

from tests.workflow import ROOT, TINY, write_toy


@pytest.fixture(scope="module")
def rules(tmp_path_factory):
    """The rules that have scripts, by name, as Snakemake parsed them."""
    folder = tmp_path_factory.mktemp("rules")
    write_toy(folder / "toy.h5")
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            ResourceSettings(cores=1), ConfigSettings(configfiles=[TINY]),
            snakefile=ROOT / "Snakefile", workdir=folder,
        )._workflow  # fmt: skip
        yield {rule.name: rule for rule in workflow.rules if rule.script}


def test_each_script_is_a_rules(rules):
    scripts = {path.stem for path in (ROOT / "scripts").glob("*.py")} - {"by_hand"}
    assert {name: rule.script for name, rule in rules.items()} == {
        name: f"../scripts/{name}.py" for name in scripts
    }


def test_each_log_and_benchmark_is_called_by_its_rule(rules):
    for name, rule in rules.items():
        for path, suffix in ((rule.log, ".log"), ([rule.benchmark], ".tsv")):
            (path,) = path
            first, *_ = Path(path).relative_to("logs/tiny").parts
            assert first.removesuffix(suffix) == name, path
            assert path.endswith(suffix)


def test_each_rule_carries_the_digest_of_its_own_code(rules):
    study = load_study(load_configfile(TINY), ROOT)
    for name, rule in rules.items():
        script, code = ROOT / f"scripts/{name}.py", dict(rule.params.items())["code"]
        if isinstance(code, str):
            assert code == code_digest(script), name
            continue
        for recipe, content in study["recipes"].items():
            expected = code_digest(script, *tricks_used(content))
            assert code(SimpleNamespace(recipe=recipe)) == expected, name


def test_each_rule_says_what_it_does_and_where_it_runs(rules):
    for name, rule in rules.items():
        assert rule.docstring, name
        assert rule.message, name
        assert rule.ruleinfo.conda_env, name
