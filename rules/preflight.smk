"""preflight_recipe, tabulate_preflight: what stands in a recipe's way, known before the first epoch.

Input: events.h5, the recipe's scaler. Output: preflight/{recipe}.json, and the preflight of all recipes
as a table and as a text. No training waits for it.
"""


rule preflight_recipe:
    """Compare head, layers, batch and windows with the events, as the scaler leaves them.

    Uses wildcards `dataset` and `recipe`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        scaler=scaler_of_recipe,
    output:
        preflight="<results>/data/{dataset}/preflight/{recipe}.json",
    log:
        "<logs>/preflight_recipe/{dataset}.{recipe}.log",
    benchmark:
        "<logs>/preflight_recipe/{dataset}.{recipe}.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        recipe=of_study("recipes", "recipe"),
        dataset=of_study("datasets", "dataset", only=("sentinels",)),
        # Who derives columns needs none proposed.
        expressions=lambda wildcards: {
            name: feature["expression"]
            for name, feature in STUDY["datasets"][wildcards.dataset][
                "features"
            ].items()
            if not FORMULAS
        },
        evaluation=lambda wildcards: {
            key: unlabelled_evaluation(wildcards)[key] for key in ("windows", "modes")
        },
        code=code_of_recipe("preflight_recipe"),
    message:
        "Checking what {wildcards.recipe} can reach on {wildcards.dataset}"
    script:
        "../scripts/preflight_recipe.py"


rule tabulate_preflight:
    """Put the findings for all recipes on all datasets into one table, and one text to read."""
    input:
        reports=expand(
            "<results>/data/{dataset}/preflight/{recipe}.json",
            dataset=STUDY["datasets"],
            recipe=STUDY["recipes"],
        ),
    output:
        table=report(
            "<results>/tables/preflight.csv",
            caption="../report/preflight.rst",
            category="2 Preflight",
            labels={"what": "findings and cures"},
        ),
        text="<results>/tables/preflight.txt",
    log:
        "<logs>/tabulate_preflight.log",
    benchmark:
        "<logs>/tabulate_preflight.tsv"
    # A second's work that people wait for: no queue of a cluster.
    localrule: True
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        code=code("tabulate_preflight"),
    message:
        "Tabulating what the recipes can reach"
    script:
        "../scripts/tabulate_preflight.py"
