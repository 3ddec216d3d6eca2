import pytest
from collapse.errors import InputError
from collapse.planning.checks import check_files

from tests.planning.studies import load, with_dataset


def test_files_that_are_not_there_are_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_files(load())
    for file, what in (("a.root:Events", r"a\.root is not there"), ("b/*.root", "matches no file")):
        with pytest.raises(InputError, match=f"datasets.dimuon.files: .*{what}"):
            check_files(load(datasets=with_dataset(files=file)))
    check_files(load(datasets=with_dataset(files="root://host//a.root")))
