"""export: a generator for use elsewhere.

Input: the generators of a leg, the recipe's scaler. Output: a `.keras` file that plain Keras loads,
and a JSON file that says what noise it takes and how its events are unscaled.
"""


rule export:
    """Export the generator of one run at one epoch count.

    Made when asked for: no part of `all`.

    Uses wildcards `dataset`, `recipe`, `seed` and `epochs`.
    """
    input:
        scaler=scaler_of_recipe,
        generators=generators_at_count,
    output:
        model="<results>/runs/{dataset}/{recipe}/seed{seed}/keras/epoch{epochs}.keras",
        about="<results>/runs/{dataset}/{recipe}/seed{seed}/keras/epoch{epochs}.json",
    log:
        "<logs>/export/{dataset}.{recipe}.seed{seed}.epoch{epochs}.log",
    benchmark:
        "<logs>/export/{dataset}.{recipe}.seed{seed}.epoch{epochs}.tsv"
    wildcard_constraints:
        recipe=one_of(TRAINED),
    conda:
        "../envs/gan.yaml"
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(10),
    params:
        recipe=of_study("recipes", "recipe", only=("generator", "noise")),
        code=code_of_recipe("export"),
    message:
        "Exporting {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}, at epoch {wildcards.epochs}"
    script:
        "../scripts/export.py"
