"""Each trick against an independent computation in float64 NumPy."""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
import yaml
from collapse.errors import InputError
from collapse.gan import registry
from collapse.gan.engine import Engine
from collapse.gan.hooks import Generated, Judged, Setup
from collapse.gan.networks import build_discriminator, build_generator
from collapse.gan.noise import Noise
from collapse.planning.recipes import complete_recipe
from collapse.streams import Stream

SHIPPED = yaml.safe_load((Path(__file__).resolve().parents[2] / "config/recipes.yaml").read_text())
D = 3
N = 8
SMALL = {
    "extends": "capable",
    "batch_size": N,
    "generator": {"hidden": [6, 5]},
    "discriminator": {"hidden": [6, 5]},
    "noise": {"dimension": 4},
}


def recipe(**changes):
    recipes = {"base": SMALL, "mine": {"extends": "base"} | changes}
    return complete_recipe("mine", recipes, SHIPPED)


def setup(options, **changes):
    given = {
        "recipe": options, "n_features": D, "features": ["a", "b", "c"], "seed": 1,
        "discriminator_steps": 1, "epoch_steps": lambda: 10, "generator": None,
        "discriminator": None, "optimizers": {},
    }  # fmt: skip
    return Setup(**given | changes)


def hook(key, value, **changes):
    options = recipe()
    module = next(m for m in registry.modules() if key in m.TRICK.keys and not m.TRICK.choice)
    if isinstance(value, dict):
        value = registry.defaults(module.TRICK) | value
    return module.build(value, setup(options, **changes))


def filled(trick, update=0, seed=1):
    out = {name: np.zeros(shape, dtype) for name, (shape, dtype) in trick.feeds.items()}
    trick.fill(out, np.random.default_rng(seed), update)
    return out


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, N, D)).astype(np.float32)


@pytest.fixture(scope="module")
def data():
    return np.random.default_rng(0).normal(size=(80, D)).astype(np.float32)


def slope(function, at, step=1e-6):
    """The gradient of a float64 function by central differences."""
    gradient = np.zeros_like(at)
    for i in np.ndindex(at.shape):
        ahead, behind = at.copy(), at.copy()
        ahead[i] += step
        behind[i] -= step
        gradient[i] = (function(ahead) - function(behind)) / (2 * step)
    return gradient


def log_sigmoid(x):
    return -np.logaddexp(0, -x)


def mean(*terms):
    return sum(np.mean(term) for term in terms)


# D's and G's loss of logits on real and generated events, as the papers write them.
LOSSES = {
    "non_saturating": (
        lambda r, f: -mean(log_sigmoid(r), log_sigmoid(-f)) / 2,
        lambda r, f: -mean(log_sigmoid(f)),
    ),
    "saturating": (
        lambda r, f: -mean(log_sigmoid(r), log_sigmoid(-f)) / 2,
        lambda r, f: mean(log_sigmoid(-f)),
    ),
    "least_squares": (
        lambda r, f: mean((r - 1) ** 2, f**2) / 2,
        lambda r, f: mean((f - 1) ** 2) / 2,
    ),
    "hinge": (
        lambda r, f: mean(np.maximum(0, 1 - r), np.maximum(0, 1 + f)),
        lambda r, f: -mean(f),
    ),
    "wasserstein": (lambda r, f: mean(f) - mean(r), lambda r, f: -mean(f)),
    "relativistic_pairing": (
        lambda r, f: -mean(log_sigmoid(r - f)),
        lambda r, f: -mean(log_sigmoid(f - r)),
    ),
    "relativistic_average": (
        lambda r, f: -mean(log_sigmoid(r - f.mean()), log_sigmoid(r.mean() - f)) / 2,
        lambda r, f: -mean(log_sigmoid(f - r.mean()), log_sigmoid(f.mean() - r)) / 2,
    ),
}


def test_every_loss_is_tested():
    schema = registry.extend_schema(
        yaml.safe_load((Path(__file__).resolve().parents[2] / "config/schema.yaml").read_text())
    )
    known = schema["$defs"]["recipe"]["properties"]["loss"]["enum"]
    assert set(known) - {None} == set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients(name):
    loss, rng = registry.chosen({"loss": name}, "loss"), np.random.default_rng(3)
    real, fake = rng.normal(0, 2, (2, 5, 1))
    expected, expected_generator = LOSSES[name]
    r, f = tf.constant(real, tf.float32), tf.constant(fake, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([r, f])
        if hasattr(loss, "pairs"):
            ours = tf.reduce_mean(loss.pairs(r, f))
        else:
            targets = tf.concat([tf.ones((5, 1)), tf.zeros((5, 1))], axis=0)
            ours = tf.reduce_mean(loss.discriminator(tf.concat([r, f], axis=0), targets))
        generator = tf.reduce_mean(loss.generator(f, r))
    np.testing.assert_allclose(ours, expected(real, fake), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(generator, expected_generator(real, fake), rtol=1e-5, atol=1e-6)
    for value, formula in ((ours, expected), (generator, expected_generator)):
        by_fake = slope(lambda x, g=formula: g(real, x), fake)
        np.testing.assert_allclose(tape.gradient(value, f), by_fake, atol=1e-5)
    np.testing.assert_allclose(
        tape.gradient(ours, r), slope(lambda x: expected(x, fake), real), atol=1e-5
    )


@pytest.mark.parametrize("name", ["non_saturating", "saturating", "hinge", "relativistic_pairing"])
def test_losses_do_not_overflow(name):
    loss = registry.chosen({"loss": name}, "loss")
    far = tf.constant([[-1e4], [1e4]])
    assert np.isfinite(loss.generator(far, far[::-1])).all()


# A discriminator whose gradient is known: D(x) = x'Ax / 2 has the gradient Ax.
A = np.array([[1.0, 0.3, 0], [0.3, -0.5, 0.2], [0, 0.2, 2]])


def quadratic(x):
    return tf.reduce_sum(x @ tf.constant(A, x.dtype) * x, axis=1, keepdims=True) / 2


def judged(events, fed):
    real, fake = map(tf.constant, events)
    with tf.GradientTape() as tape:
        tape.watch((real, fake))
        logits = tf.concat([quadratic(real), quadratic(fake)], axis=0)
    return Judged(quadratic, real, fake, logits, tape.gradient(logits, (real, fake)), fed)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_gradient_penalties(events):
    real, fake = np.float64(events)
    squares = [np.sum((x @ A) ** 2, axis=1) for x in (real, fake)]
    logits = [np.sum(x @ A * x, axis=1) / 2 for x in (real, fake)]
    r1 = hook("penalties.r1", {}).penalty(judged(events, {}))
    np.testing.assert_allclose(r1, 10 / 2 * squares[0].mean(), rtol=1e-5)
    r2 = hook("penalties.r2", {"gamma": 0.1}).penalty(judged(events, {}))
    np.testing.assert_allclose(r2, 0.1 / 2 * squares[1].mean(), rtol=1e-5)
    roth = hook("penalties.roth", {}).penalty(judged(events, {}))
    expected = mean(
        (1 - sigmoid(logits[0])) ** 2 * squares[0], sigmoid(logits[1]) ** 2 * squares[1]
    )
    np.testing.assert_allclose(roth, 1e-3 * expected, rtol=1e-5)

    penalty = hook("penalties.gradient_penalty", {})
    fed = filled(penalty)
    between = fed["share"] * real + (1 - fed["share"]) * fake
    norms = np.linalg.norm(between @ A, axis=1)
    np.testing.assert_allclose(
        penalty.penalty(judged(events, fed)), 10 * np.mean((norms - 1) ** 2), rtol=1e-5
    )
    dragan = hook("penalties.dragan", {})
    fed = filled(dragan)
    norms = np.linalg.norm((real + 0.5 * real.std() * fed["offset"]) @ A, axis=1)
    np.testing.assert_allclose(
        dragan.penalty(judged(events, fed)), 10 * np.mean((norms - 1) ** 2), rtol=1e-5
    )


def test_a_gradient_penalty_trains_the_discriminator(data):
    """The second derivative, by finite differences of the loss in a weight."""
    options = recipe(penalties={"r1": {"gamma": 3.0}})
    engine = Engine(options, D, seed=1)
    real, fake = tf.constant(data[:N]), tf.constant(data[N : 2 * N])
    with tf.GradientTape() as tape:
        loss = engine._loss_of_both(real, fake, {})
    kernel = engine.discriminator.trainable_variables[2]
    ours = tape.gradient(loss, kernel.value).numpy()[0]

    def at(value):
        weights = [w.numpy().astype(np.float64) for w in engine.discriminator.trainable_variables]
        weights[2][0] = value
        logits, slopes = [], []
        for x in (real, fake):
            x, chain = np.float64(x), np.eye(D)
            for i in (0, 2, 4):
                x, chain = x @ weights[i] + weights[i + 1], chain @ weights[i]
                if i < 4:
                    leak = np.where(x > 0, 1, 0.2)
                    x, chain = x * leak, chain * leak[:, None]
            logits.append(x)
            slopes.append(chain[..., 0])
        base = -mean(log_sigmoid(logits[0]), log_sigmoid(-logits[1])) / 2
        return base + 3 / 2 * np.mean(np.sum(slopes[0] ** 2, axis=1))

    start = kernel.numpy()[0].astype(np.float64)
    np.testing.assert_allclose(loss, at(start), rtol=1e-5)
    np.testing.assert_allclose(ours, slope(at, start), rtol=1e-3, atol=1e-5)


def test_lecam(events):
    penalty = hook("penalties.lecam", {})
    averages, rng = np.zeros(2), np.random.default_rng(1)
    for _ in range(4):
        logits = rng.normal(1, 2, (2, N, 1))
        shown = SimpleNamespace(
            real_logits=tf.constant(logits[0], tf.float32),
            fake_logits=tf.constant(logits[1], tf.float32),
        )
        ours = penalty.penalty(shown)
        averages = 0.99 * averages + 0.01 * logits.mean(axis=(1, 2))
        expected = mean(
            np.maximum(0, logits[0] - averages[1]) ** 2, np.maximum(0, averages[0] - logits[1]) ** 2
        )
        np.testing.assert_allclose(ours, 0.3 * expected, rtol=1e-5)
    np.testing.assert_allclose([v.numpy() for v in penalty.variables], averages, rtol=1e-5)


def test_historical_averaging(data):
    engine = Engine(recipe(penalties={"historical_averaging": {"weight": 0.5}}), D, seed=1)
    term = engine._hooks["penalties.historical_averaging"]
    seen = [np.concatenate([w.ravel() for w in engine.discriminator.get_weights()])]
    assert term.weight_term("discriminator", engine.discriminator.trainable_variables, {}) == 0
    for _ in range(4):
        engine.advance(data, 1)
        seen.append(np.concatenate([w.ravel() for w in engine.discriminator.get_weights()]))
    means = np.concatenate([m.numpy().ravel() for m in term._means["discriminator"]])
    np.testing.assert_allclose(means, np.mean(seen, axis=0), rtol=1e-5, atol=1e-6)
    ours = term.weight_term("discriminator", engine.discriminator.trainable_variables, {})
    np.testing.assert_allclose(ours, 0.5 * np.sum((seen[-1] - means) ** 2), rtol=1e-3)


def test_averaging_of_weights(data):
    options = recipe(averaging={"decay": 0.9}, generator={"normalisation": "batch"})
    engine = Engine(options, D, seed=1)
    expected = [np.float64(w) for w in engine.generator.get_weights()]
    trained = [w.trainable for w in engine.generator.weights]
    for _ in range(5):
        engine.advance(data, 1)
        now = engine.generator.get_weights()
        expected = [
            0.9 * e + 0.1 * w if t else w for e, w, t in zip(expected, now, trained, strict=True)
        ]
    for ours, theirs in zip(engine.sampler.get_weights(), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    noise = Noise(options, 1, "x").draw(5, 0)
    np.testing.assert_array_equal(engine.generate(noise), engine.sampler(noise, training=False))
    assert not np.allclose(engine.generate(noise), engine.generator(noise, training=False))


def test_spectral_normalisation_divides_by_the_largest_singular_value():
    network = build_discriminator(recipe(discriminator={"normalisation": "spectral"}), D, seed=1)
    layer = network.get_layer("discriminator_hidden2")
    kernel, bias, _ = layer.get_weights()
    layer.set_weights([kernel, bias + 0.5, layer.get_weights()[2]])
    x = np.random.default_rng(0).normal(size=(N, 6)).astype(np.float32)
    expected = x @ kernel / np.linalg.svd(kernel, compute_uv=False)[0] + 0.5
    for _ in range(100):
        ours = layer(x, training=True)
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer(x, training=False), expected, rtol=1e-4, atol=1e-5)


def test_spectral_normalisation_has_the_gradient_of_the_quotient():
    network = build_discriminator(recipe(discriminator={"normalisation": "spectral"}), D, seed=1)
    layer = network.get_layer("discriminator_hidden2")
    x = np.random.default_rng(0).normal(size=(N, 6)).astype(np.float32)
    for _ in range(200):
        layer(x, training=True)
    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(x, training=True) ** 2)
    ours = tape.gradient(value, layer.kernel.value)

    def at(kernel):
        return np.sum((np.float64(x) @ kernel / np.linalg.svd(kernel, compute_uv=False)[0]) ** 2)

    np.testing.assert_allclose(ours, slope(at, np.float64(layer.kernel)), rtol=1e-3, atol=1e-3)


def test_minibatch_discrimination():
    options = recipe(
        batches="split",
        discriminator={"minibatch_discrimination": {"kernels": 4, "dimension": 2}},
    )
    network = build_discriminator(options, D, seed=1)
    layer = network.get_layer("discriminator_minibatch_discrimination")
    features = np.random.default_rng(0).normal(size=(N, 5)).astype(np.float32)
    placed = (np.float64(features) @ layer.get_weights()[0]).reshape(N, 4, 2)
    expected = np.zeros((N, 4))
    for i in range(N):
        for j in range(N):
            expected[i] += np.exp(-np.abs(placed[i] - placed[j]).sum(axis=1))
    np.testing.assert_allclose(layer(features), expected, rtol=1e-5)
    assert network.get_layer("discriminator_head").kernel.shape == (5 + 4, 1)


def test_minibatch_standard_deviation():
    options = recipe(batches="split", discriminator={"minibatch_stddev": {}})
    network = build_discriminator(options, D, seed=1)
    features = np.random.default_rng(0).normal(size=(N, 5)).astype(np.float32)
    ours = network.get_layer("discriminator_minibatch_stddev")(features).numpy()[:, 0]
    for i in range(N // 4):
        group = features[i :: N // 4]
        np.testing.assert_allclose(ours[i :: N // 4], group.std(axis=0).mean(), rtol=1e-5)


def test_a_discriminator_that_compares_judges_in_batches_of_training():
    options = recipe(batches="split", discriminator={"minibatch_stddev": {}})
    engine = Engine(options, D, seed=1)
    events = np.random.default_rng(0).normal(size=(2 * N + 3, D)).astype(np.float32)
    ours = engine.judge(events)
    assert ours.shape == (2 * N + 3,)
    np.testing.assert_allclose(
        ours[:N], engine.discriminator(events[:N], training=False)[:, 0], rtol=1e-5
    )


def test_packing_grows_the_first_layer_only(data):
    plain, packed = (
        build_discriminator(recipe(**options), D, seed=1) for options in ({}, {"packing": 4})
    )
    shapes = [[w.shape for w in network.get_weights()] for network in (plain, packed)]
    assert shapes[0][0] == (D, 6)
    assert shapes[1][0] == (4 * D, 6)
    assert shapes[0][1:] == shapes[1][1:]
    real, fake = hook("packing", 4).show(
        tf.constant(data[:N]), tf.constant(data[N : 2 * N]), {}, generating=False
    )
    np.testing.assert_array_equal(real, [np.concatenate(data[:4]), np.concatenate(data[4:8])])
    assert fake.shape == (2, 4 * D)
    engine = Engine(recipe(packing=4), D, seed=1)
    engine.advance(data, 2)
    logits = engine.judge(data[:5])
    expected = engine.discriminator(np.concatenate(data[[3, 4, 0, 1]])[None], training=False)
    np.testing.assert_allclose(logits[3], expected[0, 0], rtol=1e-5)


def test_replay_is_the_pool_of_cyclegan():
    trick = hook("replay", {"size": 3})
    rng = np.random.default_rng(5)
    pools = [[] for _ in range(N)]
    exchanged = 0
    for update in range(12):
        fake = rng.normal(size=(N, D)).astype(np.float32)
        fed = filled(trick, update, seed=update)
        keyed = np.random.default_rng(update)
        slots, old = keyed.integers(3, size=N), keyed.random(N) < 0.5
        shown = trick.show(None, tf.constant(fake), fed, generating=False)[1].numpy()
        for i, pool in enumerate(pools):
            expected = fake[i]
            if len(pool) < 3:
                pool.append(fake[i])
            elif old[i]:
                expected, pool[slots[i]] = pool[slots[i]], fake[i]
                exchanged += 1
            np.testing.assert_array_equal(shown[i], expected)
    assert exchanged > 20
    np.testing.assert_array_equal(trick.variables[0], np.swapaxes(pools, 0, 1))
    untouched = tf.constant(fake)
    assert trick.show(None, untouched, fed, generating=True)[1] is untouched


def test_labels_are_smoothed_drawn_and_flipped():
    smooth = filled(hook("labels", {}))["labels"][:, 0]
    np.testing.assert_allclose(smooth, [0.9] * N + [0] * N, rtol=1e-6)
    trick = hook("labels", {"real": [0.7, 1.2], "fake": [0.0, 0.3], "flips": 0.05})
    drawn = np.stack([filled(trick, i, seed=i)["labels"][:, 0] for i in range(2000)])
    real, fake = drawn[:, :N].ravel(), drawn[:, N:].ravel()
    for flipped in (real < 0.5, fake > 0.5):
        assert abs(flipped.mean() - 0.05) < 0.007
    kept = real[real > 0.5]
    assert 0.7 <= kept.min() < 0.71
    assert 1.19 < kept.max() <= 1.2
    assert abs(kept.mean() - 0.95) < 0.01


def test_instance_noise_fades():
    trick = hook("noise.instance", {"sigma": 0.4, "epochs": 3}, discriminator_steps=2)
    for update, sigma in ((0, 0.4), (30, 0.2), (60, 0), (100, 0)):
        noise = np.stack([filled(trick, update, seed=i)["noise"] for i in range(200)])
        np.testing.assert_allclose(noise.std(), sigma, atol=0.01)
    fed = filled(trick)
    x = tf.zeros((N, D))
    real, fake = trick.show(x, x, fed, generating=True)
    np.testing.assert_array_equal(np.stack([real, fake]), fed["noise"])


def test_top_k():
    trick = hook("top_k", {})
    logits = np.array([[3.0], [-1], [5], [0], [2], [7], [-4], [1]], np.float32)
    losses = logits**2
    for update, k in ((0, 8), (9, 8), (10 * 30, 6), (10 * 500, 4)):
        fed = filled(trick, update)
        assert fed["count"] == k
        best = sorted(logits[:, 0], reverse=True)[:k]
        np.testing.assert_allclose(
            trick.weigh(tf.constant(losses), tf.constant(logits), fed), np.mean(np.square(best))
        )


def test_dropout_in_the_generator_stays_on():
    options = recipe(generator={"dropout": 0.4, "hidden": [200, 100]})
    generator = build_generator(options, D, seed=1)
    noise = Noise(options, 1, "x")
    drawn = noise.draw(50, 3)
    assert drawn.shape == (50, noise.width) == (50, 4 + 300)
    np.testing.assert_array_equal(
        drawn[:, :4], Noise(options["noise"], 1, "x").draw(50, 3), "the noise proper is the same"
    )
    weights = [np.float64(w) for w in generator.get_weights()]
    x, masks = np.float64(drawn[:, :4]), drawn[:, 4:]
    for i, mask in ((0, masks[:, :200]), (2, masks[:, 200:])):
        x = x @ weights[i] + weights[i + 1]
        x = np.where(x > 0, x, 0.2 * x) * (mask >= 0.4) / 0.6
    expected = x @ weights[4] + weights[5]
    np.testing.assert_allclose(generator(drawn, training=False), expected, rtol=1e-3, atol=1e-5)
    assert abs((masks >= 0.4).mean() - 0.6) < 0.02


def test_dropout_in_the_discriminator_is_keyed():
    network = build_discriminator(recipe(discriminator={"dropout": 0.4}), D, seed=1)
    layer = network.get_layer("discriminator_hidden1_dropout")
    x = tf.ones((500, 6))
    np.testing.assert_array_equal(layer(x, training=False), x)

    def draw(key):
        layer.set_key(tf.constant(key))
        return layer(x, training=True).numpy(), layer(x, training=True).numpy()

    first, second = draw([1, 2])
    np.testing.assert_array_equal(draw([1, 2]), (first, second))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, draw([1, 3])[0])
    np.testing.assert_allclose(np.unique(first), [0, 1 / 0.6], rtol=1e-6)
    assert abs((first == 0).mean() - 0.4) < 0.03


def test_batch_normalisation_sees_what_its_batches_hold(data):
    real, fake = tf.constant(data[:N]), tf.constant(data[N : 2 * N] + 3)
    network = build_discriminator(recipe(discriminator={"normalisation": "batch"}), D, seed=1)
    names = [layer.name for layer in network.layers if "normalised" in layer.name]
    assert names == ["discriminator_hidden2_normalised"], "not of the first layer"
    apart = keras.Model(network.inputs, network.get_layer(names[0]).output)

    def seen(batches):
        module = registry.chosen({"batches": batches}, "batches")
        return module.judge(lambda x: apart(x, training=True), real, fake).numpy()

    joint, split = seen("joint"), seen("split")
    np.testing.assert_allclose(joint.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(split[:N].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(split[N:].mean(axis=0), 0, atol=1e-5)
    assert abs(joint[:N].mean(axis=0)).max() > 0.1


def test_layer_normalisation():
    network = build_generator(recipe(generator={"normalisation": "layer"}), D, seed=1)
    layer = network.get_layer("generator_hidden1_normalised")
    x = np.random.default_rng(0).normal(2, 3, (N, 6)).astype(np.float32)
    expected = (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-4, atol=1e-5)


def test_separate_batches_are_two_updates_in_plain_keras(data):
    options = recipe(batches="separate")
    engine = Engine(options, D, seed=3)
    logits = keras.models.clone_model(engine.discriminator)
    logits.set_weights(engine.discriminator.get_weights())
    shown = keras.Input((D,))
    theirs = keras.Model(shown, keras.layers.Activation("sigmoid")(logits(shown)))
    theirs.compile("adam", "binary_crossentropy")
    theirs.optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
    z = Noise(options, 3, "noise").draw(N, 0)
    real = data[Stream(3, "order").at(0).integers(len(data), size=N)]
    fake = engine.generator(z, training=True).numpy()
    record = engine.advance(data, 1)
    losses = [
        theirs.train_on_batch(real, np.ones((N, 1))),
        theirs.train_on_batch(fake, np.zeros((N, 1))),
    ]
    for a, b in zip(engine.discriminator.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-6)
    assert abs(record[0, 0] - losses[0] / 2 - losses[1] / 2) < 0.01


def test_several_updates_of_the_discriminator_see_events_of_their_own(data):
    options = recipe(
        updates={"discriminator_steps": 3}, loss="wasserstein", clipping=0.05,
        optimizers={"discriminator": {"name": "SGD", "learning_rate": 0.01, "beta_1": None}},
    )  # fmt: skip
    engine = Engine(options, D, seed=3)
    copy = build_discriminator(options, D, seed=3)
    z = Noise(options, 3, "noise").draw(3 * N, 0)
    real = data[Stream(3, "order").at(0).integers(len(data), size=3 * N)]
    fake = engine.generator(z).numpy()
    engine.advance(data, 1)
    for j in range(3):
        rows = slice(j * N, (j + 1) * N)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(copy(fake[rows])) - tf.reduce_mean(copy(real[rows]))
        for w, g in zip(
            copy.trainable_variables,
            tape.gradient(loss, [w.value for w in copy.trainable_variables]),
            strict=True,
        ):
            w.assign(np.clip(w.numpy() - 0.01 * g.numpy(), -0.05, 0.05))
    for a, b in zip(engine.discriminator.get_weights(), copy.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("option", "trained"),
    [
        ("discriminator_every_epochs", [1, 1, 1, 0, 0, 0, 1, 1, 1, 0]),
        ("discriminator_every_steps", [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]),
    ],
)
def test_the_discriminator_rests(option, trained, data):
    engine = Engine(recipe(updates={option: 2}), D, seed=1, steps_per_epoch=3)
    moved = []
    for _ in trained:
        before = [*engine.discriminator.get_weights(), *engine.generator.get_weights()]
        record = engine.advance(data, 1)
        after = [*engine.discriminator.get_weights(), *engine.generator.get_weights()]
        still = [np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
        assert not all(still[6:]), "the generator never rests"
        assert any(still[:6]) == all(still[:6])
        assert (record[0, 2] > 0) != still[0]
        moved.append(int(not still[0]))
    assert moved == trained


def test_the_range_head_covers_the_training_events(data):
    engine = Engine(recipe(generator={"head": "range"}, averaging={}), D, seed=1)
    engine.compile(data)
    low, high = data.min(axis=0), data.max(axis=0)
    for network in (engine.generator, engine.sampler):
        kernel, bias = network.get_layer("generator_head").get_weights()
        for value, edge in ((-1e3, low), (1e3, high)):
            network.get_layer("generator_head").set_weights([0 * kernel, 0 * bias + value])
            np.testing.assert_allclose(network(np.zeros((1, 4)))[0], edge, rtol=1e-6, atol=1e-6)
    assert len(engine.generator.trainable_variables) == 6


@pytest.mark.parametrize(
    ("initialiser", "spread"),
    [
        ({"name": "fan_in"}, (1 / 3 / 400) ** 0.5),
        ({"name": "normal"}, 0.02),
        ({"name": "normal", "scale": 0.5}, 0.5),
        ({"name": "he_normal"}, (2 / 400) ** 0.5),
        ({"name": "he_uniform"}, (2 / 400) ** 0.5),
        ({"name": "lecun_normal"}, (1 / 400) ** 0.5),
        ({"name": "glorot_normal"}, (2 / 700) ** 0.5),
        ({"name": "glorot_uniform"}, (2 / 700) ** 0.5),
        ({"name": "orthogonal", "scale": 1.4}, 1.4 / 400**0.5),
    ],
)
def test_initialisers(initialiser, spread):
    options = recipe(generator={"initialiser": initialiser, "hidden": [300]})
    options["noise"]["dimension"] = 400
    kernel, bias, *_ = build_generator(options, D, seed=1).get_weights()
    np.testing.assert_allclose(kernel.std(), spread, rtol=0.02)
    if initialiser["name"] == "fan_in":
        assert 0.9 / 20 < abs(bias).max() <= 1 / 20
    else:
        assert not bias.any()
    if initialiser["name"] == "orthogonal":
        np.testing.assert_allclose(kernel.T @ kernel, 1.4**2 * np.eye(300), atol=1e-4)


@pytest.mark.parametrize(
    ("name", "kurtosis"), [("normal", 3), ("uniform", 1.8), ("laplace", 6), ("sphere", 3 * 50 / 52)]
)
def test_noise_distributions(name, kurtosis):
    z = np.float64(Noise({"dimension": 50, "distribution": name}, 1, "n").draw(20000, 0))
    assert abs(z.mean()) < 0.01
    variance = 1 / 3 if name == "uniform" else 1
    np.testing.assert_allclose(z.var(), variance, rtol=0.01)
    np.testing.assert_allclose(np.mean(z**4) / z.var() ** 2, kurtosis, rtol=0.02)
    if name == "sphere":
        np.testing.assert_allclose(np.sum(z**2, axis=1), 50, rtol=1e-5)


def generated(events, noise=None, fed=None):
    real, fake = map(tf.constant, events)
    return Generated(noise, fake, real, tf.sin, fed or {})


def test_objectives(events):
    real, fake = np.float64(events)
    ours = hook("objectives.feature_matching", {}).objective(generated(events))
    expected = np.sum((np.sin(real).mean(axis=0) - np.sin(fake).mean(axis=0)) ** 2)
    np.testing.assert_allclose(ours, expected, rtol=1e-4)

    z = np.random.default_rng(1).normal(size=(N, 4)).astype(np.float32)
    ours = hook("objectives.msgan", {}).objective(generated(events, tf.constant(z)))
    half = N // 2
    ratio = abs(fake[:half] - fake[half:]).mean() / abs(np.float64(z[:half] - z[half:])).mean()
    np.testing.assert_allclose(ours, 1 / (ratio + 1e-5), rtol=1e-5)

    for kernel, k in (
        ("gaussian", lambda x: np.exp(-(x**2) / 2)),
        ("breit_wigner", lambda x: 1 / (1 + x**2)),
    ):
        value = {"feature": "b", "kernel": kernel, "width": 0.3, "weight": 2.0}
        ours = hook("objectives.mmd", value).objective(generated(events))
        a, b = real[:, 1], fake[:, 1]
        expected = 0
        for x, y, sign in ((a, a, 1), (b, b, 1), (a, b, -2)):
            expected += sign * np.mean(k(np.subtract.outer(x, y) / 0.3))
        np.testing.assert_allclose(ours, 2 * expected, rtol=1e-4)
    with pytest.raises(InputError, match=r"no feature is called 'd'"):
        hook("objectives.mmd", {"feature": "d"})


def test_gdpp(events):
    """By the kernel over events, as in the paper, where the cosines don't come in."""
    normalised = [np.sin(np.float64(x)) for x in events]
    normalised = [x / np.linalg.norm(x, axis=1, keepdims=True) for x in normalised]
    over_events = [np.linalg.eigvalsh(x @ x.T) for x in normalised]
    ours = hook("objectives.gdpp", {"magnitude": 1.0, "structure": 0.0}).objective(
        generated(events)
    )
    expected = np.mean((over_events[0] - over_events[1]) ** 2)
    np.testing.assert_allclose(ours, expected, rtol=1e-4)
    (real, axes), (_, others) = (np.linalg.eigh(x.T @ x) for x in normalised)
    importance = (real - real.min()) / (real.max() - real.min())
    ours = hook("objectives.gdpp", {"magnitude": 0.0}).objective(generated(events))
    expected = -np.sum(importance * abs(np.sum(axes * others, axis=0)))
    np.testing.assert_allclose(ours, expected, rtol=1e-4)


def test_veegan_learns_the_noise(events):
    trick = hook("objectives.veegan", {"learning_rate": 0.01})
    z = np.random.default_rng(1).normal(size=(N, 4)).astype(np.float32)
    given = generated(events, tf.constant(z))
    weights = [np.float64(w) for w in trick.network.get_weights()]
    x = np.float64(events[1])
    for i in (0, 2, 4):
        x = x @ weights[i] + weights[i + 1]
        x = np.where((x > 0) | (i == 4), x, 0.2 * x)
    first = trick.objective(given)
    np.testing.assert_allclose(first, np.mean(np.sum((z - x) ** 2, axis=1)), rtol=1e-4)
    for _ in range(50):
        trick.after_generator(given)
    assert trick.objective(given) < first / 2


def test_a_term_of_the_generator_reaches_its_weights(data):
    """G's gradient with an objective, by finite differences in one weight."""
    engine = Engine(recipe(objectives={"msgan": {"weight": 2.0}}), D, seed=1)
    z = tf.constant(Noise(engine._recipe, 1, "noise").draw(N, 0))
    kernel = engine.generator.trainable_variables[-2]

    def loss():
        fake = engine.generator(z, training=True)
        return engine._generator_loss(z, tf.constant(data[:N]), fake, {})[0]

    with tf.GradientTape() as tape:
        value = loss()
    ours = tape.gradient(value, kernel.value).numpy()[0]
    start, differences = kernel.numpy(), []
    for i in range(D):
        values = []
        for sign in (1, -1):
            moved = start.copy()
            moved[0, i] += sign * 2e-3
            kernel.assign(moved)
            values.append(float(loss()))
        differences.append((values[0] - values[1]) / 4e-3)
    np.testing.assert_allclose(ours, differences, rtol=2e-2, atol=1e-3)


def test_unrolling_differentiates_through_the_updates(data):
    """A logistic regression as D, followed by hand through its updates."""
    rate, steps = 0.7, 3
    options = recipe(
        updates={"unrolled": steps},
        discriminator={"hidden": []},
        optimizers={"discriminator": {"name": "SGD", "learning_rate": rate, "beta_1": None}},
    )
    engine = Engine(options, D, seed=1)
    real, start = data[:N], np.float64(data[N : 2 * N])
    w0, b0 = (np.float64(w) for w in engine.discriminator.get_weights())

    def at(fake):
        w, b = w0[:, 0].copy(), b0[0]
        for _ in range(steps):
            errors = np.concatenate([sigmoid(real @ w + b) - 1, sigmoid(fake @ w + b)]) / (2 * N)
            w, b = (
                w - rate * errors @ np.concatenate([real, fake]),
                b - rate * errors.sum(),
            )
        return -np.mean(log_sigmoid(fake @ w + b))

    fake = tf.constant(start, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(fake)
        loss, _ = engine._generator_loss(None, tf.constant(real), fake, {})
    ours = tape.gradient(loss, fake)
    np.testing.assert_allclose(loss, at(start), rtol=1e-5)
    np.testing.assert_allclose(ours, slope(at, start), rtol=1e-3, atol=1e-6)
    plain = Engine(options | {"updates": {}}, D, seed=1)
    with tf.GradientTape() as tape:
        tape.watch(fake)
        loss, _ = plain._generator_loss(None, tf.constant(real), fake, {})
    assert abs(tape.gradient(loss, fake) - ours).numpy().max() > 1e-3


def test_unrolled_updates_are_those_of_adam(data):
    options = recipe(updates={"unrolled": 3})
    engine = Engine(options, D, seed=1)
    engine.advance(data, 4)
    real, fake = tf.constant(data[:N]), tf.constant(data[N : 2 * N])
    trick = engine._hooks["updates.unrolled"]
    critic = trick.critic(lambda critic: engine._plain_loss(real, fake, {}, critic))
    x = data[:5]
    ours, before = critic(x).numpy(), engine.discriminator(x).numpy()
    for _ in range(3):
        engine._update_discriminator(lambda: engine._loss_of_both(real, fake, {}), {})
    np.testing.assert_allclose(ours, engine.discriminator(x), rtol=1e-4, atol=1e-6)
    assert abs(ours - before).max() > 1e-4


# Keras 3.15 asks TensorFlow for arrays as NumPy 1 did.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize(
    "generator",
    [
        {"dropout": 0.5, "head": "range"},
        {"normalisation": "batch", "head": "tanh"},
        {"normalisation": "layer", "initialiser": {"name": "fan_in"}},
    ],
)
def test_a_generator_loads_in_plain_keras(generator, tmp_path):
    options = recipe(generator=generator)
    network = build_generator(options, D, seed=1)
    network.save(tmp_path / "g.keras")
    loaded = keras.models.load_model(tmp_path / "g.keras", safe_mode=True, compile=False)
    z = Noise(options, 1, "n").draw(5, 0)
    np.testing.assert_array_equal(loaded(z), network(z, training=False))
    assert {type(layer).__module__.split(".")[0] for layer in network.layers} == {"keras"}
