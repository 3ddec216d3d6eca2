"""ingest: from ROOT or HDF5 files to the matrix of features.

Input: the files of a dataset. Output: events.h5, with its split and cutflow.
"""


rule ingest:
    """Read events, apply the selection, compute the features and split.

    Uses wildcard `dataset`.
    """
    input:
        files=inputs_of_dataset,
    output:
        events=f"{DATA}/events.h5",
    log:
        "<logs>/ingest/{dataset}.log",
    benchmark:
        "<logs>/ingest/{dataset}.tsv"
    conda:
        "../envs/events.yaml"
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(60),
    params:
        dataset=unlabelled_dataset,
        files=files_of_dataset,
        shipped=shipped_digests,
        code=code("ingest"),
    message:
        "Reading the events of {wildcards.dataset}"
    script:
        "../scripts/ingest.py"
