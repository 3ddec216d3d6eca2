"""What a file is by its first bytes, and how one of another format is brought into HDF5."""

import difflib
import shlex
import zipfile
from pathlib import Path

from collapse.errors import InputError

_HDF5 = b"\x89HDF\r\n\x1a\n"
_USER_BLOCK = 512  # HDF5 may begin there, or at any power of two times it
_HEADS = {
    b"\x93NUMPY": "a NumPy array (.npy)",
    b"PAR1": "Parquet",
    b"ARROW1": "Arrow (Feather)",
    b"\x1f\x8b": "compressed by gzip",
    b"BZh": "compressed by bzip2",
    b"\xfd7zXZ": "compressed by xz",
    b"\x28\xb5\x2f\xfd": "compressed by Zstandard",
    b"MATLAB 5.0": "a MATLAB file of before version 7.3",
    b"\x0e\x03\x13\x01": "HDF4",
    b"SIMPLE  =": "FITS",
    b"SQLite format 3": "an SQLite database",
    b"\x80\x02": "a pickle",
    b"\x80\x03": "a pickle",
    b"\x80\x04": "a pickle",
    b"\x80\x05": "a pickle",
    b"HepMC": "HepMC",
    b"<LesHouches": "LHE",
}
_FROM = {
    "a NumPy array (.npy)": "h['events'] = numpy.load({path!r})",
    "NumPy arrays (.npz)": "f = numpy.load({path!r}); [h.create_dataset(k, data=f[k]) for k in f]",
    "text with commas": "h['events'] = numpy.genfromtxt({path!r}, delimiter=',', names=True)",
}


def format_of(path: str) -> str:
    """Return ROOT or HDF5 by a local file's first bytes.

    Raises:
        InputError: If the file is missing, empty, or of another format, which is named.
    """
    place = Path(path)
    if not place.exists():
        siblings = [p.name for p in place.parent.iterdir()] if place.parent.is_dir() else []
        near = difflib.get_close_matches(place.name, siblings)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        message = f"{path} does not exist.{hint} Correct `files`, or fetch the file first."
        raise InputError(message)
    if place.is_dir():
        message = f"{path} is a folder, expected a file. Name its files, such as {path}/*.root."
        raise InputError(message)
    with place.open("rb") as stream:
        head = stream.read(512)
        offset, size = _USER_BLOCK, place.stat().st_size
        found = "ROOT" if head.startswith(b"root") else ""
        found = "HDF5" if head.startswith(_HDF5) else found
        while not found and offset < size:
            stream.seek(offset)
            found = "HDF5" if stream.read(len(_HDF5)) == _HDF5 else ""
            offset *= 2
    if not head:
        message = f"{path} is empty. Get it again, or remove it from `files`."
        raise InputError(message)
    if not found:
        raise InputError(_refused(path, head))
    return found


def _refused(path: str, head: bytes) -> str:
    """Say what a file is, and how to convert it."""
    kind = _zipped(path) if head.startswith(b"PK") else ""
    kind = kind or next((name for start, name in _HEADS.items() if head.startswith(start)), "")
    kind = kind or _text(head)
    if not kind:
        return (
            f"{path} is neither ROOT nor HDF5: it begins with {head[:8]!r}. Convert it to one of "
            "them, or get it again if it should be."
        )
    if kind == "a Keras model":
        return f"{path} is a Keras model, expected events in ROOT or HDF5. Give generated events."
    if kind in _FROM:
        code = f"import h5py, numpy; h = h5py.File({f'{path}.h5'!r}, 'w'); " + _FROM[kind].format(
            path=path
        )
        return f"{path} is {kind}, expected ROOT or HDF5. Convert it: python -c {shlex.quote(code)}"
    return f"{path} is {kind}, expected ROOT or HDF5. Convert it, or name another file."


def _zipped(path: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return "a damaged zip archive"
    if "model.weights.h5" in names:
        return "a Keras model"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays (.npz)"
    if any(name.endswith("data.pkl") for name in names):
        return "a PyTorch file"
    return "an Excel sheet" if "[Content_Types].xml" in names else "a zip archive"


def _text(head: bytes) -> str:
    try:
        text = head.decode()
    except UnicodeDecodeError:
        return ""
    if not text.strip() or any(ord(c) < 32 and c not in "\r\n\t" for c in text):
        return ""
    return "text with commas" if "," in text.splitlines()[0] else "text"
