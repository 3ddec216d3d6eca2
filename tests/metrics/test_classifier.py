import numpy as np
import pytest
from collapse.metrics.classifier import auc
from sklearn.ensemble import HistGradientBoostingClassifier


def normal(n, d=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_a_classifier_can_not_tell_truth_from_truth():
    values = [auc(normal(2000, seed=2 * i), normal(2000, seed=2 * i + 1), 2, i) for i in range(4)]
    # The sd of the area under the curve of two samples of n: sqrt((2n + 1) / 12) / n.
    assert np.mean(values) == pytest.approx(0.5, abs=4 * np.sqrt(4001 / 12) / 2000 / 2)


def test_a_classifier_tells_what_tanh_cuts_off():
    """Five normal features within [-1, 1]: the best classifier's area is at least 0.926."""
    rng = np.random.default_rng(0)
    inside = rng.normal(size=(60_000, 5))
    inside = inside[(np.abs(inside) < 1).all(axis=1)][:4000]
    # 1 - P(inside) / 2; a classifier that has to learn comes close.
    assert 0.89 < auc(normal(4000, 5, seed=1), inside, 2, 0) < 0.93
    assert auc(normal(500, 5), normal(500, 5) + 20, 2, 0) > 0.99


def test_early_stopping_does_not_switch_on_with_more_events(monkeypatch):
    """At its default, `auto`, a model of more than 10,000 events would be another one."""
    models = []

    class Spy(HistGradientBoostingClassifier):
        def fit(self, *args):
            models.append(self)
            return super().fit(*args)

    monkeypatch.setattr("sklearn.ensemble.HistGradientBoostingClassifier", Spy)
    auc(normal(10_100), normal(10_100, seed=1), 2, 0)
    assert [model.n_iter_ for model in models] == [50, 50]


def test_events_are_judged_by_a_model_that_has_not_seen_them():
    """Otherwise pure noise would be told apart."""
    assert abs(auc(normal(300, 8), normal(300, 8, seed=1), 5, 0) - 0.5) < 0.1


def test_scores_of_different_models_are_not_pooled(monkeypatch):
    """Each fold's scores order its events perfectly, but lie above those of the other fold."""
    offsets = iter([0.0, 10.0])

    class Toy:
        def __init__(self, **_):
            self.offset = next(offsets)

        def fit(self, *_):
            return self

        def predict_proba(self, events):
            return np.stack([-events[:, 0], events[:, 0]], axis=1) + self.offset

    monkeypatch.setattr("sklearn.ensemble.HistGradientBoostingClassifier", Toy)
    assert auc(np.ones((20, 1)), np.zeros((20, 1)), 2, 0) == 1


def test_the_seed_deals_the_folds():
    real, generated = normal(300), normal(300, seed=1)
    assert auc(real, generated, 2, 0) == auc(real, generated, 2, 0)
    assert auc(real, generated, 2, 0) != auc(real, generated, 2, 1)
