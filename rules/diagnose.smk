"""diagnose, tabulate_diagnosis, measure_advice: verdicts, onset, and what helps.

Input: metrics.csv, regions.csv and trace.h5 of every leg. Output: diagnosis.json of a run, tables of
all.
"""


rule diagnose:
    """Give each checkpoint of one run its verdict, find onset and recovery, and the outcome.

    Uses wildcards `dataset`, `recipe` and `seed`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        metrics=expand(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/metrics.csv",
            leg=LEGS,
            allow_missing=True,
        ),
        regions=expand(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/regions.csv",
            leg=LEGS,
            allow_missing=True,
        ),
        traces=traces_of_run,
    output:
        diagnosis="<results>/runs/{dataset}/{recipe}/seed{seed}/diagnosis.json",
    log:
        "<logs>/diagnose/{dataset}.{recipe}.seed{seed}.log",
    benchmark:
        "<logs>/diagnose/{dataset}.{recipe}.seed{seed}.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        settings=STUDY["diagnosis"],
        evaluation=unlabelled_evaluation,
        code=code("diagnose"),
    message:
        "Diagnosing {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/diagnose.py"


rule tabulate_diagnosis:
    """Put all verdicts into one table, and each recipe's onsets into another."""
    input:
        diagnoses=for_each_run(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/diagnosis.json"
        ),
    output:
        verdicts=report(
            "<results>/tables/verdicts.csv",
            caption="../report/verdicts.rst",
            category="3 Map",
            labels={"what": "verdict of each checkpoint"},
        ),
        outcomes=report(
            "<results>/tables/outcomes.csv",
            caption="../report/outcomes.rst",
            category="3 Map",
            labels={"what": "outcome of each run"},
        ),
        onset=report(
            "<results>/tables/onset.csv",
            caption="../report/onset.rst",
            category="3 Map",
            labels={"what": "onset and recovery of each recipe"},
        ),
        survival="<results>/tables/survival.csv",
        text="<results>/tables/verdicts.txt",
    log:
        "<logs>/tabulate_diagnosis.log",
    benchmark:
        "<logs>/tabulate_diagnosis.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        code=code("tabulate_diagnosis"),
    message:
        "Tabulating the diagnosis"
    script:
        "../scripts/tabulate_diagnosis.py"


rule measure_advice:
    """Compare each recipe with the one that it extends, over matched seeds."""
    input:
        metrics="<results>/tables/metrics.csv",
        diagnoses=for_each_run(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/diagnosis.json"
        ),
    output:
        advice=report(
            "<results>/tables/advice.csv",
            caption="../report/advice.rst",
            category="6 Advice",
            labels={"what": "each recipe against its base"},
        ),
        reversals="<results>/tables/reversals.csv",
        claims=report(
            "<results>/tables/claims.csv",
            caption="../report/claims.rst",
            category="6 Advice",
            labels={"what": "the answer's claims"},
        ),
    log:
        "<logs>/measure_advice.log",
    benchmark:
        "<logs>/measure_advice.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        bases=BASES,
        changes={
            recipe: sorted(
                changed_keys(STUDY["recipes"][recipe], STUDY["recipes"][base])
            )
            for recipe, base in BASES.items()
        },
        code=code("measure_advice"),
    message:
        "Measuring the advice"
    script:
        "../scripts/measure_advice.py"
