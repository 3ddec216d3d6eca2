"""Where the branches of an HDF5 file lie, by the habits of those who write them.

- h5py: a dataset is a branch by its path; a field of a compound dataset is one, and so is a column
  of a matrix whose columns have names. Lists of varying length are kept as they are.
- pandas: the columns of a frame or series, in the fixed and the table format. pandas keeps some of
  its names as pickles. They are read as text and never unpickled.
- PyTables: its tables, arrays and lists. The indices that it keeps beside a table are left out.
- MATLAB: its files count the events along the last axis.

Columns are called `table/column`, or just `column` where the file has only one table.
"""

import pickletools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import h5py
import numpy as np

from collapse.errors import InputError
from collapse.events.expressions import written

_PICKLED = "pandas keeps the names of its columns as a pickle there; write it by format='table'"
# HDF5's registered filters that h5py does not bring along.
_FILTERS = {305: "LZO", 307: "bzip2", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle",
            32013: "ZFP", 32015: "Zstandard", 32017: "SZ", 32026: "Blosc2"}  # fmt: skip
_MATLAB = b"MATLAB 7.3 MAT-file"
_INDEX = re.compile(r"(^|/)_i_")  # of PyTables
_MEANT = re.compile(r"col|name|feature|field|label|var", re.IGNORECASE)


@dataclass(frozen=True)
class Place:
    """Where the numbers of a branch lie.

    Args:
        dataset: The dataset.
        fields: The field of a compound dataset, and the field in it.
        column: The column of a matrix.
        turned: Whether the events are along the last axis.
        instead: What it holds instead of numbers, if that is known.
        times: Whether it holds times of pandas, of which the least number is none.
    """

    dataset: h5py.Dataset
    fields: tuple[str, ...] = ()
    column: int | None = None
    turned: bool = False
    instead: str = ""
    times: bool = False

    @property
    def length(self) -> int:
        """How many events it holds."""
        if _is_placeholder(self.dataset):
            return 0
        return self.dataset.shape[-1 if self.turned else 0]

    @property
    def block(self) -> tuple[str, tuple[str, ...]]:
        """What the columns have in common that lie side by side."""
        return self.dataset.name, self.fields

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return the block of the events from `start` to `stop`, shape (n, ...)."""
        values = self._stored(start, stop)
        if self.times:
            return np.where(values == np.iinfo(np.int64).min, np.nan, values.astype(np.float64))
        return values

    def _stored(self, start: int, stop: int) -> np.ndarray:
        if self.fields:
            values = self.dataset.fields(self.fields[0])[start:stop]
            for field in self.fields[1:]:
                values = values[field]
            return values
        return self.dataset[..., start:stop].T if self.turned else self.dataset[start:stop]


Places = dict[str, Place]


def _is_placeholder(dataset: h5py.Dataset) -> bool:
    """Whether PyTables wrote one entry for an array of none, whose shape is kept as a pickle."""
    shape = dataset.attrs.get("shape")
    if not isinstance(shape, bytes):
        return False
    try:
        return any(argument == 0 for code, argument, _ in pickletools.genops(shape)
                   if code.name != "PUT")  # fmt: skip
    except Exception:
        return False


def find_places(
    file: h5py.File, inside: str, columns: Sequence[str] | Mapping[str, Sequence[str]] = ()
) -> tuple[Places, dict[str, str]]:
    """Find the branches of a file, or of what is named in it.

    Args:
        file: The file, open.
        inside: A group's or dataset's name; empty for the whole file.
        columns: Names for the columns of the file's only unnamed matrix, or for those of some.

    Returns:
        The branches' places, and why others can't be read: name -> what is wrong.

    Raises:
        InputError: If `columns` don't fit.
    """
    root, broken = file[inside or "/"], dict[str, str]()
    matlab = file.userblock_size > 0 and _head(file).startswith(_MATLAB)
    frame = _frame_of(root)
    if frame is not None:
        return _frame(frame, broken), broken
    tables: dict[str, Places] = {}
    plain: Places = {}
    for name, item in _items(root, broken):
        if isinstance(item, h5py.Group):
            tables[name] = _frame(item, broken)
        else:
            key = name or item.name.rpartition("/")[2]
            try:
                found = _of_dataset(item, matlab)
            except Exception as error:  # of one dataset; the others are as good as ever
                broken[key] = f"{type(error).__name__}: {error}"
                continue
            if isinstance(found, Place):
                plain[key] = found
            else:
                tables[name] = found
    _give_names(columns, plain, tables, file.filename)
    places = dict(plain)
    for name, table in tables.items():
        prefix = f"{name}/" if name and len(tables) > 1 else ""
        places = {prefix + column: place for column, place in table.items()} | places
    return places, broken


def _head(file: h5py.File) -> bytes:
    with open(file.filename, "rb") as stream:  # noqa: PTH123, the name may be bytes
        return stream.read(len(_MATLAB))


def _items(
    root: h5py.Group | h5py.Dataset, broken: dict[str, str]
) -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
    """Yield the frames and the other arrays below a group by their paths; of a dataset itself."""
    if isinstance(root, h5py.Dataset):
        if is_array(root):
            yield "", root
        return
    yield from _below(root, "", broken, [root.id])


def _below(
    group: h5py.Group, prefix: str, broken: dict[str, str], above: list[Any]
) -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
    """Yield them for each name that a thing has, but for names that lead back to a group above."""
    for key in group:
        name = f"{prefix}{key}"
        if _INDEX.search(name):
            continue
        try:
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                broken[name] = "it is a link, and no link is followed"
                continue
            item = group[key]
            frame = isinstance(item, h5py.Group) and "pandas_type" in item.attrs
        except Exception as error:  # of a type that this library doesn't have
            broken[name] = f"{type(error).__name__}: {error}"
            continue
        if frame or (isinstance(item, h5py.Dataset) and is_array(item)):
            yield name, item
        elif isinstance(item, h5py.Group):
            if item.id not in above:
                yield from _below(item, f"{name}/", broken, [*above, item.id])
        elif isinstance(item, h5py.Dataset):
            whole = not item.shape
            broken[name] = "it is one value for all events" if whole else "its values lie elsewhere"


def is_array(item: h5py.Group | h5py.Dataset) -> bool:
    """Whether something holds values of its own, a row or more for each event."""
    # A virtual dataset's values, or external ones, are those of any file on this machine.
    outside = isinstance(item, h5py.Dataset) and (item.is_virtual or item.external)
    return isinstance(item, h5py.Dataset) and item.ndim > 0 and not outside


def _of_dataset(dataset: h5py.Dataset, matlab: bool) -> Place | Places:
    """Return the place of a dataset, or those of its columns."""
    if dataset.dtype.names:
        return {name: Place(dataset, fields) for name, fields in _fields(dataset.dtype)}
    if dataset.ndim == 2 and (names := _names_beside(dataset)):
        return {name: Place(dataset, column=i) for i, name in enumerate(names)}
    # A vector of MATLAB's is a matrix of one row or column, and which of them is no matter here.
    turned = (
        matlab and dataset.ndim == 2 and ("MATLAB_class" in dataset.attrs or dataset.shape[0] == 1)
    )
    return Place(dataset, turned=turned and dataset.shape[-1] > 1)


def _fields(dtype: np.dtype, above: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the fields of a compound type, those of a compound field as `field/field`."""
    for name in dtype.names or ():
        inner = dtype[name]
        if inner.names:
            yield from _fields(inner, (*above, name))
        else:
            yield "/".join((*above, name)), (*above, name)


def _names_beside(dataset: h5py.Dataset) -> list[str]:
    """Return the names of a matrix's columns by its attributes, or nothing."""
    width = dataset.shape[1]
    for key in sorted(dataset.attrs, key=lambda key: not _MEANT.search(key)):
        # Damaged attributes can claim any size, so it is compared before they are read.
        shape = dataset.attrs.get_id(key).shape
        if shape not in ((), (width,)):
            continue
        value = np.asarray(dataset.attrs[key]).tolist()
        if shape == () and _MEANT.search(key) and isinstance(value, str | bytes):
            value = [part.strip() for part in _text(value).split(",")]
        if not isinstance(value, list) or not all(isinstance(v, str | bytes) for v in value):
            continue
        names = [_text(v) for v in value]
        if len(names) == width and len(set(names)) == width and all(names):
            return names
    return []


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _give_names(
    columns: Sequence[str] | Mapping[str, Sequence[str]], plain: Places,
    tables: dict[str, Places], path: str
) -> None:  # fmt: skip
    """Turn the matrices that the config gives names to into tables."""
    matrices = [name for name, place in plain.items() if _width(place)]
    if columns and not isinstance(columns, Mapping):
        if len(matrices) != 1:
            received = ", ".join(matrices) or "none"
            message = (
                f"columns: a list of names is for a file's only matrix without them. {path} has: "
                f"{received}. Give names to each by its own: columns: {{{received.split(',')[0]}: "
                "[...]}."
            )
            raise InputError(message)
        columns = {matrices[0]: columns}
    for name, names in columns.items() if isinstance(columns, Mapping) else ():
        if name not in matrices:
            received = ", ".join(matrices) or "none"
            message = f"columns.{name}: {path} has no such matrix. Matrices: {received}."
            raise InputError(message)
        place = plain[name]
        if len(names) != _width(place) or len(set(names)) != len(names):
            message = (
                f"columns: expected {_width(place)} different names, one for each column of {name} "
                f"in {path}. Received: {', '.join(map(str, names))}."
            )
            raise InputError(message)
        del plain[name]
        tables[name] = {
            column: Place(place.dataset, column=i, turned=place.turned)
            for i, column in enumerate(names)
        }


def unnamed(places: Places) -> str:
    """Say how columns without names are taken, if there are any; it begins with a space."""
    for name, place in places.items():
        if place.column is None and (width := _width(place)) > 1:
            names = ", ".join(["name"] * min(width, 3)) + (", ..." if width > 3 else "")
            return (
                f" {name} has {width} columns without names: take them by number, as in "
                f"{written(name)}[0], or name them in the config, `columns: [{names}]`."
            )
    return ""


def _width(place: Place) -> int:
    """Return the columns of a matrix, 0 for anything else."""
    dataset = place.dataset
    if place.fields or dataset.ndim != 2 or dataset.dtype.kind not in "biuf":
        return 0
    return dataset.shape[0 if place.turned else 1]


def _frame_of(root: h5py.Group | h5py.Dataset) -> h5py.Group | None:
    """Return the pandas frame that a group is, or that a dataset is the table of."""
    if isinstance(root, h5py.Dataset):
        root = root.parent if root.name.endswith("/table") else root
    return root if isinstance(root, h5py.Group) and "pandas_type" in root.attrs else None


def _frame(group: h5py.Group, broken: dict[str, str]) -> Places:
    """Return the columns of a pandas frame or series."""
    if isinstance(group.get("table"), h5py.Dataset):
        return _table_format(group["table"])
    return _fixed_format(group, broken)


def _table_format(table: h5py.Dataset) -> Places:
    places = {}
    for field in table.dtype.names or ():
        names = _pickled_names(table.attrs.get(f"{field}_kind"))
        meta = table.attrs.get(f"{field}_meta")
        times = _is_time(table.attrs.get(f"{field}_dtype"))
        instead = "pandas categories" if meta in (b"category", "category") else ""
        if not table.dtype[field].shape:
            places[field] = Place(table, (field,), instead=instead, times=times)
        elif len(names) == table.dtype[field].shape[0]:
            for i, name in enumerate(names):
                places[name] = Place(table, (field,), i, instead=instead, times=times)
        else:
            places[field] = Place(table, (field,), instead=instead)
    return places


def _is_time(kind: Any) -> bool:
    text = _text(kind) if isinstance(kind, str | bytes) else ""
    return text.startswith(("datetime64", "timedelta64"))


def _fixed_format(group: h5py.Group, broken: dict[str, str]) -> Places:
    places = {}
    for index in ("index", "axis1"):
        if isinstance(group.get(index), h5py.Dataset) and group[index].ndim == 1:
            places["index"] = Place(group[index])
    if isinstance(group.get("values"), h5py.Dataset):
        name = group.attrs.get("name")
        own = group.name.rpartition("/")[2]
        named = isinstance(name, bytes) and name != b"N."
        places[_text(name) if named else own] = _fixed_place(group["values"], None)
    for i in range(int(group.attrs.get("nblocks", 0))):
        values = group.get(f"block{i}_values")
        if not isinstance(values, h5py.Dataset):
            continue
        try:
            names = _items_of(group, f"block{i}_items")
        except InputError:
            raise
        except Exception as error:
            broken[f"{group.name.strip('/')}/block{i}_values"] = str(error)
            continue
        for j, name in enumerate(names):
            places[name] = _fixed_place(values, j)
    return places


def _fixed_place(values: h5py.Dataset, column: int | None) -> Place:
    turned = values.ndim == 2 and not values.attrs.get("transposed", False)
    numbers = values.dtype.kind in "biuf" and not _is_placeholder(values)
    instead = "" if numbers or _is_placeholder(values) else "texts or objects of pandas"
    return Place(
        values, column=column, turned=turned, instead=instead,
        times=_is_time(values.attrs.get("value_type")),
    )  # fmt: skip


def with_filters(dataset: h5py.Dataset, path: str, name: str) -> None:
    """Make sure that a dataset can be decompressed.

    Raises:
        InputError: With the filters that are missing, and the package that has them.
    """
    missing = _missing_filters(dataset)
    if not missing:
        return
    try:
        import hdf5plugin  # noqa: F401, brings its filters along
    except ImportError:
        message = (
            f"{path}: {name} is compressed by {missing}, which h5py does not have. Install the "
            "Python package hdf5plugin into the environment of the jobs, or write the file anew "
            "with gzip."
        )
        raise InputError(message) from None


def _missing_filters(dataset: h5py.Dataset) -> str:
    """Name a dataset's filters that this HDF5 library lacks, if it lacks any."""
    pipeline = dataset.id.get_create_plist()
    codes = [pipeline.get_filter(i)[0] for i in range(pipeline.get_nfilters())]
    missing = [code for code in codes if not h5py.h5z.filter_avail(code)]
    return ", ".join(_FILTERS.get(code, f"filter {code}") for code in missing)


def _items_of(group: h5py.Group, key: str) -> list[str]:
    """Return the names of a block's columns; those of several levels as `level/level`."""
    if key in group:
        kind = group[key].attrs.get("kind")
        if kind not in (b"string", b"integer", b"float", "string", "integer", "float"):
            raise ValueError(_PICKLED)
        with_filters(group[key], group.file.filename, f"the frame {group.name.strip('/')}")
        return [str(_text(v) if isinstance(v, bytes) else v) for v in group[key][()].tolist()]
    levels: list[list[str]] = []
    while f"{key}_level{len(levels)}" in group:
        level = f"{key}_level{len(levels)}"
        known = _items_of(group, level)
        labels = group[level.replace("_level", "_label")][()].tolist()
        levels.append([known[label] for label in labels])
    return ["/".join(filter(None, parts)) for parts in zip(*levels, strict=True)]


def _pickled_names(pickled: Any) -> list[str]:
    r"""Return the names in a pickled list of texts, numbers or tuples of them, without loading it.

    PyTables writes it in the first of the pickle's protocols, whose opcodes are few.

    >>> _pickled_names(b"(lp0\nVpt\np1\naVeta\np2\na.")
    ['pt', 'eta']
    >>> _pickled_names(b"(lp0\n(Vmu\np1\nVpt\np2\ntp3\na(g1\nVeta\np4\ntp5\na.")
    ['mu/pt', 'mu/eta']
    >>> _pickled_names(b"cos\nsystem\n(S'true'\ntR.")
    []
    """
    names: list[str] = []
    stack: list[str | None] = []
    memo: dict[int, str | None] = {}
    try:
        argument: Any
        for code, argument, _ in pickletools.genops(
            pickled.encode() if isinstance(pickled, str) else pickled
        ):
            match code.name:
                case "MARK":
                    stack.append(None)
                case "UNICODE" | "INT" | "LONG":
                    stack.append(str(argument))
                case "PUT" if stack:
                    memo[argument] = stack[-1]
                case "GET":
                    stack.append(memo[argument])
                case "TUPLE" | "LIST":
                    mark = len(stack) - 1 - stack[::-1].index(None)
                    parts, stack = stack[mark + 1 :], stack[:mark]
                    if code.name == "TUPLE":
                        stack.append("/".join(filter(None, parts)))
                case "APPEND":
                    names.append(stack.pop() or "")
                case "PUT" | "STOP":
                    pass
                case _:
                    return []
    except Exception:  # whatever else it is, it is no list of names
        return []
    return names
