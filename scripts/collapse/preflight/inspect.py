"""Inspection of one recipe on one dataset: what stands in its way, and the change that cures it."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from collapse.events.external import is_external
from collapse.gan.registry import Recipe
from collapse.metrics.comparison import thinned
from collapse.metrics.one_dimensional import window_fraction
from collapse.preflight import capacity, columns, relations
from collapse.preflight.peaks import find_peaks
from collapse.preflight.reach import head_bounds, out_of_reach

# A smaller share beyond reach is a few bad tracks, not a truncated support.
NOTABLE = 0.001
# More batches than that without an event of a mode, and it is too rare for them: 3 expected events.
BATCHES_WITHOUT = 0.05
# Windows proposed at most, the clearest.
_PROPOSED = 20
# Looked at, at most: events, numbers, and numbers for the rank correlations.
_EVENTS, _NUMBERS, _RANKED = 100_000, 4_000_000, 400_000

# A merge patch of the recipe, or of the study if it has a section of it; or a sentence.
Change = dict[str, Any] | str


class _Found(NamedTuple):
    """A finding: its kind, features, deciding number, sentences, and the change that cures it."""

    kind: str
    features: list[str]
    value: float
    sentence: str
    change: Change


def looked_at(values: np.ndarray) -> np.ndarray:
    """Return the events that are looked at, at most 100,000 and fewer of more than 40 features.

    So that it takes less than a second; a share of a tenth is then known to 0.001.
    """
    return thinned(values, min(_EVENTS, max(_NUMBERS // values.shape[1], 1000)))


def inspect(
    values: np.ndarray, scaled: np.ndarray | None, names: Sequence[str], *, dataset: str,
    name: str, recipe: Recipe, windows: Mapping[str, Mapping[str, Any]],
    sentinels: Sequence[float] = (), mixture: Mapping[str, Any] | None = None,
    expressions: Mapping[str, str] | None = None
) -> dict[str, Any]:  # fmt: skip
    """Find what stands in a recipe's way on a dataset.

    The known modes are the windows; where there are none, a mode can't be said to be rare, but
    windows for what looks like one are proposed. Of samples from elsewhere nothing is known, so the
    features alone are looked at.

    Args:
        values: Training events, finite, float, shape (n, d), in physical units.
        scaled: The same as the recipe's scaler leaves them; None without one.
        names: The features' names.
        dataset: The dataset's name.
        name: The recipe's name.
        recipe: The complete recipe.
        windows: The config's `evaluation.windows`; those of other features are left out.
        sentinels: The dataset's `sentinels`.
        mixture: The config's `evaluation.modes`, which are counted in the place of windows.
        expressions: Feature -> its expression, to propose a derived column from.

    Returns:
        A dict that JSON can hold:

        - `trained`: False for samples from elsewhere;
        - `dataset`, `recipe`, `head`: names, the head None for networks of the user's own;
        - `reach`: what `reach.out_of_reach` returns, with `features` by name, and for each its
          `low` and `high`, the head's bounds in scaled units, None for none; None for a head that
          isn't known;
        - `discriminator`: its `parameters`, None for one of the user's own;
        - `modes`: for each window its `share` of the events, the `expected` number in a batch, and
          the probability `none` of a batch without any;
        - `findings`, the worst first: dicts of `kind`; `features`, a list of names; `value`, the
          number that decided; `finding`, a sentence or more; `cure`, the change as a line of the
          config, in the recipe unless it says otherwise; `change`, the same as a merge patch of the
          study (RFC 7396: null removes a key), None where the config can't cure it.
    """
    head = recipe.get("generator", {}).get("head")
    bounds = None if scaled is None else head_bounds(head, scaled)
    reach = None
    if scaled is not None and bounds is not None:
        reach = _reach(scaled, bounds, names)
    modes = {} if is_external(recipe) else _modes(values, names, windows, recipe["batch_size"])
    of_columns = list(_columns(values, scaled, names, dataset, recipe, sentinels))
    found = [
        *(_support(reach, values, recipe) if reach else []),
        *_sizes(scaled, names, recipe),
        *([] if is_external(recipe) else _bottlenecks(recipe, len(names))),
        *of_columns,
        *_relations(values, names, of_columns, expressions or {}),
        *_discriminator(recipe, len(names), sum(mode["share"] > 0 for mode in modes.values())),
        *_batches(modes, recipe),
        *([] if mixture else _unwatched(values, names, windows)),
    ]
    return {
        "dataset": dataset,
        "recipe": name,
        "trained": not is_external(recipe),
        "head": head,
        "reach": reach,
        "discriminator": {
            "parameters": capacity.discriminator_parameters(recipe, len(names))
            if "discriminator" in recipe
            else None
        },
        "modes": modes,
        "findings": [_described(finding, name) for finding in found],
    }


def _reach(
    scaled: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], names: Sequence[str]
) -> dict[str, Any]:
    reach = out_of_reach(scaled, *bounds)
    edges = [[float(edge) if np.isfinite(edge) else None for edge in side] for side in bounds]
    features = {
        name: feature | {"low": low, "high": high}
        for name, feature, low, high in zip(names, reach["features"], *edges, strict=True)
    }
    return reach | {"features": features}


def _modes(
    values: np.ndarray, names: Sequence[str], windows: Mapping[str, Any], batch_size: int
) -> dict[str, dict[str, float]]:
    modes = {}
    for window, cut in windows.items():
        if cut["feature"] in names:
            column = values[:, names.index(cut["feature"])]
            share = window_fraction(column, cut["low"], cut["high"])
            expected, none = capacity.batch_of_mode(share, batch_size)
            modes[window] = {"share": share, "expected": expected, "none": none}
    return modes


def _described(found: _Found, recipe: str) -> dict[str, Any]:
    """Return a finding as JSON has it, its change as a patch of the study."""
    change = None if isinstance(found.change, str) else found.change
    cure = found.change if isinstance(found.change, str) else as_line(found.change)
    if change is not None and not {"datasets", "evaluation"} & set(change):
        change = {"recipes": {recipe: change}}
    return {
        "kind": found.kind, "features": found.features, "value": found.value,
        "finding": found.sentence, "cure": cure, "change": change,
    }  # fmt: skip


# Each of these yields what it finds, the worst first.


def _support(reach: dict[str, Any], values: np.ndarray, recipe: Recipe) -> Iterator[_Found]:
    features = reach["features"]
    lost = {name: feature["not_finite"] for name, feature in features.items()}
    if worst := _sorted(lost, 0):
        sentence = f"The scaler {recipe['scaler']} makes no number of {_shares(lost, worst)}."
        yield _Found("not_finite", worst, lost[worst[0]], sentence, {"scaler": "quantile"})
    if reach["unreachable"] <= NOTABLE:
        return
    lost = {name: feature["below"] + feature["above"] for name, feature in features.items()}
    if worst := _sorted(lost, NOTABLE) or _sorted(lost, 0):
        far = {metric: max(features, key=lambda n: features[n][metric]) for metric in ("ks", "w1")}
        forced = [
            f"the {title} of {far[metric]} at least {features[far[metric]][metric]:.3f}"
            for metric, title in (("ks", "KS distance"), ("w1", "W1 distance"))
        ]
        sentence = (
            f"{reach['unreachable']:.1%} of the real events are out of reach of the "
            f"{recipe['generator']['head']} head on the scaler {recipe['scaler']} "
            f"({_shares(lost, worst)}). That is no mode collapse, and no training time cures it: "
            "at every epoch the overlays end in hard edges, the AUC of the best classifier is at "
            f"least {reach['auc']:.3f}, {forced[0]} and {forced[1]} in scaled units."
        )
        tailed = any(columns.tail_ratio(column) > columns.HEAVY for column in values.T)
        if recipe["generator"]["head"] == "tanh" and not tailed:
            sentence += " With `scaler: minmax`, too, tanh would reach them all."
        change = {"generator": {"head": "linear"}}
        yield _Found("support_truncated", worst, reach["unreachable"], sentence, change)


def _sorted(shares: Mapping[str, float], limit: float) -> list[str]:
    """List the names of the shares above a limit, the largest first."""
    return [n for n in sorted(shares, key=shares.__getitem__, reverse=True) if shares[n] > limit]


def _shares(shares: Mapping[str, float], names: Sequence[str]) -> str:
    return _listed([f"{name} {shares[name]:.1%}" for name in names])


def _listed(items: Sequence[str], most: int = 8) -> str:
    rest = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + rest


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _sizes(scaled: np.ndarray | None, names: Sequence[str], recipe: Recipe) -> Iterator[_Found]:
    if scaled is None:
        return
    finite = {
        name: column[np.isfinite(column)] for name, column in zip(names, scaled.T, strict=True)
    }
    if odd := columns.odd_sizes(finite):
        held = [
            f"{name} {size:.2g}" + f" around {median:.2g}" * (abs(median) > size)
            for name, (size, median) in odd.items()
        ]
        sentence = (
            f"Odd sizes are left by the scaler {recipe['scaler']}: the central 90 % of the events "
            f"have the ranges {_listed(held)}. The networks' first weights and their steps are "
            "made for features around 0, of ranges from 1 to 10, and alike."
        )
        yield _Found(
            "unscaled", list(odd), odd[next(iter(odd))][0], sentence, {"scaler": "standard"}
        )


def _bottlenecks(recipe: Recipe, width: int) -> Iterator[_Found]:
    hidden = recipe.get("generator", {}).get("hidden", [])
    noise = capacity.noise_dimensions(recipe)
    wider = {"hidden": [max(units, width) for units in hidden]}
    more = {"dimension": width + recipe["noise"]["dimension"] - noise}
    found: list[tuple[int, str, Change]] = [
        (
            min(hidden, default=width),
            f"A layer of width {min(hidden, default=0)}",
            {"generator": wider},
        ),
        (noise, f"Noise of {_count(noise, 'dimension')}", {"noise": more}),
    ]
    for narrowest, what, change in sorted(found, key=lambda entry: entry[0]):
        if narrowest < width:
            sentence = (
                f"{what} confines the generator to a surface of "
                f"{_count(narrowest, 'dimension')} among {width} features. It can match the real "
                "events only if they lie on such a surface themselves."
            )
            yield _Found("bottleneck", [], narrowest, sentence, change)


def _columns(
    values: np.ndarray, scaled: np.ndarray | None, names: Sequence[str], dataset: str,
    recipe: Recipe, sentinels: Sequence[float]
) -> Iterator[_Found]:  # fmt: skip
    def without(*features: str) -> dict[str, Any]:
        return {"datasets": {dataset: {"features": dict.fromkeys(features)}}}

    ranked = thinned(values, max(_RANKED // len(names), 1000))
    constant, measured = {}, {}
    labels: list[_Found] = []
    spikes: list[_Found] = []
    for i, name in enumerate(names):
        distinct, counts = columns.value_counts(values[:, i])
        if len(distinct) == 1:
            constant[name] = f"{name} {distinct[0]:g}"
            continue
        discrete = columns.is_discrete(distinct, counts)
        if spike := columns.find_spike(distinct, counts):
            found = _spike(name, *spike, without(name), dataset, sentinels)
            # Of a label it says more than how many values there are.
            (labels if discrete else spikes).append(found)
        if discrete:
            sentence = (
                f"{name} has {len(distinct)} distinct values. A generator puts out what lies "
                "between them as well, and a classifier knows that at sight. Learn one value at a "
                "time by the dataset's `selection`, or leave the feature out."
            )
            labels.append(_Found("discrete", [name], len(distinct), sentence, without(name)))
        elif scaled is not None:
            measured[name] = columns.tail_ratio(scaled[np.isfinite(scaled[:, i]), i])
    if constant:
        sentence = (
            "There is nothing to learn from what has one value in all events: "
            f"{_listed(list(constant.values()))}."
        )
        all_are = len(constant) == len(names)
        change: Change = "features that vary" if all_are else without(*constant)
        yield _Found("constant", list(constant), len(constant), sentence, change)
    yield from labels
    for first, second, correlation in columns.duplicates(ranked):
        sentence = (
            f"{names[second]} is a function of {names[first]} (rank correlation {correlation:g}): "
            "two features for one number."
        )
        pair = [names[first], names[second]]
        yield _Found("duplicated", pair, abs(correlation), sentence, without(names[second]))
    yield from spikes
    yield from _tails(measured, values, names, recipe)


def _spike(
    name: str, value: float, share: float, without: dict[str, Any], dataset: str,
    sentinels: Sequence[float]
) -> _Found:  # fmt: skip
    # The shortest number that is the same float32, as `ingest` compares it.
    value = float(str(np.float32(value)))
    sentence = (
        f"{share:.1%} of the events have {name} = {value:g} exactly. A continuous generator gives "
        f"no value a share: the best classifier's AUC is at least {(1 + share) / 2:.3f}."
    )
    if share > 0.5:
        sentence += (
            " Learn the other events by themselves, by a cut in the dataset's `selection`, or "
            "leave the feature out."
        )
        return _Found("spike", [name], share, sentence, without)
    sentence += " If it stands for a missing value, drop these events."
    change = {"datasets": {dataset: {"sentinels": [*sentinels, value]}}}
    return _Found("spike", [name], share, sentence, change)


def _tails(
    ratios: Mapping[str, float], values: np.ndarray, names: Sequence[str], recipe: Recipe
) -> Iterator[_Found]:
    heavy = _sorted(ratios, columns.HEAVY)
    if not heavy:
        return
    ranges = ", ".join(f"{name} {ratios[name]:,.0f}" for name in heavy[:8])
    logs = [
        name
        for name in heavy
        if (column := values[:, names.index(name)]).min() > 0
        and columns.tail_ratio(np.log(np.float64(column))) <= columns.HEAVY
    ]
    sentence = (
        f"Heavy tails are left by the scaler {recipe['scaler']}: the full range over that of the "
        f"central 90 % of the events is {ranges}. The bulk is a corner of what the networks see."
    )
    if logs:
        sentence += f" A scaler with `log: {_flow(logs)}` would do as well for {', '.join(logs)}."
    quantile: Change = {"scaler": "quantile"}
    if recipe["scaler"] == "quantile":
        quantile = "a cut on these features in the dataset's `selection`"
    yield _Found("heavy_tail", heavy, ratios[heavy[0]], sentence, quantile)


def _discriminator(recipe: Recipe, width: int, n_windows: int) -> Iterator[_Found]:
    if "discriminator" not in recipe:
        return
    # What is in no window is a mode as well.
    modes = n_windows + 1
    sums, relative = capacity.first_width(recipe), capacity.relative_width(recipe)
    layers = max(len(recipe["discriminator"]["hidden"]), 1)
    wide = capacity.sufficient_width(recipe, width, modes)
    change = {"discriminator": {"hidden": [wide] * layers}}
    if sums < width:
        sentence = (
            f"The discriminator's first layer takes {_count(sums, 'weighted sum')} of "
            f"{width} features, so at any time it is blind to {width - sums} of their directions: "
            "what the generator does wrong along them costs it nothing."
        )
        yield _Found("blind_discriminator", [], sums, sentence, change)
    learned = capacity.discriminator_parameters(recipe, width)
    needed = capacity.mixture_parameters(modes, width)
    reasons = []
    if learned < needed:
        reasons.append(
            f"The discriminator has {learned} parameters. To say where {modes} modes are in "
            f"{width} features, how wide and how frequent, takes {needed}."
        )
    if relative <= capacity.SMALL:
        widest = max(recipe["discriminator"]["hidden"], default=1)
        reasons.append(
            f"The discriminator's widest layer has {widest} units against the generator's "
            f"{max(recipe['generator']['hidden'])}. In PacGAN's table 3 (arXiv:1712.04086) a "
            "GAN found 79 of 1000 modes with a discriminator of a quarter of its generator's "
            "size, 488 with half."
        )
    if reasons:
        yield _Found("weak_discriminator", [], learned, " ".join(reasons), change)


def _batches(modes: Mapping[str, Mapping[str, float]], recipe: Recipe) -> Iterator[_Found]:
    for window, mode in modes.items():
        if mode["share"] == 0:
            sentence = f"No training event is in the window {window}."
            yield _Found(
                "empty_window", [], 0, sentence, {"evaluation": {"windows": {window: None}}}
            )
    missed = {name: mode["none"] for name, mode in modes.items() if mode["share"] > 0}
    if rare := _sorted(missed, BATCHES_WITHOUT):
        held = ", ".join(
            f"{name} {modes[name]['expected']:.2g} (none in {missed[name]:.0%} of the batches)"
            for name in rare
        )
        sentence = (
            f"A batch of {recipe['batch_size']} holds too few events of rare modes; on average "
            f"{held}. A larger batch is no cure by itself: it takes fewer updates in the same "
            "epochs, and at equal epochs recipes were measured to do worse with one."
        )
        cure = f"more events of {rare[0]}, or more updates; neither was measured"
        yield _Found("rare_mode", [], missed[rare[0]], sentence, cure)


def _relations(
    values: np.ndarray, names: Sequence[str], told: Iterable[_Found], expressions: Mapping[str, str]
) -> Iterator[_Found]:
    # Of a feature that is there twice, more is told before.
    twice = {name for found in told if found.kind == "duplicated" for name in found.features[1:]}
    kept = [i for i, name in enumerate(names) if name not in twice]
    left = relations.determined(values[:, kept], [names[i] for i in kept])
    if not left:
        return
    best = next(iter(left))
    rest = f"{left[best]:.1%} of the spread of {best}"
    sentence = (
        f"The others determine {', '.join(left)}: {rest} is left. "
        "A GAN learns each as a column of its own and keeps such a relation only roughly, so that "
        f"what its events give for {best} is not the column's value: narrow peaks are lost there. "
        "The verdict `relation_broken` tells. Learn coordinates that are free of it and derive the "
        "others, as columns of `evaluation.derived`."
    )
    proposed = relations.propose(expressions)
    change: Change = (
        {"evaluation": {"derived": proposed}} if proposed else f"derive {best} from the others"
    )
    yield _Found("relation", list(left), left[best], sentence, change)


def _unwatched(
    values: np.ndarray, names: Sequence[str], windows: Mapping[str, Any]
) -> Iterator[_Found]:
    found: list[tuple[str, str, float, float, float, float]] = []
    for name, column in zip(names, values.T, strict=True):
        watched = [(w["low"], w["high"]) for w in windows.values() if w["feature"] == name]
        peaks = [
            peak
            for peak in find_peaks(column)
            if not any(peak[0] < high and low < peak[1] for low, high in watched)
        ]
        free = (n for i in itertools.count(1) if (n := f"{name}_peak{i}") not in windows)
        found += [(next(free), name, *peak) for peak in peaks]
    if not found:
        return
    clear = sorted(sorted(found, key=lambda peak: -peak[-1])[:_PROPOSED], key=found.index)
    held: dict[str, list[str]] = {}
    for _, name, low, high, share, _ in clear:
        held.setdefault(name, []).append(f"{low:g} to {high:g} ({share:.1%})")
    more = f", the clearest of {len(found)}" if len(found) > len(clear) else ""
    places = "; ".join(f"{name} {', '.join(peaks)}" for name, peaks in held.items())
    sentence = (
        f"Peaks that no window of `evaluation` covers: {places}{more}. What a window counts is "
        "seen to die and to return; what none counts is not."
    )
    change = {
        window: {"feature": name, "low": low, "high": high} for window, name, low, high, *_ in clear
    }
    significance = max(peak[-1] for peak in clear)
    yield _Found(
        "unwatched_peak", list(held), significance, sentence, {"evaluation": {"windows": change}}
    )


def as_line(change: Mapping[str, Any]) -> str:
    """Return a change as a line of YAML in flow style, or what to remove.

    >>> as_line({"generator": {"hidden": [50, 6], "head": "linear"}})
    'generator: {hidden: [50, 6], head: linear}'
    >>> as_line({"datasets": {"toy": {"features": {"x": None, "y": None}}}})
    'remove datasets.toy.features.x, datasets.toy.features.y'
    """
    ends = list(_ends(change))
    if all(value is None for _, value in ends):
        return f"remove {', '.join(path for path, _ in ends)}"
    return ", ".join(f"{key}: {_flow(value)}" for key, value in change.items())


def _ends(change: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted path and the value of each leaf."""
    for key, value in change.items():
        if isinstance(value, dict):
            yield from _ends(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _flow(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = str(value)
    if isinstance(value, str) and set(value) & set(",:{}[]#"):
        return "'" + value.replace("'", "''") + "'"
    # YAML takes 1e-05 for a word.
    if isinstance(value, float) and "e" in text and "." not in text:
        return text.replace("e", ".0e")
    return text
