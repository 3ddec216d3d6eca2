"""When, how and why does a GAN collapse as it trains?

Chains ingestion, scaler fitting, training by legs, sampling, metrics and figures of one study.
See README.md for its use and config/README.md for the config.
"""

from snakemake.utils import min_version

# The oldest that was tried. Path variables that modules and storages resolve came shortly before it
# (snakemake's #3969 and #4105).
min_version("9.27")


include: "rules/project.smk"


# Snakemake would merge the default study under any other; a module takes what it is handed.
if not workflow.overwrite_configfiles:

    configfile: PROJECT / "config" / "config.yaml"


include: PROJECT / "rules/common.smk"


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


include: PROJECT / "rules/simulate.smk"
include: PROJECT / "rules/ingest.smk"
include: PROJECT / "rules/fit_scaler.smk"
include: PROJECT / "rules/preflight.smk"
include: PROJECT / "rules/train.smk"
include: PROJECT / "rules/sample.smk"
include: PROJECT / "rules/import_samples.smk"
include: PROJECT / "rules/export.smk"
include: PROJECT / "rules/evaluate.smk"
include: PROJECT / "rules/diagnose.smk"
include: PROJECT / "rules/draw.smk"
include: PROJECT / "rules/report.smk"
include: PROJECT / "rules/record_provenance.smk"
include: PROJECT / "rules/targets.smk"


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
    localrule: True
    message:
        "Done: the whole study"


onstart:
    tell_changes()
    atexit.unregister(tell_changes)


onsuccess:
    print(closing_words(), end="")


onerror:
    # At exit, so that it stands last, after what Snakemake says.
    errors = last_errors(f"logs/{STUDY['study']}", STARTED)
    if errors and workflow.is_main_process:
        atexit.register(print, *errors, sep="\n\n", file=sys.stderr)
