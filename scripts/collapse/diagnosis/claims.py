"""The seven claims of the answer that this project began with, each against the study's numbers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from collapse.diagnosis.advice import Comparison, outcome
from collapse.diagnosis.results import FELL, Run

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
# (dataset, recipe) of which the primary outcome's ranking reverses.
_Pieces = Collection[tuple[str, str]]


@dataclass(frozen=True)
class Claim:
    """A row of `claims.csv`.

    Attributes:
        number: Its number, from 1.
        claim: What was claimed.
        outcome: `holds`, `fails`, `depends` or `not decidable`.
        why: The numbers behind that.
    """

    number: int
    claim: str
    outcome: str
    why: str


def judge(
    runs: Sequence[Run], rows: Sequence[Comparison], reversed_pieces: _Pieces,
    changes: Mapping[str, Collection[str]]
) -> list[Claim]:  # fmt: skip
    """Say of each claim whether it holds, fails, depends on something, or can't be decided.

    Args:
        runs: The diagnoses of all runs.
        rows: What `collapse.diagnosis.advice.compare` returned.
        reversed_pieces: (dataset, recipe) of which the primary outcome's ranking reverses.
        changes: Recipe -> the dotted keys by which it differs from its base.

    Returns:
        All claims; none for a study that has not the GAN which they are about.
    """
    ours = [run for run in runs if run.recipe == SUBJECT]
    if not ours:
        return []
    primary = [row for row in rows if row.primary]
    said = [*_collapse(ours), _advice(primary, reversed_pieces)]
    for keys in _CHANGES.values():
        pieces = [row for row in primary if set(changes.get(row.recipe, ())) == keys]
        said.append(_piece(pieces, reversed_pieces))
    return [
        Claim(number, claim, word, why)
        for number, (claim, (word, why)) in enumerate(zip(CLAIMS, said, strict=True), start=1)
    ]


def _collapse(runs: Sequence[Run]) -> list[tuple[str, str]]:
    n = len(runs)
    fell = [run for run in runs if run.outcome in FELL]
    cut = [run for run in runs if run.first.of("support_truncated")]
    both = f"collapse in {len(fell)} of {n} runs"
    first = _by_share(len(fell), n, both)
    if cut:
        both += f", but in {len(cut)} of {n} the support is truncated from the first count on: "
        first = "depends", both + "the hard edges are the head's, at every epoch"
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


def _by_share(k: int, n: int, why: str) -> tuple[str, str]:
    from scipy.stats import binomtest

    share = binomtest(k, n).proportion_ci(method="wilson")
    if share.low > 0.5:
        return "holds", why
    return ("fails" if share.high < 0.5 else "not decidable"), why


def _advice(primary: Sequence[Comparison], reversed_pieces: _Pieces) -> tuple[str, str]:
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


def _piece(pieces: Sequence[Comparison], reversed_pieces: _Pieces) -> tuple[str, str]:
    if not pieces:
        return "not decidable", "no recipe of the study changes this alone"
    words = {outcome(row, reversed_pieces) for row in pieces}
    why = "; ".join(
        f"on {row.base} `{row.metric}` at epoch {row.epoch} changes by "
        f"{row.difference:+.3f} [{row.low:+.3f}, {row.high:+.3f}], p {row.p_holm:.3g}"
        for row in pieces
    )
    return (words.pop() if len(words) == 1 else "depends"), why
