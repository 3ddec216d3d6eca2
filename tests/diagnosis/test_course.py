from itertools import pairwise

import numpy as np
import pytest
from collapse.diagnosis import course
from collapse.diagnosis.course import PARTS, State, find_falls, outcome_of, trend
from collapse.diagnosis.kinds import VERDICTS
from collapse.diagnosis.results import FELL, Fall

COUNTS = (1, 3, 10, 30, 100, 300)


def state(
    covered=None, spread=None, distinct=None, shares=None, finite=None, captured=None,
    verdicts=None, modes=None,
    noise=0.01, auc=None, recall=None, counts=COUNTS, narrowest=None,
):  # fmt: skip
    n = len(counts)
    full = np.ones(n)
    spread = full if spread is None else np.array(spread, float)
    given = {
        "covered": covered, "shares": shares, "captured": captured, "spread": spread,
        "distinct": distinct, "finite": finite,
    }  # fmt: skip
    parts = np.stack([full if given[name] is None else given[name] for name in PARTS], axis=1)
    modes = np.zeros((n, 0)) if modes is None else np.array(modes, float)
    words = verdicts or ["imperfect"] * n
    return State(
        counts=counts, parts=parts.astype(float), noise=np.full(parts.shape, noise), modes=modes,
        mode_noise=np.full(modes.shape, 0.03),
        recall=full if recall is None else np.array(recall, float),
        auc=np.full(n, 0.7) if auc is None else np.array(auc, float), auc_noise=np.full(n, 0.005),
        narrowest=spread if narrowest is None else np.array(narrowest, float),
        verdicts=np.array([VERDICTS.index(word) for word in words]),
        mode_names=tuple(f"mode {i}" for i in range(modes.shape[1])),
    )  # fmt: skip


def test_a_fall_is_bracketed_by_the_counts():
    [fall] = find_falls(state([0.5, 0.9, 0.92, 0.3, 0.3, 0.3]))
    assert (fall.low, fall.high, fall.part) == (10, 30, "covered")
    assert (fall.best, fall.worst, fall.recovery) == (0.92, 0.3, None)


def test_learning_is_no_fall():
    assert find_falls(state([0.0, 0.1, 0.2, 0.3, 0.5, 0.7])) == []


def test_learning_trades_parts_and_a_collapse_does_not():
    """It may lose coverage where it gains distinct events; a loss without a gain is a fall."""
    losing = [0.9, 0.6, 0.6, 0.6, 0.6, 0.6]
    assert find_falls(state(losing, distinct=[0.5, 0.8, 0.8, 0.8, 0.8, 0.8])) == []
    assert len(find_falls(state(losing, distinct=[0.5] * 6))) == 1


def test_nothing_makes_up_for_a_spread_that_is_gone():
    gone = state(spread=[0.9, 0.9, 0.05, 0.05, 0.05, 0.05], distinct=[0.3, 0.3, 0.9, 0.9, 0.9, 0.9])
    [fall] = find_falls(gone)
    assert (fall.low, fall.high, fall.part) == (3, 10, "spread")


def test_a_small_or_noisy_loss_is_none():
    assert find_falls(state([0.9, 0.85, 0.9, 0.75, 0.85, 0.75])) == []
    assert find_falls(state([0.9, 0.65, 0.9, 0.65, 0.9, 0.65], noise=0.06)) == []


def test_noise_alone_gives_hardly_a_fall():
    rng = np.random.default_rng(0)
    runs = 0.8 + 0.03 * rng.normal(size=(1000, 6))
    assert sum(bool(find_falls(state(run, noise=0.03))) for run in runs) == 0


def test_events_in_other_units_play_no_part():
    words = ["imperfect"] * 6
    words[3] = "scaled_units"
    assert find_falls(state([0.9, 0.9, 0.9, 0.0, 0.9, 0.9], verdicts=words)) == []
    assert find_falls(state([0.0] * 6, verdicts=["scaled_units"] * 6)) == []


def test_what_the_others_follow_from_is_named():
    spread = [1.0, 1.0, 0.3, 0.3, 0.3, 0.3]
    [fall] = find_falls(state([0.9, 0.9, 0.0, 0.0, 0.0, 0.0], spread=spread))
    assert (fall.part, fall.best, fall.worst) == ("spread", 1.0, 0.3)


def test_a_kind_that_befalls_a_healthy_run_is_told_with_what_is_covered():
    words = ["imperfect", "healthy", "healthy", "region_missing", "region_missing", "tail_cut"]
    [fall] = find_falls(state([0.5, 0.9, 0.95, 0.9, 0.9, 0.9], verdicts=words))
    assert (fall.part, fall.best, fall.worst) == ("region_missing", 0.95, 0.9)


def test_a_fall_is_a_falling_trend():
    words = ["imperfect", "imperfect", "healthy", "tail_cut", "tail_cut", "tail_cut"]
    assert trend(state(verdicts=words), 3) == "falling"


def test_recovery_is_back_at_what_it_fell_from():
    [fall] = find_falls(state([0.9, 0.2, 0.6, 0.7, 0.89, 0.9]))
    assert (fall.high, fall.recovery) == (3, 100)


def test_a_run_can_fall_again_from_its_recovery_and_all_falls_are_told():
    first, second = find_falls(state([0.9, 0.2, 0.9, 0.95, 0.1, 0.2]))
    assert (first.high, first.recovery) == (3, 10)
    assert (second.low, second.high, second.recovery) == (30, 100, None)


def test_a_slow_slide_is_a_fall_from_the_best():
    [fall] = find_falls(state([0.9, 0.86, 0.8, 0.74, 0.68, 0.6]))
    assert (fall.low, fall.high) == (30, 100)


def test_modes_that_are_lost_as_their_quality_rises_are_a_fall():
    """As published of a vanilla GAN on a 5 x 5 grid: modes are lost while samples get better."""
    shares = [0.17, 0.31, 0.34, 0.3, 0.31, 0.28]
    captured = [0.66, 0.76, 0.72, 0.66, 0.53, 0.41]
    covered = [0.39, 0.5, 0.49, 0.45, 0.38, 0.33]
    [fall] = find_falls(state(covered, shares=shares, captured=captured))
    assert (fall.low, fall.high, fall.part) == (30, 100, "captured")
    # On 7 x 7 they are gained.
    rising = [0.46, 0.7, 0.71, 0.7, 0.68, 0.69]
    assert find_falls(state(covered[:2] + [0.46] * 4, shares=shares, captured=rising)) == []


def test_a_mode_that_is_lost_is_a_fall_though_coverage_hardly_changes():
    modes = [[0.9, 1.0], [1.0, 1.0], [1.0, 1.0], [0.1, 1.1], [0.1, 1.0], [0.1, 1.0]]
    [fall] = find_falls(state(modes=modes))
    assert (fall.low, fall.high, fall.part) == (10, 30, "mode 0")
    rising = [0.5, 0.5, 0.5, 0.8, 0.8, 0.8]
    assert find_falls(state(modes=modes, recall=rising)) == []


def test_a_mode_that_is_lost_for_another_is_a_trade():
    modes = [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]
    assert find_falls(state(modes=modes)) == []


def test_a_mode_half_a_sigma_below_its_threshold_is_no_fall():
    modes = [[0.3], [0.28], [0.26], [0.24], [0.26], [0.24]]
    assert find_falls(state(modes=modes)) == []


def test_a_healthy_run_that_has_a_fault_has_fallen():
    words = ["imperfect", "healthy", "healthy", "tail_cut", "tail_cut", "healthy"]
    [fall] = find_falls(state(verdicts=words))
    assert (fall.low, fall.high, fall.recovery, fall.part) == (10, 30, 300, "tail_cut")
    # One that was never healthy may change its faults.
    assert find_falls(state(verdicts=["imperfect", "imperfect", *words[2:][1:], "imperfect"])) == []


def test_the_untrained_generator_was_never_better():
    counts = (0, 1, 3, 10, 30, 100)
    assert find_falls(state([0.9, 0.4, 0.5, 0.6, 0.6, 0.6], counts=counts)) == []
    [fall] = find_falls(state([0.1, 0.9, 0.5, 0.5, 0.5, 0.5], counts=counts))
    assert (fall.low, fall.high) == (1, 3)


def test_what_never_covered_has_collapsed_from_the_start():
    never = state([0.0] * 6, verdicts=["point_collapse"] * 6, spread=[0.05] * 6)
    falls = find_falls(never)
    assert [(fall.low, fall.high, fall.placed_by) for fall in falls] == [(0, 1, "start")]
    assert outcome_of(never, falls) == "collapsed from the start"


def test_what_never_covered_but_grows_is_growing():
    """A generator that starts near 0 in units of 1e5, and grows towards the data."""
    growing = state(
        [0.0] * 6, spread=[5e-6, 2e-5, 2e-4, 1e-3, 3e-3, 0.01], verdicts=["point_collapse"] * 6
    )
    assert find_falls(growing) == []
    assert outcome_of(growing, []) == "growing"
    assert [trend(growing, i) for i in range(6)] == ["steady"] + ["rising"] * 5


def test_a_fault_from_the_start_is_the_outcome():
    cut = state(verdicts=["tail_cut"] * 6)
    assert outcome_of(cut, find_falls(cut)) == "tail_cut"


def test_a_later_count_changes_no_earlier_trend_or_fall():
    whole = state([0.2, 0.5, 0.9, 0.3, 0.9, 0.1], auc=[0.99, 0.95, 0.9, 0.99, 0.8, 0.99])
    for n in range(2, 7):
        part = state(whole.parts[:n, 0], auc=whole.auc[:n], counts=COUNTS[:n], spread=np.ones(n))
        assert [trend(part, i) for i in range(n)] == [trend(whole, i) for i in range(n)]
        for early, late in zip(find_falls(part), find_falls(whole), strict=False):
            assert (early.low, early.high) == (late.low, late.high)


def test_a_run_that_diverges_has_fallen_there():
    words = ["imperfect"] * 3 + ["diverged"] * 3
    gone = [1, 1, 1, 0, 0, 0]
    diverged = state(gone, gone, gone, gone, gone, gone, verdicts=words)
    [fall] = find_falls(diverged)
    assert (fall.low, fall.high) == (10, 30)
    assert outcome_of(diverged, [fall]) == "diverged"


def random_state(rng):
    n = int(rng.integers(1, 7))
    counts = tuple(sorted(rng.choice([0, 1, 3, 10, 30, 100, 300], n, replace=False).tolist()))
    levels = rng.choice([0.0, 0.05, 0.2, 0.5, 0.8, 1.0], (n, 6))
    words = []
    for row in levels:
        if row[4] == 0:
            row[:] = 0
            words.append("diverged")
        elif row[1] < 0.1:
            words.append("point_collapse")
        else:
            words.append(str(rng.choice(["healthy", "imperfect", "modes_missing", "tail_cut"])))
    modes = rng.choice([0.0, 0.3, 0.6, 1.0], (n, int(rng.integers(0, 3))))
    return state(
        *levels.T, verdicts=words, counts=counts, modes=modes,
        auc=rng.choice([0.5, 0.7, 1.0], n), recall=rng.choice([0.2, 0.9], n),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_outcome_and_falls_agree_on_hundreds_of_random_runs(seed):
    rng = np.random.default_rng(seed)
    seen = set()
    for _ in range(100):
        run = random_state(rng)
        falls = find_falls(run)
        outcome = outcome_of(run, falls)
        seen.add(outcome)
        assert (outcome in FELL) == bool(falls)
        last = VERDICTS[run.verdicts[-1]]
        # A run that ends in a point or diverged has collapsed, or is growing.
        if last == "diverged":
            assert outcome == "diverged"
        if outcome in {"imperfect", "healthy"}:
            assert outcome == last
        if outcome == "recovered":
            assert falls[-1].recovery is not None
        for fall, following in pairwise(falls):
            assert fall.recovery <= following.low
        for fall in falls:
            assert fall.low < fall.high or run.counts == (0,)
            assert fall.recovery is None or fall.recovery > fall.high
    assert len(seen) > 4


def test_the_trace_places_the_onset_inside_the_bracket():
    epochs = [0, 1, 2, 3, 5, 10, 12, 15, 18, 22, 26, 30, 100, 300]
    traced = [0, 0.5, 0.7, 0.8, 0.8, 0.8, 0.8, 0.78, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]
    assert course.place_onset(10, 30, (epochs, traced)) == (18, "trace")


def test_a_trace_that_shows_no_fall_places_nothing():
    epochs, traced = [0, 1, 10, 15, 20, 30], [0.5, 0.5, 0.5, 0.6, 0.6, 0.6]
    assert course.place_onset(10, 30, (epochs, traced)) == (30, "counts")


def test_a_wide_beginning_before_the_first_count_is_an_early_fall():
    epochs, traced = [0, 1, 2, 3, 4, 6, 8, 10], [0.1, 0.7, 0.8, 0.8, 0.3, 0.1, 0.1, 0.1]
    fall = course.early_fall([10, 30], (epochs, traced), 0.02)
    assert fall == Fall(4, 0, 10, "trace", "covered", 0.8, 0.1, None, 1.0)


def test_the_untrained_generators_coverage_is_no_beginning():
    epochs, traced = [0, 1, 2, 5, 10], [0.9, 0.1, 0.15, 0.1, 0.1]
    assert course.early_fall([10, 30], (epochs, traced), 0.02) is None


def test_a_beginning_that_is_bettered_later_was_learning():
    epochs, traced = [0, 1, 3, 10, 30], [0.1, 0.6, 0.5, 0.2, 0.9]
    assert course.early_fall([10, 30], (epochs, traced), 0.02) is None
