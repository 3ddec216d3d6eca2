"""draw_checkpoints, compare: the pictures.

Input: events.h5, samples.h5, metrics.csv. Output: for each checkpoint the question's own two
pictures, for each dataset the metrics against epochs and the spectra.
"""


rule draw_checkpoints:
    """Draw real against generated at every epoch count of one run.

    The question's two pictures: an overlay of each feature, and a scatter of two.

    Uses wildcards `dataset`, `recipe` and `seed`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        samples=expand(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/samples.h5",
            leg=LEGS,
            allow_missing=True,
        ),
    output:
        overlays=for_each_count(
            "<results>/figures/{dataset}/{recipe}/seed{seed}/epoch{epochs}/overlay.{format}"
        ),
        scatters=for_each_count(
            "<results>/figures/{dataset}/{recipe}/seed{seed}/epoch{epochs}/scatter.{format}"
        ),
    log:
        "<logs>/draw_checkpoints/{dataset}.{recipe}.seed{seed}.log",
    benchmark:
        "<logs>/draw_checkpoints/{dataset}.{recipe}.seed{seed}.tsv"
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        features=feature_labels,
        scatter=STUDY["figures"]["scatter"],
        formats=STUDY["figures"]["formats"],
        # Those up to this one fix its colour, so that a recipe added at the end redraws no other.
        recipes=lambda wildcards: [
            *takewhile(wildcards.recipe.__ne__, STUDY["recipes"]),
            wildcards.recipe,
        ],
        epochs=STUDY["epochs"],
        code=code("draw_checkpoints"),
    message:
        "Drawing {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}"
    script:
        "../scripts/draw_checkpoints.py"


rule compare:
    """Draw all recipes together: metrics against epochs, and the spectrum at each epoch count.

    Uses wildcard `dataset`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        metrics="<results>/tables/metrics.csv",
        samples=expand(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/samples.h5",
            recipe=STUDY["recipes"],
            seed=STUDY["seeds"][0],
            leg=LEGS,
            allow_missing=True,
        ),
    output:
        metrics=expand(
            "<results>/figures/{dataset}/metrics.{format}",
            format=STUDY["figures"]["formats"],
            allow_missing=True,
        ),
        spectra=for_each_count(
            "<results>/figures/{dataset}/spectrum_epoch{epochs}.{format}"
        ),
    log:
        "<logs>/compare/{dataset}.log",
    benchmark:
        "<logs>/compare/{dataset}.tsv"
    conda:
        "../envs/figures.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        features=feature_labels,
        spectrum=STUDY["figures"]["spectrum"],
        formats=STUDY["figures"]["formats"],
        windows=STUDY["evaluation"]["windows"],
        recipes=list(STUDY["recipes"]),
        seed=STUDY["seeds"][0],
        epochs=STUDY["epochs"],
        code=code("compare"),
    message:
        "Comparing the recipes on {wildcards.dataset}"
    script:
        "../scripts/compare.py"
