from dataclasses import replace

from collapse.diagnosis.advice import compare
from collapse.diagnosis.claims import judge
from collapse.diagnosis.results import Checkpoint, Fall, Finding, Run

from tests.diagnosis.test_advice import table


def run(kind=None, onset=None, recovery=None):
    findings = [Finding(kind, "", "", 0.5, 1.0, -9.0, 0.5, 0.2)] if kind else []
    falls = [Fall(onset, 1, onset, "counts", "covered", 0.9, 0.1, recovery, 1.0)] if onset else []
    outcome = "healthy" if not onset else "recovered" if recovery else "collapsed"
    points = [
        Checkpoint(e, e, kind or "imperfect", 1.0, "steady", 0.9, 0.6, findings) for e in (1, 300)
    ]
    return Run("d", "original", 1, 5000, outcome, 1.0, points, falls)


def words(runs, rows=(), changes=None, turned=()):
    found = judge(runs, list(rows), set(turned), changes or {})
    return {claim.number: claim.outcome for claim in found}


def test_collapse_with_a_truncated_support_depends():
    assert words([run("support_truncated")] * 4)[1] == "depends"
    assert words([run("point_collapse", 10)] * 10)[1] == "holds"
    assert words([run()] * 10)[1] == "fails"
    assert words([run(), run("point_collapse", 10)])[1] == "not decidable"


def test_an_onset_must_be_seen_and_a_recovery_too():
    said = words([run("point_collapse", 10), run("point_collapse", 10, recovery=300)])
    assert (said[2], said[3]) == ("holds", "holds")
    said = words([run("point_collapse", 10)] * 2)
    assert (said[2], said[3]) == ("holds", "not decidable")
    assert words([run()] * 2)[2] == "not decidable"


def test_a_claim_is_judged_by_the_recipes_that_change_just_that():
    rows = compare(table(effect_late=0.1, pieces=("a", "b")), {"a": "base", "b": "base"})
    changes = {"a": {"batches"}, "b": {"updates.discriminator_every_epochs", "batch_size"}}
    said = words([run()], rows, changes)
    assert (said[4], said[5], said[6]) == ("holds", "not decidable", "holds")


def test_every_claim_has_a_line_where_its_gan_is_and_none_where_not():
    assert list(words([run()])) == [1, 2, 3, 4, 5, 6, 7]
    assert words([replace(run(), recipe="mine")]) == words([]) == {}
