"""When, how and why does a GAN collapse as it trains?

Chains ingestion, scaler fitting, training by legs, sampling, metrics and figures of one study.
See README.md for its use and config/README.md for the config.
"""

import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")
sys.path.insert(0, str(Path(workflow.basedir, "scripts")))

# Snakemake would merge the default study under any other.
if not workflow.overwrite_configfiles:

    configfile: Path(workflow.basedir, "config", "config.yaml")


include: "rules/common.smk"


report: "report/workflow.rst"


pathvars:
    results=f"results/{STUDY['study']}",
    logs=f"logs/{STUDY['study']}",


wildcard_constraints:
    simulation=one_of(STUDY["simulations"]),
    dataset=one_of(STUDY["datasets"]),
    scaler=one_of(STUDY["scalers"]),
    recipe=one_of(STUDY["recipes"]),
    seed=one_of(STUDY["seeds"]),
    leg=one_of(LEGS),
    epochs=one_of(STUDY["epochs"]),


include: "rules/simulate.smk"
include: "rules/ingest.smk"
include: "rules/fit_scaler.smk"
include: "rules/preflight.smk"
include: "rules/train.smk"
include: "rules/sample.smk"
include: "rules/import_samples.smk"
include: "rules/export.smk"
include: "rules/evaluate.smk"
include: "rules/diagnose.smk"
include: "rules/draw.smk"
include: "rules/report.smk"
include: "rules/record_provenance.smk"
include: "rules/targets.smk"


localrules:
    all,


rule all:
    """The whole study."""
    input:
        rules.preflight.input,
        rules.metrics.input,
        rules.diagnosis.input,
        rules.advice.input,
        rules.figures.input,
        rules.write_front.output,
        "<results>/provenance.json",
