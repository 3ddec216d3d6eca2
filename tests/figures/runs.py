"""Diagnoses and tables like those of a small study, with known falls."""

RECIPES = ["original", "slow_discriminator", "capable"]
COUNTS = (1, 10, 100)


def run(recipe, seed, verdicts, *falls):
    return {
        "recipe": recipe,
        "seed": seed,
        "checkpoints": [
            {"epoch": epoch, "verdict": verdict}
            for epoch, verdict in zip(COUNTS, verdicts, strict=True)
        ],
        "falls": list(falls),
    }


def fall(onset, low, high, recovery=None):
    return {"onset": onset, "low": low, "high": high, "recovery": recovery}


RUNS = [
    run("original", 1, ["learning", "point_collapse", "point_collapse"], fall(3, 1, 10)),
    run("original", 2, ["modes_missing", "point_collapse", "learning"], fall(1, 0, 1, 100)),
    run("slow_discriminator", 1, ["support_truncated"] * 3),
    run("slow_discriminator", 2, ["support_truncated"] * 3),
    run("capable", 1, ["learning", "imperfect", "healthy"]),
    run("capable", 2, ["learning", "imperfect", "healthy"]),
]
SURVIVAL = [
    {"recipe": recipe, "epoch": epoch, "survival": share}
    for recipe, points in {
        "original": [(0, 1.0), (1, 0.5), (3, 0.0)],
        "slow_discriminator": [(0, 1.0)],
        "capable": [(0, 1.0), (100, 1.0)],
    }.items()
    for epoch, share in points
]
ONSET = [
    {"recipe": recipe, "runs": 2, "collapsed": fell, "fraction": fell / 2, "last_epoch": 100}
    | {"fraction_low": low, "fraction_high": high}
    for recipe, fell, low, high in (
        ("original", 2, 0.34, 1.0), ("slow_discriminator", 0, 0.0, 0.66), ("capable", 0, 0.0, 0.66),
    )
]  # fmt: skip
