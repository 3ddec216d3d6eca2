"""simulate: dimuon events of proton-proton collisions, or points of a mixture of Gaussians.

Input: none. Output: a jagged, NanoAOD-like TTree, or a flat one. Pythia 8, which makes the
collisions, needs the extra `simulate`.
"""


rule simulate:
    """Make one of the config's `simulations`.

    A branch keeps which process, `process`, or which Gaussian, `mode`, each event came from.

    Uses wildcard `simulation`.
    """
    output:
        events="<results>/simulations/{simulation}.root",
    log:
        "<logs>/simulate/{simulation}.log",
    benchmark:
        "<logs>/simulate/{simulation}.tsv"
    conda:
        "../envs/simulate.yaml"
    threads: 1
    resources:
        mem_mb=growing(700),
        runtime=growing(60),
    params:
        simulation=of_study("simulations", "simulation"),
        code=code("simulate"),
    message:
        "Simulating {wildcards.simulation}"
    script:
        "../scripts/simulate.py"
