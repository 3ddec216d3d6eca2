"""record_provenance: what made the results.

Input: the table of all metrics, so that it is written when they are. Output: provenance.json. A sidecar: no rule reads it.
A local rule, written where snakemake runs: the commit and the inputs need not be where the jobs run.
"""


rule record_provenance:
    """Record the complete config, versions, git commit, input checksums and host."""
    input:
        metrics="<results>/tables/metrics.csv",
    output:
        provenance=report(
            "<results>/provenance.json",
            caption="../report/provenance.rst",
            category="7 Provenance",
            labels={"what": "config, versions, inputs"},
        ),
    log:
        "<logs>/record_provenance.log",
    benchmark:
        "<logs>/record_provenance.tsv"
    localrule: True
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(20),
    params:
        study=STUDY,
        code=code("record_provenance"),
    message:
        "Recording the provenance"
    script:
        "../scripts/record_provenance.py"
