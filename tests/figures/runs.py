"""Diagnoses and tables like those of a small study, with known falls."""

from collapse.diagnosis.results import Checkpoint, Fall, Run

RECIPES = ["original", "slow_discriminator", "capable"]
COUNTS = (1, 10, 100)


def run(recipe, seed, verdicts, outcome, *falls, trends=("steady",) * 3, certainty=1.0):
    checkpoints = [
        Checkpoint(epoch, 10 * epoch, verdict, certainty, trend, 0.9, 0.6, [])
        for epoch, verdict, trend in zip(COUNTS, verdicts, trends, strict=True)
    ]
    return Run("dimuon", recipe, seed, 5000, outcome, certainty, checkpoints, list(falls))


def fall(onset, low, high, recovery=None):
    return Fall(onset, low, high, "trace", "covered", 0.9, 0.1, recovery, 1.0)


RUNS = [
    run(
        "original", 1, ["imperfect", "point_collapse", "point_collapse"], "collapsed",
        fall(3, 1, 10), trends=("steady", "falling", "steady"),
    ),
    run(
        "original", 2, ["modes_missing", "point_collapse", "imperfect"], "recovered",
        fall(1, 0, 1, 100), trends=("steady", "steady", "rising"),
    ),
    run("slow_discriminator", 1, ["support_truncated"] * 3, "support_truncated"),
    run("slow_discriminator", 2, ["support_truncated"] * 3, "support_truncated", certainty=0.6),
    run("capable", 1, ["modes_missing", "imperfect", "healthy"], "healthy"),
    run("capable", 2, ["modes_missing", "imperfect", "healthy"], "healthy"),
]  # fmt: skip
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
