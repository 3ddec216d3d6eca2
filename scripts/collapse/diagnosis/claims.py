"""The seven claims of the answer that this project began with, each against the study's numbers."""

import logging
import math

from collapse.diagnosis.advice import PRIMARY, compare, outcome, smallest_effect
from collapse.diagnosis.advice import reversals as find_reversals
from collapse.diagnosis.results import FELL, Run
from collapse.files import read_csv, write_csv

ADVICE = (
    "dataset", "recipe", "base", "metric", "epoch", "seeds", "mean_base", "mean", "difference",
    "low", "high", "better", "primary", "p", "p_holm",
)  # fmt: skip
REVERSALS = ("dataset", "recipe", "base", "metric", "better_at", "worse_at")
CLAIM = ("number", "claim", "outcome", "why")

# What the answer said, and what a piece of advice changes in a recipe.
CLAIMS = (
    "It is mode collapse: the generator found a narrow range of values.",
    "Train for different durations to see when the collapse happens.",
    "Trained for long enough it sometimes repairs itself.",
    "Collect the advice and try it all on each GAN.",
    "Train the discriminator only every other epoch.",
    "Do not train the discriminator on real and fake events in one batch.",
    "Add batch-normalisation layers.",
)
_CHANGES = {
    5: {"updates.discriminator_every_epochs"},
    6: {"batches"},
    7: {"generator.normalisation", "discriminator.normalisation"},
}
SUBJECT = "original"


def judge(runs, rows, reversed_pieces, changes):
    """Say of each claim whether it holds, fails, depends on something, or can't be decided.

    Args:
        runs: The diagnoses of all runs, each a `Run`.
        rows: What `collapse.diagnosis.advice.compare` returned.
        reversed_pieces: (dataset, recipe) of which the primary outcome's ranking reverses.
        changes: Recipe -> the dotted keys by which it differs from its base.

    Returns:
        A list of (number, claim, `holds`, `fails`, `depends` or `not decidable`, why).
    """
    ours = [run for run in runs if run.recipe == SUBJECT]
    primary = [row for row in rows if row["primary"]]
    said = [*_collapse(ours), _advice(primary, reversed_pieces)]
    for keys in _CHANGES.values():
        pieces = [row for row in primary if changes.get(row["recipe"]) == keys]
        said.append(_piece(pieces, reversed_pieces))
    return [(i, CLAIMS[i - 1], *words) for i, words in enumerate(said, start=1)]


def _collapse(runs):
    if not runs:
        return [("not decidable", f"the study has no recipe {SUBJECT}")] * 3
    n = len(runs)
    fell = [run for run in runs if run.outcome in FELL]
    cut = [run for run in runs if run.first.of("support_truncated")]
    both = f"collapse in {len(fell)} of {n} runs"
    if cut:
        first = (
            "depends",
            f"{both}, but in {len(cut)} of {n} the support is truncated from the first count on: "
            "the hard edges are the head's, at every epoch",
        )
    else:
        first = _by_share(len(fell), n, both)
    seen = [run for run in fell if not run.falls[0].censored]
    when = (
        f"an onset in {len(fell)} of {n} runs, bracketed by two counts in {len(seen)}, "
        f"before the first count in {len(fell) - len(seen)}"
    )
    second = ("holds" if len(fell) > n / 2 else "not decidable", when)
    healed = [run for run in fell if run.outcome == "recovered"]
    last = max(run.last.epoch for run in runs)
    why = f"{len(healed)} of {len(fell)} collapsed runs recovered their coverage by epoch {last}"
    third = ("holds" if healed else "not decidable", why)
    return [first, second, third]


def _by_share(k, n, why):
    from scipy.stats import binomtest

    share = binomtest(k, n).proportion_ci(method="wilson")
    if share.low > 0.5:
        return "holds", why
    return ("fails" if share.high < 0.5 else "not decidable"), why


def _advice(primary, reversed_pieces):
    if not primary:
        return "not decidable", "no recipe of the study extends another"
    words = [outcome(row, reversed_pieces) for row in primary]
    count = {word: words.count(word) for word in ("holds", "fails", "depends", "not decidable")}
    why = (
        f"of {len(words)} pieces {count['holds']} help, {count['fails']} harm, {count['depends']} "
        f"depend on the training time, {count['not decidable']} can't be told from nothing"
    )
    if count["holds"] == len(words):
        return "holds", why
    return ("not decidable" if count["not decidable"] == len(words) else "depends"), why


def _piece(pieces, reversed_pieces):
    if not pieces:
        return "not decidable", "no recipe of the study changes this alone"
    said = {row["recipe"]: outcome(row, reversed_pieces) for row in pieces}
    why = "; ".join(
        f"on {row['base']} `{row['metric']}` at epoch {row['epoch']} changes by "
        f"{row['difference']:+.3f} [{row['low']:+.3f}, {row['high']:+.3f}], p {row['p_holm']:.3g}"
        for row in pieces
    )
    words = set(said.values())
    return (words.pop() if len(words) == 1 else "depends"), why


def measure_advice(*, metrics, diagnoses, bases, changes, advice, reversals, claims):
    """Write what each piece of advice changed, and what became of the answer's claims.

    Args:
        metrics: Path of the table of all metrics.
        diagnoses: Paths of the runs' diagnoses.
        bases: Recipe -> the one that it extends.
        changes: Recipe -> the dotted keys by which it differs from that.
        advice: Where the comparisons go; columns `ADVICE`.
        reversals: Where the reversed rankings go; columns `REVERSALS`.
        claims: Where the claims go; columns `CLAIM`.
    """
    table = [
        row
        | {
            "epoch": int(row["epoch"]),
            "seed": int(row["seed"]),
            "value": float(row["value"]) if row["value"] else math.nan,
        }
        for row in read_csv(metrics)
    ]
    rows = compare(table, bases)
    turned = find_reversals(rows)
    runs = [Run.load(path) for path in diagnoses]
    pieces = {(row["dataset"], row["recipe"]) for row in turned if row["metric"] == PRIMARY}
    judged = judge(runs, rows, pieces, {name: set(keys) for name, keys in changes.items()})
    write_csv(advice, ADVICE, [[_cell(row[key]) for key in ADVICE] for row in rows])
    write_csv(reversals, REVERSALS, [[_cell(row[key]) for key in REVERSALS] for row in turned])
    write_csv(claims, CLAIM, judged)
    for number, claim, word, why in judged:
        logging.info("%d. %s %s: %s", number, claim, word, why)
    seeds = max((row["seeds"] for row in rows), default=0)
    logging.info(
        "%d seeds find a difference of %.2g standard deviations of the seeds' differences with a "
        "power of 80 %%, before Holm's correction.",
        seeds,
        smallest_effect(min(seeds, 12)),
    )


def _cell(value):
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if isinstance(value, float) and math.isnan(value) else value
