"""What to ask for: one target for each stage, named by a noun."""

# Nothing to run but `tee` in `preflight`: no job of a cluster.


rule simulations:
    """The simulated samples that the config names."""
    input:
        expand(
            "<results>/simulations/{simulation}.root", simulation=STUDY["simulations"]
        ),
    localrule: True
    message:
        "Done: the simulated samples that the config names"


rule events:
    """The events of every dataset: selected, split and counted."""
    input:
        expand(f"{DATA}/events.h5", dataset=STUDY["datasets"]),
    localrule: True
    message:
        "Done: the events of every dataset: selected, split and counted"


rule scalers:
    """The scaler of every dataset and recipe."""
    input:
        expand(
            f"{DATA}/scalers/{{scaler}}.h5",
            dataset=STUDY["datasets"],
            scaler=sorted({STUDY["recipes"][recipe]["scaler"] for recipe in TRAINED}),
        ),
    localrule: True
    message:
        "Done: the scaler of every dataset and recipe"


rule preflight:
    """What each recipe can never reach, before the first epoch; shown each time it is asked for."""
    input:
        text=rules.tabulate_preflight.output.text,
    log:
        "<logs>/preflight.log",
    localrule: True
    conda:
        "../envs/metrics.yaml"
    shell:
        "tee {log:q} < {input.text:q}"


rule checkpoints:
    """Every run trained to the last epoch count."""
    input:
        for_each_run(
            f"{LEG}/checkpoint.h5",
            TRAINED,
        ),
    localrule: True
    message:
        "Done: every run trained to the last epoch count"


rule samples:
    """Generated events at every epoch count."""
    input:
        for_each_run(f"{LEG}/samples.h5"),
    localrule: True
    message:
        "Done: generated events at every epoch count"


rule keras_generators:
    """The generator at every epoch count as a `.keras` file; no part of `all`."""
    input:
        for_each_run(
            expand(
                patterns(rules.export),
                epochs=STUDY["epochs"],
                allow_missing=True,
            ),
            TRAINED,
        ),
    localrule: True
    message:
        "Done: the generator at every epoch count as a `.keras` file"


rule metrics:
    """The metrics of every checkpoint, beside their floors, in one table."""
    input:
        "<results>/tables/metrics.csv",
    localrule: True
    message:
        "Done: the metrics of every checkpoint, beside their floors, in one table"


rule diagnosis:
    """The verdict of every checkpoint, onset and recovery of every run."""
    input:
        rules.tabulate_diagnosis.output,
    localrule: True
    message:
        "Done: the verdict of every checkpoint, onset and recovery of every run"


rule advice:
    """Each recipe against the one that it extends, and the answer's claims."""
    input:
        rules.measure_advice.output,
        rules.diagnosis.input,
    localrule: True
    message:
        "Done: each recipe against the one that it extends, and the answer's claims"


rule figures:
    """The pictures of every checkpoint and of every dataset."""
    input:
        for_each_run(patterns(rules.draw_checkpoints)),
        expand(
            patterns(rules.draw_films),
            dataset=STUDY["datasets"],
            recipe=TRAINED,
        ),
        # Without a recipe that is trained there is no head.
        expand(
            patterns(rules.draw_reach),
            dataset=STUDY["datasets"] if TRAINED else [],
        ),
        expand(patterns(rules.draw_comparison), dataset=STUDY["datasets"]),
    localrule: True
    message:
        "Done: the pictures of every checkpoint and of every dataset"


rule corners:
    """All pairs of features of every run, at its last count and its onset; no part of `all`."""
    input:
        for_each_run(patterns(rules.draw_corners)),
    localrule: True
    message:
        "Done: all pairs of features of every run, at its last count and its onset"
