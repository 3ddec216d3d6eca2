"""Results on S3."""

import subprocess
import time

import pytest
import yaml

from tests.workflow import NO_JOBS, ROOT, TINY, command, digests, planned, snakemake

pytestmark = pytest.mark.slow
SAMPLES = "results/tiny/runs/toy/capable/seed1/leg4/samples.h5"


def test_a_study_on_s3_gives_the_bytes_of_a_local_one(s3, on_s3, finished):
    folder, storage = on_s3
    snakemake(folder, *storage)
    assert s3.digests(folder.name) == digests(finished)
    assert not (folder / "results").exists()
    assert planned(folder, *storage) == NO_JOBS
    new = planned(folder, *storage, "--config", "epochs=[1, 2, 4, 6]")
    assert new["train"] == 2
    assert "ingest" not in new
    snakemake(folder, *storage, "--report", folder / "report.html")
    page = (folder / "report.html").read_text()
    assert "What happened" in page
    assert "InputError: [Errno" not in page, "docutils' word for a file that it did not find"


def test_a_server_that_dies_is_an_error_and_a_rerun_goes_on(s3, on_s3, finished):
    folder, storage = on_s3
    with (folder / "said.txt").open("w") as said:
        run = subprocess.Popen(
            command(folder, SAMPLES, *storage, "--storage-s3-retries", "1"),
            cwd=ROOT, stdout=said, stderr=subprocess.STDOUT,
        )  # fmt: skip
    end = time.monotonic() + 120
    try:
        while not s3.digests(folder.name):
            assert time.monotonic() < end
            assert run.poll() is None
            time.sleep(0.1)
        s3.stop()
        try:
            assert run.wait(120) != 0
        finally:
            s3.start()
    finally:
        run.kill()
    said = (folder / "said.txt").read_text()
    assert s3.url in said
    assert SAMPLES not in s3.digests(folder.name)
    snakemake(folder, SAMPLES, *storage)
    found = s3.digests(folder.name)
    assert SAMPLES in found
    assert found.items() <= digests(finished).items()


@pytest.mark.long
def test_every_kind_of_file_goes_to_s3(s3, on_s3):
    """Samples of one's own making, Keras's files, folders of pictures."""
    folder, storage = on_s3
    modes = {"layout": {"ring": {"modes": 4, "radius": 2}}, "sd": 0.1}
    config = yaml.safe_load(TINY.read_text()) | {
        "simulations": {"ring": {"events": 2000, "seed": 1, "mixture": modes}},
        "recipes": {"capable": {"batch_size": 32}},
        "datasets": {
            "toy": {
                "files": "results/tiny/simulations/ring.root",
                "features": {"x": {"expression": "x1"}, "y": {"expression": "x2"}},
            }
        },
    }
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(config))
    targets = ("all", "corners", "keras_generators")
    (folder / "local").mkdir()
    snakemake(folder, *targets, *storage, config=path)
    snakemake(folder / "local", *targets, config=path)
    assert s3.digests(folder.name) == digests(folder / "local")
