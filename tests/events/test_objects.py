"""Objects that are selected, paired, counted from the end or left out, beside awkward's idioms."""

import awkward as ak
import numpy as np
import pytest
import uproot
import vector
from collapse.errors import InputError
from collapse.events.compute import Table
from collapse.events.dataset import complete_objects, parse_dataset
from collapse.events.expressions import parse
from collapse.events.readers import open_source, read_chunks
from collapse.events.selection import feature_values

from .layouts import MUON, SPLIT, make_columns, write_ttree

vector.register_awkward()
SELECTED = MUON | {"tight": "Muon_tight", "select": "tight and pt > 15 and abs(eta) < 1.5"}
OBJECTS = {
    "all": MUON | {"tight": "Muon_tight"},
    "muon": SELECTED,
    "hard": {"of": "muon", "select": "pt > 30"},
    "z": {"of": "all", "opposite": "charge", "nearest": 91.19},
    "near": {"of": "all", "nearest": 20},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    columns = make_columns(n=500, seed=3)
    tight = np.random.default_rng(4).random(len(ak.flatten(columns["Muon_pt"]))) < 0.6
    columns["Muon_tight"] = ak.unflatten(tight, ak.num(columns["Muon_pt"]))
    return write_ttree(tmp_path_factory.mktemp("objects") / "a.root", columns)


@pytest.fixture(scope="module")
def muons(file):
    """The same file by awkward alone: records in descending pt."""
    tree = uproot.open(f"{file}:Events")
    keys = ("pt", "eta", "phi", "mass", "charge", "tight")
    branches = {key: tree[f"Muon_{key}"].array() for key in keys}
    wide = {k: v if k == "tight" else ak.values_astype(v, np.float64) for k, v in branches.items()}
    muons = ak.zip(wide, with_name="Momentum4D")
    return muons[ak.argsort(muons.pt, ascending=False, stable=True)]


def values(file, text, max_bytes=1 << 20, given=OBJECTS):
    """An expression on the file, as this project computes it, chunk by chunk."""
    objects = complete_objects(given)
    expression = parse(text, "features.x", objects)
    with open_source(str(file)) as source:
        chunks = read_chunks(source, sorted(expression.branches), max_bytes)
        return np.concatenate(
            [Table(columns, n, objects, "here").values(expression) for n, columns in chunks]
        )


def entry(lists, index):
    """The entry of each list, NaN where there is none."""
    index = index if index >= 0 else ak.num(lists) + index
    padded = ak.pad_none(lists, 8)
    there = (index < ak.num(lists)) & (index >= 0)
    picked = padded[ak.local_index(padded) == index]
    filled = ak.fill_none(ak.firsts(picked), np.nan)
    return np.where(there, ak.to_numpy(filled), np.nan)


def selected(muons):
    return muons[muons.tight & (muons.pt > 15) & (abs(muons.eta) < 1.5)]


@pytest.mark.parametrize(
    ("text", "idiom"),
    [
        ("muon[0].pt", lambda m: entry(selected(m).pt, 0)),
        ("muon[1].eta", lambda m: entry(selected(m).eta, 1)),
        ("muon[-1].pt", lambda m: entry(selected(m).pt, -1)),
        ("all[-2].charge", lambda m: entry(m.charge, -2)),
        ("count(muon)", lambda m: ak.num(selected(m))),
        ("count(all)", ak.num),
        ("sum(muon.pt)", lambda m: ak.sum(selected(m).pt, axis=1)),
        ("sum(muon.energy)", lambda m: ak.sum(selected(m).energy, axis=1)),
        ("sum(abs(all.eta) < 1)", lambda m: ak.sum(abs(m.eta) < 1, axis=1)),
        ("hard[0].pt", lambda m: entry(selected(m)[selected(m).pt > 30].pt, 0)),
        ("(muon[0] + muon[1]).mass", lambda m: pair_mass(selected(m))),
        ("all.pt[all.charge > 0][0]", lambda m: entry(m[m.charge > 0].pt, 0)),
        ("count(all.pt[all.tight])", lambda m: ak.sum(m.tight, axis=1)),
    ],
)
@pytest.mark.parametrize("max_bytes", [4000, 1 << 20])
def test_selected_objects(file, muons, text, idiom, max_bytes):
    expected = ak.to_numpy(idiom(muons)).astype(np.float64)
    np.testing.assert_allclose(values(file, text, max_bytes), expected, rtol=1e-6)


def pair_mass(m):
    mass = (m[:, :1][ak.num(m) >= 2] + m[ak.num(m) >= 2][:, 1:2]).mass
    found = np.full(len(m), np.nan)
    found[ak.to_numpy(ak.num(m) >= 2)] = ak.to_numpy(ak.flatten(mass))
    return found


@pytest.mark.parametrize(("name", "mass", "opposite"), [("z", 91.19, True), ("near", 20, False)])
def test_the_pair_nearest_to_a_mass(file, muons, name, mass, opposite):
    """Coffea's way: all combinations, those of opposite charge, the least distance to the Z."""
    pairs = ak.combinations(muons, 2, fields=["first", "second"])
    if opposite:
        pairs = pairs[pairs.first.charge * pairs.second.charge < 0]
    masses = (pairs.first + pairs.second).mass
    best = ak.argmin(abs(masses - mass), axis=1, keepdims=True)
    expected = {
        "mass": ak.fill_none(ak.firsts(masses[best]), np.nan),
        "first": ak.fill_none(ak.firsts(pairs.first.pt[best]), np.nan),
        "second": ak.fill_none(ak.firsts(pairs.second.eta[best]), np.nan),
        "count": 2 * ak.fill_none(ak.num(masses) > 0, value=False),
    }
    texts = {
        "mass": f"({name}[0] + {name}[1]).mass",
        "first": f"{name}[0].pt",
        "second": f"{name}[1].eta",
        "count": f"count({name})",
    }
    for key, text in texts.items():
        found = values(file, text, 4000)
        np.testing.assert_allclose(found, ak.to_numpy(expected[key]), rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "idiom"),
    [
        ("Muon_pt[Muon_tight][0]", lambda t: entry(t.Muon_pt[t.Muon_tight], 0)),
        ("Muon_pt[Muon_tight][-1]", lambda t: entry(t.Muon_pt[t.Muon_tight], -1)),
        ("Muon_pt[-1]", lambda t: entry(t.Muon_pt, -1)),
        ("sum(Muon_pt[Muon_pt > 20])", lambda t: ak.sum(t.Muon_pt[t.Muon_pt > 20], axis=1)),
        ("count(Muon_pt[Muon_tight])", lambda t: ak.sum(t.Muon_tight, axis=1)),
    ],
)
def test_masks(file, text, idiom):
    tree = ak.zip(dict(uproot.open(f"{file}:Events").arrays(how=dict)), depth_limit=1)
    expected = ak.to_numpy(idiom(tree)).astype(np.float64)
    np.testing.assert_allclose(values(file, text, 4000), expected, rtol=1e-6)


def test_the_leading_tight_muon_of_a_public_case(cases):
    tree = uproot.open(cases / "objects.root")["T"]
    pt, tight = tree["mu_pt"].array(), tree["mu_tight"].array()
    expected = ak.to_numpy(ak.fill_none(ak.firsts(pt[tight]), np.nan))
    received = values(cases / "objects.root", "mu_pt[mu_tight][0]", given={})
    np.testing.assert_array_equal(received, expected)


def test_a_default_stands_for_what_an_event_lacks_alone(file):
    """Not for what can't be computed."""
    features = {
        "second": {"expression": "muon[1].pt", "default": -1},
        "dropped": {"expression": "muon[1].pt"},
        "root": {"expression": "sqrt(all[0].eta)", "default": 0},
    }
    dataset = {"features": features, "objects": OBJECTS, "split": SPLIT}
    columns = parse_dataset(dataset)
    with open_source(str(file)) as source:
        chunks = read_chunks(source, columns.branches, 1 << 20)
        tables = [Table(read, n, columns.objects, "here") for n, read in chunks]
        exact = np.concatenate([feature_values(table, columns)[0] for table in tables])
    lacks = np.isnan(exact[:, 1])
    assert 0 < lacks.sum() < len(exact)
    np.testing.assert_array_equal(exact[:, 0], np.where(lacks, -1, exact[:, 1]))
    eta, empty = values(file, "all[0].eta"), values(file, "count(all)") == 0
    assert np.all(exact[empty, 2] == 0)
    assert np.isnan(exact[eta < 0, 2]).all()


@pytest.mark.parametrize(
    ("objects", "message"),
    [
        ({"a": {"of": "b"}}, r"objects\.a\.of: expected an object that is given before it, .*'b'"),
        ({"a": MUON | {"select": "pt >"}}, r"objects\.a\.select: .*can't be parsed"),
        ({"a": MUON | {"select": "a[0].pt > 5"}}, "is what is selected. Use its keys alone"),
        ({"a": MUON | {"opposite": "charge"}}, r"objects\.a\.opposite .*`nearest: 91\.19`"),
        ({"a": MUON | {"nearest": 91, "opposite": "q"}}, r"a\.opposite: 'q' is no key of it"),
        (
            {"a": {"pt": "x", "order_by": "pt", "nearest": 91}},
            r"objects\.a\.nearest needs the four-vectors, but there are only pt",
        ),
    ],
)
def test_objects_that_make_no_sense(objects, message):
    with pytest.raises(InputError, match=message):
        complete_objects(objects)


def test_a_selection_by_other_lists_is_refused(file):
    objects = complete_objects({"a": MUON | {"select": "branch('other') > 1"}})
    expression = parse("a[0].pt", "features.x", objects)
    with open_source(str(file)) as source:
        for n, columns in read_chunks(source, ["Muon_pt", "Muon_eta"], 1 << 20):
            other = columns["Muon_eta"].take(np.arange(n)[::-1])
            table = Table(columns | {"other": other}, n, objects, "here")
            with pytest.raises(InputError, match=r"objects\.a\.select: .*other numbers of entries"):
                table.values(expression)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "sum(w * muon.pt)",
            "entries of w as they are stored, and those of muon in their own order",
        ),
        ("w[muon.pt > 6][0]", "Make w a key of objects.muon, and write muon.key"),
        ("sum(Muon_pt[muon.pt > 6])", "Make Muon_pt a key of objects.muon"),
        ("sum(muon.pt * all.pt)", "mixes the objects all and muon in one list"),
        ("abs(muon[0].eta < 2.4)", "takes abs of what is true or false. Look at its parentheses"),
        ("5 < muon[0].pt < 3", "holds for no event"),
        ("abs(muon[0].eta) < -1", "holds for no event"),
        ("0 > abs(muon[0].eta)", "holds for no event"),
    ],
)
def test_what_would_be_wrong_without_a_word_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse(text, "features.x", complete_objects(OBJECTS))


@pytest.mark.parametrize("text", ["sum(w) * muon[0].pt", "w[0] < muon[0].pt", "0 <= abs(x) <= 2"])
def test_what_only_looks_like_it_is_not(text):
    assert parse(text, "features.x", complete_objects(OBJECTS)).branches


def test_a_mask_of_numbers_is_no_list_of_places(file):
    with pytest.raises(InputError, match="a mask needs a comparison or a boolean branch"):
        values(file, "Muon_pt[Muon_charge][0]")


def test_pairs_are_found_in_blocks(file, monkeypatch):
    whole = values(file, "(z[0] + z[1]).mass")
    monkeypatch.setattr("collapse.events.compute._MOST_PAIRS", 3)
    np.testing.assert_array_equal(values(file, "(z[0] + z[1]).mass"), whole)
