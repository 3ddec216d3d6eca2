"""fit_scaler: a scaler fitted on the training split alone.

Input: events.h5. Output: the fitted numbers, in a format that can't run code.
"""


rule fit_scaler:
    """Fit one scaler on the training events of one dataset.

    Uses wildcards `dataset` and `scaler`.
    """
    input:
        events=f"{DATA}/events.h5",
    output:
        scaler=f"{DATA}/scalers/{{scaler}}.h5",
    log:
        "<logs>/fit_scaler/{dataset}.{scaler}.log",
    benchmark:
        "<logs>/fit_scaler/{dataset}.{scaler}.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(800),
        runtime=growing(20),
    params:
        scaler=of_study("scalers", "scaler"),
        code=code("fit_scaler"),
    message:
        "Fitting the scaler {wildcards.scaler} on {wildcards.dataset}"
    script:
        "../scripts/fit_scaler.py"
