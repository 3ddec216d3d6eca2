"""What figures call metrics, features and windows, as Matplotlib can draw it."""

import dataclasses
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from matplotlib.mathtext import MathTextParser

from collapse.figures.features import Feature

METRICS = {
    "non_finite": "share not finite",
    "modes_share": "modes captured",
    "covered": "share covered",
    "precision": "precision",
    "auc": "classifier AUC",
    "spread_ratio": "spread ratio",
    "out_of_range": "real beyond range",
    "sliced_w1": "sliced $W_1$",
    "correlation_distance": "correlation distance",
    "ks": "KS",
    "separation": "separation",
    "mode_tv": "mode total variation",
}


def drawable_features(features: Iterable[Mapping[str, Any]]) -> list[Feature]:
    """Return `Feature`s that Matplotlib can draw, from a dict of fields for each."""
    return [drawable(Feature(**fields)) for fields in features]


def drawable_windows(windows: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the config's windows with labels that Matplotlib can draw."""
    return {
        key: {**window, "label": drawable(Feature(key, window["label"])).label}
        for key, window in windows.items()
    }


def drawable(feature: Feature) -> Feature:
    """Return a feature whose label and unit Matplotlib can draw: as plain text if need be.

    >>> drawable(Feature("met", "$E_T$")).label
    '$E_T$'
    """
    texts = {}
    for key in ("label", "unit"):
        texts[key] = text = getattr(feature, key)
        try:
            MathTextParser("path").parse(text)
        except ValueError as error:
            reason = str(error).strip().splitlines()[-1]
            logging.warning("The %s of %s is drawn as it is: %s", key, feature.name, reason)
            texts[key] = text.replace("$", r"\$")
    return dataclasses.replace(feature, **texts)
