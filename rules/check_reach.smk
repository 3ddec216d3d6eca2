"""check_reach: what a recipe can never generate, known before the first epoch.

Input: events.h5, the recipe's scaler. Output: reach/{recipe}.json, and warnings in the log.
"""


rule check_reach:
    """Compare the head's range and the layers' widths with the scaled events.

    Uses wildcards `dataset` and `recipe`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        scaler=scaler_of_recipe,
    output:
        reach="<results>/data/{dataset}/reach/{recipe}.json",
    log:
        "<logs>/check_reach/{dataset}.{recipe}.log",
    benchmark:
        "<logs>/check_reach/{dataset}.{recipe}.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        recipe=of_study("recipes", "recipe", only=("generator", "noise")),
        code=code("check_reach"),
    message:
        "Checking what {wildcards.recipe} can reach on {wildcards.dataset}"
    script:
        "../scripts/check_reach.py"
