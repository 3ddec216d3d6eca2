"""Preflight: what stands in a recipe's way on a dataset, known before the first epoch."""

import logging

import numpy as np

from collapse.diagnosis import capacity, columns
from collapse.diagnosis.reach import head_bounds, out_of_reach
from collapse.events.external import is_external
from collapse.events.store import open_events
from collapse.files import write_json
from collapse.scaling import load_scaler

log = logging.getLogger(__name__)

# A smaller share beyond reach is a few bad tracks, not a truncated support.
NOTABLE = 0.001
# More batches than that without an event of a mode, and it is too rare for them: 3 expected events.
BATCHES_WITHOUT = 0.05
# What is nearer to an edge of the head than this share of its half-range has piled up there.
_EDGE = 0.01
# Looked at, at most: events, numbers, and numbers for the rank correlations.
_EVENTS, _NUMBERS, _RANKED = 100_000, 4_000_000, 400_000


def inspect(values, scaled, names, *, dataset, name, recipe, windows, sentinels=(), n_train=None):
    """Find what stands in a recipe's way on a dataset.

    The known modes are the windows; where there are none, a mode can't be said to be rare. Of
    samples from elsewhere nothing is known, so the features alone are looked at.

    Args:
        values: Training events, finite, float, shape (n, d), in physical units.
        scaled: The same as the recipe's scaler leaves them; None without one.
        names: The features' names.
        dataset: The dataset's name.
        name: The recipe's name.
        recipe: The complete recipe.
        windows: The config's `evaluation.windows`; those of other features are left out.
        sentinels: The dataset's `sentinels`.
        n_train: The number of training events, if these are only some of them.

    Returns:
        A dict that JSON can hold:

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
    reach = None if bounds is None else out_of_reach(scaled, *bounds)
    if reach:
        edges = [[float(edge) if np.isfinite(edge) else None for edge in side] for side in bounds]
        described = zip(reach["features"], *edges, strict=True)
        described = [feature | {"low": low, "high": high} for feature, low, high in described]
        reach = reach | {"features": dict(zip(names, described, strict=True))}
    modes = {}
    for window, cut in windows.items():
        if cut["feature"] in names and not is_external(recipe):
            column = values[:, names.index(cut["feature"])]
            share = float(np.mean((column >= cut["low"]) & (column < cut["high"])))
            expected, none = capacity.batch_of_mode(share, recipe["batch_size"])
            modes[window] = {"share": share, "expected": expected, "none": none}
    found = [
        *_support(reach, values, recipe),
        *_bottlenecks(recipe, len(names)),
        *_columns(values, scaled, names, dataset, recipe, sentinels),
        *_discriminator(recipe, len(names), sum(mode["share"] > 0 for mode in modes.values())),
        *_batches(modes, recipe, n_train or len(values)),
    ]
    findings = []
    for kind, features, value, sentence, change in found:
        cure = change if isinstance(change, str) else as_line(change)
        if isinstance(change, str):
            change = None
        elif not {"datasets", "evaluation"} & set(change):
            change = {"recipes": {name: change}}
        findings.append(
            {"kind": kind, "features": features, "value": value, "finding": sentence}
            | {"cure": cure, "change": change}
        )
    return {
        "dataset": dataset,
        "recipe": name,
        "head": head,
        "reach": reach,
        "discriminator": {
            "parameters": capacity.discriminator_parameters(recipe, len(names))
            if "discriminator" in recipe
            else None
        },
        "modes": modes,
        "findings": findings,
    }


# Each of these yields (kind, features, value, sentence, change), the worst first. A change is a
# merge patch of the recipe, or of the study if it has a section of it; or a sentence.


def _support(reach, values, recipe):
    if reach is None:
        return
    features = reach["features"]
    lost = {name: feature["not_finite"] for name, feature in features.items()}
    if worst := _sorted(lost, 0):
        sentence = f"The scaler {recipe['scaler']} makes no number of {_shares(lost, worst)}."
        yield "not_finite", worst, lost[worst[0]], sentence, {"scaler": "quantile"}
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
        yield "support_truncated", worst, reach["unreachable"], sentence, change


def _sorted(shares, limit):
    """List the names of the shares above a limit, the largest first."""
    return [n for n in sorted(shares, key=shares.get, reverse=True) if shares[n] > limit]


def _shares(shares, names, most=8):
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"{name} {shares[name]:.1%}" for name in names[:most]) + rest


def _bottlenecks(recipe, width):
    if is_external(recipe):
        return
    hidden = recipe.get("generator", {}).get("hidden", [])
    noise = capacity.noise_dimensions(recipe)
    change = {"generator": {"hidden": [max(units, width) for units in hidden]}}
    found = [(min(hidden, default=width), f"A layer of width {min(hidden, default=0)}", change)]
    change = {"noise": {"dimension": width + recipe["noise"]["dimension"] - noise}}
    found += [(noise, f"Noise of {noise} dimension{'s' * (noise != 1)}", change)]
    for narrowest, what, change in sorted(found, key=lambda entry: entry[0]):
        if narrowest < width:
            sentence = (
                f"{what} confines the generator to a surface of {narrowest} "
                f"dimension{'s' * (narrowest != 1)} among {width} features. It can match the real "
                "events only if they lie on such a surface themselves."
            )
            yield "bottleneck", [], narrowest, sentence, change


def _columns(values, scaled, names, dataset, recipe, sentinels):
    def without(feature):
        return {"datasets": {dataset: {"features": {feature: None}}}}

    ranked = _thinned(values, max(_RANKED // len(names), 1000))
    spikes, measured, labels = [], {}, []
    for i, name in enumerate(names):
        distinct, counts = columns.value_counts(values[:, i])
        if len(distinct) == 1:
            sentence = f"{name} has the one value {distinct[0]:g} in all events."
            labels.append(("constant", [name], 1, sentence, without(name)))
            continue
        if columns.is_discrete(distinct, counts):
            sentence = (
                f"{name} has {len(distinct)} distinct values. A generator puts out what lies "
                "between them as well, and a classifier knows that at sight. Learn one value at a "
                "time by the dataset's `selection`, or leave the feature out."
            )
            labels.append(("discrete", [name], len(distinct), sentence, without(name)))
            continue
        if scaled is not None:
            measured[name] = columns.tail_ratio(scaled[np.isfinite(scaled[:, i]), i])
        if spike := columns.find_spike(distinct, counts):
            at, share = spike
            # The shortest number that is the same float32, as `ingest` compares it.
            at = float(str(np.float32(at)))
            sentence = (
                f"{share:.1%} of the events have {name} = {at:g}. A continuous generator gives no "
                f"value a share: the best classifier's AUC is at least {(1 + share) / 2:.3f}. If "
                "it stands for a missing value, drop these events."
            )
            change = {"datasets": {dataset: {"sentinels": [*sentinels, at]}}}
            spikes.append(("spike", [name], share, sentence, change))
    yield from labels
    for first, second, correlation in columns.duplicates(ranked):
        sentence = (
            f"{names[second]} is a function of {names[first]} (rank correlation {correlation:g}): "
            "two features for one number."
        )
        pair = [names[first], names[second]]
        yield "duplicated", pair, abs(correlation), sentence, without(names[second])
    yield from spikes
    yield from _tails(measured, values, names, recipe)


def _tails(ratios, values, names, recipe):
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
    quantile = {"scaler": "quantile"}
    if recipe["scaler"] == "quantile":
        quantile = "a cut on these features in the dataset's `selection`"
    yield "heavy_tail", heavy, ratios[heavy[0]], sentence, quantile


def _discriminator(recipe, width, n_windows):
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
            f"The discriminator's first layer takes {sums} weighted sum{'s' * (sums != 1)} of "
            f"{width} features, so at any time it is blind to {width - sums} of their directions: "
            "what the generator does wrong along them costs it nothing."
        )
        yield "blind_discriminator", [], sums, sentence, change
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
        yield "weak_discriminator", [], learned, " ".join(reasons), change


def _batches(modes, recipe, n_events):
    if not modes:
        return
    batch = recipe["batch_size"]
    for window, mode in modes.items():
        if mode["share"] == 0:
            sentence = f"No training event is in the window {window}."
            yield "empty_window", [], 0, sentence, {"evaluation": {"windows": {window: None}}}
    missed = {name: mode["none"] for name, mode in modes.items() if mode["share"] > 0}
    if rare := _sorted(missed, BATCHES_WITHOUT):
        held = ", ".join(
            f"{name} {modes[name]['expected']:.2g} (none in {missed[name]:.0%} of the batches)"
            for name in rare
        )
        sentence = f"A batch of {batch} holds too few events of rare modes; on average {held}."
        larger = capacity.sufficient_batch(modes[rare[0]]["share"], batch, BATCHES_WITHOUT)
        # An epoch can't hold less than a batch.
        change = {"batch_size": larger} if larger <= n_events else f"more events of {rare[0]}"
        yield "rare_mode", [], missed[rare[0]], sentence, change


def as_line(change):
    """Return a change as a line of YAML in flow style, or what to remove.

    >>> as_line({"generator": {"hidden": [50, 6], "head": "linear"}})
    'generator: {hidden: [50, 6], head: linear}'
    >>> as_line({"datasets": {"toy": {"features": {"x": None}}}})
    'remove datasets.toy.features.x'
    """
    path, value = [], change
    while isinstance(value, dict) and len(value) == 1:
        ((key, value),) = value.items()
        path.append(key)
    if value is None:
        return f"remove {'.'.join(path)}"
    return ", ".join(f"{key}: {_flow(value)}" for key, value in change.items())


def _flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def check_reach(*, events, scaler, dataset, name, recipe, windows, sentinels, path):
    """Write what stands in a recipe's way on a dataset, and warn of the worst.

    At most 100,000 training events are looked at, fewer of more than 40 features, so that it takes
    less than a second: a share of a tenth is then known to 0.001.

    Args:
        events: Path of the events file.
        scaler: Path of the recipe's fitted scaler, None for samples from elsewhere.
        dataset: The dataset's name.
        name: The recipe's name.
        recipe: The complete recipe.
        windows: The config's `evaluation.windows`.
        sentinels: The dataset's `sentinels`.
        path: Where to write what `inspect` returns and `edges`, of `edges_of`, as JSON.
    """
    table = open_events(events)
    most = min(_EVENTS, max(_NUMBERS // len(table.names), 1000))
    train = table.split("train")
    values = _thinned(train, most)
    scaler = load_scaler(scaler) if scaler else None
    report = inspect(
        values, scaler.transform(values) if scaler else None, table.names,
        dataset=dataset, name=name, recipe=recipe, windows=windows, sentinels=sentinels,
        n_train=len(train),
    )  # fmt: skip
    write_json(path, report | {"edges": edges_of(report["reach"], scaler)})
    if not report["findings"]:
        log.info("%s on %s: nothing stands in its way.", name, dataset)
        return
    first, *others = report["findings"]
    more = f" Also: {', '.join(_unique(f['kind'] for f in others))}, see {path}." if others else ""
    line = "%s on %s: %s Cure: %s.%s"
    log.warning(line, name, dataset, first["finding"], first["cure"], more)


def edges_of(reach, scaler):
    """Return the edges of a bounded head in physical units, as `one_dimensional.edge_share` asks.

    Args:
        reach: What `inspect` found, or None.
        scaler: The recipe's fitted scaler.

    Returns:
        Feature -> the lower edge, what lies 1 % of the half-range above it and below the upper
        edge, and the upper edge; without features that have no edges.
    """
    if reach is None:
        return {}
    bounds = [
        (feature["low"], feature["high"]) if feature["low"] is not None else (0.0, 0.0)
        for feature in reach["features"].values()
    ]
    low, high = np.array(bounds).T
    margin = _EDGE * (high - low) / 2
    edges = scaler.inverse_transform(np.stack([low, low + margin, high - margin, high])).T
    return {
        name: edges[i].tolist()
        for i, (name, feature) in enumerate(reach["features"].items())
        if feature["low"] is not None and np.isfinite(edges[i]).all()
    }


def _thinned(values, most):
    """Return at most so many rows, evenly spread."""
    return np.asarray(values[:: -(-len(values) // most)])


def _unique(names):
    return list(dict.fromkeys(names))
