"""Runs with and without falls."""

from collapse.diagnosis.results import Checkpoint, Fall, Run


def run(seed, onset=None, recovery=None, last=300, outcome=None):
    falls = []
    if onset:
        falls = [Fall(onset, 3, 10, "trace", "covered", 0.9, 0.1, recovery, 0.99)]
    outcome = outcome or ("healthy" if not onset else "recovered" if recovery else "collapsed")
    points = [
        Checkpoint(epoch, 10 * epoch, "imperfect", 0.8, "steady", 0.9, 0.6, [])
        for epoch in (3, last)
    ]
    return Run("d", "r", seed, 5000, outcome, 0.97, points, falls)
