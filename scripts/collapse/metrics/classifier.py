"""The classifier two-sample test."""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold


def auc(real, generated, folds, seed):
    """Return how well a classifier tells real from generated events: the area under its ROC curve.

    Histogram gradient boosting, each event judged by a model that was not trained on it.
    (Lopez-Paz and Oquab, arXiv:1610.06545, with boosted trees, which need no scaling.)

    Args:
        real: float, shape (n, d).
        generated: float, shape (m, d).
        folds: Folds of the cross-validation.
        seed: Deals the events to the folds.

    Returns:
        A float: 0.5 where the two can't be told apart, 1 where they always can.
    """
    events = np.concatenate([real, generated])
    labels = np.concatenate([np.ones(len(real)), np.zeros(len(generated))])
    areas = []
    for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(
        events, labels
    ):
        # Fixed, since the default of early stopping switches at 10,000 events.
        model = HistGradientBoostingClassifier(
            max_iter=100, early_stopping=False, random_state=seed
        ).fit(events[train], labels[train])
        # Fold by fold: the scores of two models have no common scale.
        areas.append(roc_auc_score(labels[test], model.predict_proba(events[test])[:, 1]))
    return float(np.mean(areas))
