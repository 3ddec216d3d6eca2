import numpy as np
from collapse.diagnosis.onset import falls

COUNTS = [1, 3, 10, 30, 100, 300]


def found(coverage, **options):
    return falls(COUNTS, coverage, **({"noise": 0.01, "strength": 0.1} | options))


def test_a_fall_is_bracketed_by_the_counts():
    [fall] = found([0.5, 0.9, 0.92, 0.3, 0.3, 0.3])
    assert (fall.low, fall.high, fall.onset, fall.placed_by) == (10, 30, 30, "counts")
    assert (fall.best, fall.worst, fall.recovery) == (0.92, 0.3, None)
    assert not fall.censored


def test_coverage_that_was_never_high_and_rises_is_no_fall():
    assert found([0.0, 0.1, 0.2, 0.3, 0.5, 0.7]) == []


def test_low_coverage_throughout_is_no_fall():
    assert found([0.1] * 6) == []


def test_a_fall_smaller_than_the_strength_is_none():
    assert found([0.9, 0.85, 0.9, 0.82, 0.85, 0.81]) == []


def test_a_fall_within_the_noise_is_none_however_low_the_strength():
    values = [0.9, 0.8, 0.85, 0.8, 0.9, 0.85]
    assert found(values, noise=0.05, strength=0.02) == []
    assert len(found(values, noise=0.005, strength=0.02)) == 2


def test_recovery_is_back_within_noise_of_the_best():
    [fall] = found([0.9, 0.2, 0.6, 0.7, 0.89, 0.9])
    assert (fall.onset, fall.recovery) == (3, 100)


def test_a_run_can_fall_again_from_its_recovery():
    first, second = found([0.9, 0.2, 0.9, 0.95, 0.1, 0.2])
    assert (first.onset, first.recovery) == (3, 10)
    assert (second.onset, second.best, second.recovery) == (100, 0.95, None)


def test_a_slow_slide_is_a_fall_from_the_best_not_from_the_count_before():
    [fall] = found([0.9, 0.87, 0.84, 0.81, 0.78, 0.75])
    assert (fall.low, fall.high) == (30, 100)


def test_a_diverged_checkpoint_covers_nothing():
    [fall] = found([0.9, 0.9, 0.9, np.nan, np.nan, np.nan])
    assert (fall.high, fall.worst) == (30, 0.0)


def test_the_trace_places_the_onset_inside_the_bracket():
    epochs = [0, 1, 2, 3, 5, 10, 12, 15, 18, 22, 26, 30, 100, 300]
    traced = [0, 0.5, 0.7, 0.8, 0.8, 0.8, 0.8, 0.78, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]
    [fall] = found([0.5, 0.9, 0.92, 0.3, 0.3, 0.3], trace=(epochs, traced))
    assert (fall.low, fall.high, fall.onset, fall.placed_by) == (10, 30, 18, "trace")


def test_a_trace_that_shows_no_fall_places_nothing():
    epochs, traced = [0, 1, 10, 15, 20, 30], [0.5, 0.5, 0.5, 0.6, 0.6, 0.6]
    [fall] = found([0.5, 0.9, 0.92, 0.3, 0.3, 0.3], trace=(epochs, traced))
    assert (fall.onset, fall.placed_by) == (30, "counts")


def test_a_wide_beginning_before_the_first_count_is_left_censored():
    epochs, traced = [0, 1, 2, 3, 4, 6, 8, 10], [0.1, 0.7, 0.8, 0.8, 0.3, 0.1, 0.1, 0.1]
    [fall] = falls([10, 30], [0.1, 0.1], 0.01, 0.1, (epochs, traced))
    assert fall.censored
    assert (fall.low, fall.high, fall.onset, fall.best) == (0, 10, 4, 0.8)
    [fall] = falls([10, 30], [0.1, 0.8], 0.01, 0.1, (epochs, traced))
    assert fall.recovery == 30


def test_a_narrow_beginning_is_not_censored():
    epochs, traced = [0, 1, 2, 5, 10], [0.0, 0.1, 0.15, 0.1, 0.1]
    assert falls([10, 30], [0.1, 0.1], 0.01, 0.1, (epochs, traced)) == []


def test_a_beginning_that_is_bettered_later_was_learning():
    epochs, traced = [0, 1, 3, 10, 30, 100, 300], [0.6, 0.4, 0.6, 1.0, 1.0, 1.0, 1.0]
    coverage = [0.4, 0.6, 1.0, 1.0, 1.0, 1.0]
    assert found(coverage, trace=(epochs, traced)) == []
    # Unless it is bettered between counts alone, which one lucky sample may do.
    epochs, traced = [*epochs[:3], 7, *epochs[3:]], [0.6, 0.4, 0.4, 0.9, 0.4, 0.4, 0.4, 0.4]
    [fall] = found([0.4] * 6, trace=(epochs, traced))
    assert fall.censored


def test_noise_alone_gives_hardly_a_fall():
    # Four sigma of a difference below the best of six.
    rng = np.random.default_rng(0)
    runs = 0.8 + 0.03 * rng.normal(size=(1000, 6))
    assert sum(bool(found(run, noise=0.03, strength=0.0)) for run in runs) <= 2
