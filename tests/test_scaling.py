import hashlib
import logging
import subprocess
import sys

import h5py
import numpy as np
import pytest
from collapse.errors import InputError
from collapse.scaler_kinds import KINDS
from collapse.scaling import fit_scaler, load_scaler, save_scaler

NAMES = ["pt", "eta"]


def events(n=3000, seed=0):
    rng = np.random.default_rng(seed)
    return np.stack([3 + rng.exponential(10, n), rng.normal(0, 1.2, n)], axis=1).astype(np.float32)


def config(kind, **rest):
    return {"kind": kind, "features": {}, "log": []} | rest


@pytest.mark.parametrize("kind", KINDS)
def test_inverse_returns_the_events(kind):
    values = events()
    scaler = fit_scaler(values, NAMES, config(kind, log=["pt"]))
    np.testing.assert_allclose(
        scaler.inverse_transform(scaler.transform(values)), values, rtol=2e-4, atol=2e-4
    )


@pytest.mark.parametrize("kind", KINDS)
def test_saved_scaler_gives_the_same_numbers_and_bytes(kind, tmp_path):
    values = events()
    scaler = fit_scaler(values, NAMES, config(kind, log=["pt"], features={"eta": "standard"}))
    save_scaler(tmp_path / "a.h5", scaler)
    save_scaler(
        tmp_path / "b.h5",
        fit_scaler(values, NAMES, config(kind, log=["pt"], features={"eta": "standard"})),
    )
    loaded = load_scaler(tmp_path / "a.h5")
    assert loaded.names == NAMES
    new = events(seed=1)
    scaled = scaler.transform(new)
    np.testing.assert_array_equal(loaded.transform(new), scaled)
    np.testing.assert_array_equal(
        loaded.inverse_transform(scaled), scaler.inverse_transform(scaled)
    )
    digests = {hashlib.sha256((tmp_path / f).read_bytes()).hexdigest() for f in ("a.h5", "b.h5")}
    assert len(digests) == 1


@pytest.mark.filterwarnings("ignore")  # of what comes from beyond a power's range
@pytest.mark.parametrize("kind", KINDS)
def test_formulas_are_those_of_scikit_learn(kind):
    values = events()
    # Beyond all that was seen, at the ends exactly, and repeated.
    values[:50, 0] = values[50, 0]
    more = np.concatenate([events(seed=1), values.min(0)[None], values.max(0)[None]])
    more = np.concatenate([more, more[:5] + 1e3, more[:5] - 1e3])
    scaler = fit_scaler(values, NAMES, config(kind))
    scaled = scaler.transform(more)
    back = scaler.inverse_transform(np.concatenate([scaled, 20 * scaled]))
    for i in range(2):
        theirs = KINDS[kind].transformer(len(values)).fit(values[:, i : i + 1].astype(float))
        expected = theirs.transform(more[:, i : i + 1].astype(float))[:, 0].astype(np.float32)
        np.testing.assert_array_equal(scaled[:, i], expected)
        again = np.concatenate([scaled, 20 * scaled])[:, i : i + 1].astype(float)
        expected = theirs.inverse_transform(again)[:, 0].astype(np.float32)
        np.testing.assert_array_equal(back[:, i], expected)


def test_applying_a_scaler_does_not_import_scikit_learn(tmp_path):
    save_scaler(tmp_path / "a.h5", fit_scaler(events(), NAMES, config("quantile")))
    code = f"""
import sys
sys.path[:] = {sys.path!r}
import numpy as np
from collapse.scaling import load_scaler
scaler = load_scaler({str(tmp_path / "a.h5")!r})
scaler.inverse_transform(scaler.transform(np.ones((2, 2))))
assert "sklearn" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_kinds_do_what_they_are_named_for():
    values = events()
    standard = fit_scaler(values, NAMES, config("standard")).transform(values)
    np.testing.assert_allclose(standard.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(standard.std(0), 1, rtol=1e-5)
    minmax = fit_scaler(values, NAMES, config("minmax")).transform(values)
    np.testing.assert_allclose([minmax.min(0), minmax.max(0)], [[-1, -1], [1, 1]], atol=1e-6)
    robust = fit_scaler(values, NAMES, config("robust")).transform(values)
    np.testing.assert_allclose(np.median(robust, axis=0), 0, atol=1e-6)
    identity = fit_scaler(values, NAMES, config("identity")).transform(values)
    np.testing.assert_array_equal(identity, values.astype(np.float32))
    quantile = fit_scaler(values, NAMES, config("quantile")).transform(values)
    inner = np.quantile(quantile, [0.1587, 0.5, 0.8413], axis=0)
    np.testing.assert_allclose(inner, np.tile([[-1], [0], [1]], 2), atol=0.02)


def test_non_finite_rows_come_back_non_finite():
    values = events()
    scaler = fit_scaler(values, NAMES, config("quantile"))
    scaled = scaler.transform(values[:3])
    scaled[1, 0] = np.nan
    back = scaler.inverse_transform(scaled)
    assert np.isnan(back[1]).all()
    np.testing.assert_allclose(back[[0, 2]], values[[0, 2]], rtol=1e-3)
    assert np.isnan(scaler.inverse_transform(np.full((2, 2), np.inf))).all()


def test_logarithm_of_a_negative_feature_is_refused():
    with pytest.raises(InputError, match="logarithm of eta"):
        fit_scaler(events(), NAMES, config("standard", log=["eta"]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("value", "logs"),
    [
        *((value, []) for value in (0.1, 3.0, 24_000.7, -7.3, 0.0, 1e-30, 1e30)),
        *((value, ["pt", "eta"]) for value in (0.1, 3.0, 24_000.7, 1e-30, 1e30)),
    ],
)
def test_a_constant_feature_is_moved_to_0(value, logs, kind, tmp_path):
    values = np.abs(events())
    values[:, 1] = value
    scaler = fit_scaler(values, NAMES, config(kind, log=logs))
    scaled = scaler.transform(values)
    assert np.isfinite(scaled).all()
    left = np.log(values[:, 1], dtype=float) if logs else values[:, 1]
    np.testing.assert_array_equal(scaled[:, 1], np.float32(left if kind == "identity" else 0))
    # A logarithm left as it is loses digits, as that of any other column does.
    exact = 0 if scaled[0, 1] == 0 or not logs else 1e-5
    np.testing.assert_allclose(scaler.inverse_transform(scaled)[:, 1], values[:, 1], rtol=exact)
    # A generator that is a little off comes out a little off, and not as the value.
    back = scaler.inverse_transform(scaled[:1] + np.float32([[0, 0.5]]))
    expected = values[0, 1] * np.exp(0.5) if logs else values[0, 1] + np.float32(0.5)
    assert back[0, 1] == pytest.approx(expected, rel=1e-5)
    save_scaler(tmp_path / "a.h5", scaler)
    np.testing.assert_array_equal(load_scaler(tmp_path / "a.h5").transform(values), scaled)


def test_constant_features_are_warned_of_together(caplog):
    values = events()
    constant = np.tile(np.float32([0, 2, 2]), (len(values), 1))
    with caplog.at_level(logging.WARNING):
        fit_scaler(np.append(values, constant, axis=1), [*NAMES, "a", "b", "c"], config("minmax"))
    (record,) = caplog.records
    assert "One value in all training events" in record.getMessage()
    assert ": a, b, c. Remove" in record.getMessage()


def test_foreign_file_is_refused(tmp_path):
    path = tmp_path / "x.h5"
    path.write_text("no")
    with pytest.raises(InputError, match=r"x\.h5 can't be used as a file of scalers"):
        load_scaler(path)
    with h5py.File(path, "w") as file:
        file.attrs["names"] = '["a"]'
        file.create_group("0").attrs["kind"] = "os.system"
        file["0"].attrs["log"] = False
    with pytest.raises(InputError, match=r"x\.h5 can't be used as a file of scalers"):
        load_scaler(path)
