from collapse.gan.noise import Noise


def test_noise_has_the_distribution_it_is_named_for():
    normal = Noise({"dimension": 50, "distribution": "normal"}, 1, "noise").draw(4000, 2)
    assert normal.shape == (4000, 50)
    assert abs(normal.mean()) < 0.01
    assert abs(normal.std() - 1) < 0.01
    uniform = Noise({"dimension": 50, "distribution": "uniform"}, 1, "noise").draw(4000, 2)
    assert -1 <= uniform.min() < -0.999
    assert 0.999 < uniform.max() <= 1
    assert abs(uniform.std() - 3**-0.5) < 0.01
