"""write_front: the front page of the report, written by the study itself, and its key table.

Input: diagnoses, preflight, advice, the collapse maps. Output: front.rst, which report/workflow.rst
includes, and verdicts.tex.
"""


rule write_front:
    """Say in sentences what the study found."""
    input:
        diagnoses=for_each_run(
            "<results>/runs/{dataset}/{recipe}/seed{seed}/diagnosis.json"
        ),
        reports=rules.tabulate_preflight.input.reports,
        regions="<results>/tables/regions.csv",
        advice=rules.measure_advice.output.advice,
        claims=rules.measure_advice.output.claims,
        maps=expand(
            "<results>/figures/{dataset}/map.{format}",
            dataset=STUDY["datasets"],
            format=STUDY["figures"]["formats"][:1],
        ),
    output:
        # Among the report's files, so that it is fetched if the results lie in a storage.
        front=report(
            "<results>/tables/front.rst",
            caption="../report/front.rst",
            category="7 Provenance",
            labels={"what": "front page, as text"},
        ),
        latex="<results>/tables/verdicts.tex",
    log:
        "<logs>/write_front.log",
    benchmark:
        "<logs>/write_front.tsv"
    conda:
        "../envs/metrics.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(10),
    params:
        code=code("write_front"),
    message:
        "Writing the front page"
    script:
        "../scripts/write_front.py"
