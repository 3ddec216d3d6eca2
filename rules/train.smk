"""train: one job for each leg of a run, resumed from the leg before.

Input: events.h5, the recipe's scaler, the checkpoint before. Output: the checkpoint at the leg's
end, the generators at its epoch counts, losses, trace and seconds.
"""


rule train:
    """Train one leg of a run.

    A leg holds the epoch counts that fall in one stretch of `leg_epochs` epochs. Resuming is exact,
    so the bytes don't depend on how the counts are divided. A killed leg goes on from its recovery
    point, `<results>/recovery/...`, which is no output since Snakemake deletes those of a failed job.
    A recipe's file of networks is code that this job, and no other, runs.

    Uses wildcards `dataset`, `recipe`, `seed` and `leg`.
    """
    input:
        events="<results>/data/{dataset}/events.h5",
        scaler=scaler_of_recipe,
        previous=previous_checkpoint,
    output:
        checkpoint="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/checkpoint.h5",
        generators="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/generators.h5",
        history="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/history.csv",
        trace="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/trace.h5",
        timing="<results>/runs/{dataset}/{recipe}/seed{seed}/leg{leg}/timing.csv",
    log:
        "<logs>/train/{dataset}.{recipe}.seed{seed}.leg{leg}.log",
    benchmark:
        "<logs>/train/{dataset}.{recipe}.seed{seed}.leg{leg}.tsv"
    wildcard_constraints:
        recipe=one_of(TRAINED),
    conda:
        "../envs/gan.yaml"
    threads: 1
    resources:
        mem_mb=growing(megabytes_of_leg),
        runtime=growing(minutes_of_leg),
        # No param: another interval must train nothing again. A text, since numbers are rounded.
        recovery_seconds=str(STUDY["recovery_seconds"]),
    params:
        recipe=of_study("recipes", "recipe"),
        networks=networks_of_recipe,
        steps_per_epoch=STUDY["steps_per_epoch"],
        counts=counts_to_train,
        recovery=recovery_point,
        code=code_of_recipe("train"),
    message:
        "Training {wildcards.recipe} on {wildcards.dataset}, seed {wildcards.seed}, to epoch {wildcards.leg}"
    script:
        "../scripts/train.py"
