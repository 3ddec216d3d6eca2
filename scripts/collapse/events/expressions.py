"""The language of features, selections and weights.

An expression is parsed with `ast` and turned into nested tuples ("nodes") that only hold what is
allowed; `compute.Table` computes these, so that no text of a config is ever executed. Only the
standard library is imported, since the Snakefile parses all expressions before it makes jobs.

Allowed are numbers; branches by name or `branch("odd/name")`; `+ - * / ** %`, comparisons (chained
too), `and or not` and `& | ~`; the functions of `FUNCTIONS`; `Muon_pt[0]`, the first entry in the
stored order, `Muon_pt[-1]`, the last; `Muon_pt[Muon_tight]`, the entries that pass; `muon[0]`, the
first object in the order of `order_by`; `muon[0].charge`, and `muon.charge` of all of them; and the
`PROPERTIES` of objects and of their sums, as in `(muon[0] + muon[1]).mass`. Objects are made of
numbers by `vector(pt=..., eta=..., phi=..., mass=...)`, and by `two_body(...)[0]` and `[1]`.
"""

import ast
import difflib
import keyword
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from collapse.errors import InputError
from collapse.events.dialects import advice

FUNCTIONS = {
    name: count
    for count, names in {
        1: "abs sqrt exp log log10 log1p sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh"
        " floor ceil sign count sum branch",
        2: "arctan2 minimum maximum delta_phi delta_r helicity_cos_theta helicity_phi",
        3: "where",
        4: "vector",
        6: "opening_place opening_phi",
        7: "two_body opening_share opening_eta1 opening_eta2",
    }.items()
    for name in names.split()
}
"""The functions and how many arguments each takes."""

PROPERTIES = ("mass", "pt", "eta", "rapidity", "phi", "energy", "px", "py", "pz")
"""What a four-vector has."""

MAX_LENGTH = 2000
MAX_DEPTH = 100
MAX_EXPONENT = 64
MAX_INDEX = 1000

_ARITHMETIC = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.BitAnd: "&",
    ast.BitOr: "|",
}
_COMPARISONS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_VECTORS = ("vector", "vector_sum", "made", "daughter")
_PARTICLES = ("delta_r", "helicity_cos_theta", "helicity_phi")
SETTINGS = ("order_by", "counter", "of", "select", "opposite", "nearest")
"""The keys of an object that are no branches."""


# A dataset's objects: name -> key -> branch, or one of the `SETTINGS`.
Objects = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Expression:
    """A checked expression.

    Args:
        where: Its place in the config, for messages.
        text: As the user wrote it.
        node: What to compute, nested tuples (kind, ...).
        branches: The branches that it needs.
    """

    where: str
    text: str
    node: tuple
    branches: frozenset[str]


def suggest(name: str, known: Iterable[str]) -> str:
    """Say which known names are near to `name`, or which there are.

    >>> suggest("Muon_Pt", ["Muon_pt", "Muon_eta"])
    'Did you mean Muon_pt, Muon_eta?'
    >>> suggest("x", ["b", "a"])
    'There are b, a.'
    """
    known = list(known)
    near = [other for other in known if other.rpartition("/")[2].lower() == name.lower()]
    near += [other for other in difflib.get_close_matches(name, known, 4) if other not in near]
    if near:
        return f"Did you mean {', '.join(near[:4])}?"
    if not known:
        return "There are none."
    return f"There are {', '.join(known[:10])}{', ...' if len(known) > 10 else '.'}"


def written(name: str) -> str:
    """Return how an expression names a branch, whatever the branch is called.

    >>> written("Muon_pt"), written("Muon.pt"), written("lambda")
    ('Muon_pt', "branch('Muon.pt')", "branch('lambda')")
    """
    plain = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")
    return name if plain and name not in FUNCTIONS else f"branch({name!r})"


def four_vector(branches: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of an object that make its four-vector, or nothing if some are missing.

    Args:
        branches: An object of the config.

    >>> four_vector({"px": "x", "py": "y", "pz": "z", "energy": "e", "charge": "q"})
    ('px', 'py', 'pz', 'energy')
    """
    for momentum in (("pt", "eta", "phi"), ("px", "py", "pz")):
        for fourth in ("mass", "energy"):
            keys = (*momentum, fourth)
            if all(key in branches for key in keys):
                return keys
    return ()


def own_keys(branches: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of an object that are branches."""
    return tuple(key for key in branches if key not in SETTINGS)


def ordering_branches(name: str, objects: Objects) -> set[str]:
    """Return the branches that say which objects there are, and in which order."""
    branches = objects[name]
    key = branches["order_by"]
    keys = {key} if key in branches else {*four_vector(branches)}
    if "nearest" in branches:
        keys |= {*four_vector(branches)}
    if "opposite" in branches:
        keys.add(branches["opposite"])
    selected = parse_select(name, objects)
    return {branches[key] for key in keys} | (selected.branches if selected else frozenset())


def parse_select(name: str, objects: Objects) -> Expression | None:
    """Parse the `select` of an object, in which its keys and properties are those of each object.

    Raises:
        InputError: If it is malformed.

    >>> muon = {"pt": "mu_pt", "tight": "mu_tight", "order_by": "pt", "select": "tight and pt > 5"}
    >>> sorted(parse_select("muon", {"muon": muon}).branches)
    ['mu_pt', 'mu_tight']
    """
    text = objects[name].get("select")
    if text is None:
        return None
    return parse(text, f"objects.{name}.select", objects, of=name)


def parse(text: str, where: str, objects: Objects, of: str | None = None) -> Expression:
    """Check an expression and turn it into nodes.

    Args:
        text: The expression.
        where: Its place in the config, such as `features.mass`.
        objects: The dataset's objects: name -> key -> branch.
        of: The object that it selects; then it may give a list.

    Returns:
        An `Expression`.

    Raises:
        InputError: If it is malformed or uses anything that is not allowed.

    >>> parse("2 * pt", "features.x", {}).node
    ('binary', '*', ('number', 2), ('branch', 'pt'))
    """
    if not isinstance(text, str):
        message = f"{where}: expected an expression in quotes, received {text!r}."
        raise InputError(message)
    if len(text) > MAX_LENGTH:
        message = (
            f"{where}: the expression has {len(text)} characters, at most {MAX_LENGTH} are allowed."
            " Split it into several cuts or features."
        )
        raise InputError(message)
    source = text.replace("\n", " ").strip()
    try:
        with warnings.catch_warnings():  # what Python finds odd is refused below with our words
            warnings.simplefilter("ignore")
            tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = getattr(error, "offset", None) or 0
        piece = f" at {source[offset - 1 : offset + 19]!r}" if 0 < offset <= len(source) else ""
        reason = getattr(error, "msg", None) or "nested too deeply"
        message = (
            f"{where}: expected an expression such as muon[0].pt > 20, received"
            f" {_shorten(text)!r}, which can't be parsed{piece} ({reason})."
        )
        raise InputError(message + advice(source, FUNCTIONS)) from None
    parser = _Parser(source, where, objects, of)
    node = parser.visit(tree)
    if node[0] in (*_VECTORS, "collection", "two_body"):
        end = {"collection": "[0].pt", "vector": ".pt", "two_body": "[0].pt"}.get(node[0])
        what = f"{source}{end}" if end else f"({_shorten(source)}).mass"
        parser.refuse(tree, f"is an object rather than a number. Take a property, such as {what}")
    if of is None and parser.is_list(node):
        entry = f"{_shorten(source)}[0]" if node[0] in ("branch", "mask") else "Muon_pt[0]"
        entry = f"{node[1]}[0].{node[2]}" if node[0] == "all" else entry
        parser.refuse(
            tree,
            "gives a list per event, expected a number. Take an entry, as in "
            f"{entry}, or sum(...) or count(...)",
        )
    branches = frozenset(_branches(node, objects))
    if not branches:
        parser.refuse(tree, "uses no branch, so it is the same for all events")
    return Expression(where, text, node, branches)


def _shorten(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:97]}..."


def _branches(node: tuple, objects: Objects) -> Iterator[str]:
    """Yield the branches that a node needs."""
    kind, *parts = node
    if kind == "branch":
        yield parts[0]
    elif kind in ("member", "vector", "all", "collection"):
        name = parts[0]
        own = (parts[-1],) if kind in ("member", "all") else four_vector(objects[name])
        for key in () if kind == "collection" else own:
            given = objects[name]
            yield from (given[k] for k in ((key,) if key in given else four_vector(given)))
        yield from ordering_branches(name, objects)
    elif kind == "each":
        branches = objects[parts[0]]
        yield from (branches[key] for key in four_vector(branches))
    for part in parts:
        if isinstance(part, tuple):
            yield from _branches(part, objects)


def _lists_in(node: tuple) -> Iterator[tuple]:
    """Yield the branches and objects' keys whose entries stand beside one another in a node."""
    kind, *parts = node
    if kind in ("branch", "all"):
        yield node
    apart = kind in ("item", "member", "vector", "property") or node[:2] in (
        ("call", "sum"),
        ("call", "count"),
    )
    for part in () if apart else parts:
        if isinstance(part, tuple):
            yield from _lists_in(part)


def _whole_number(tree: ast.expr) -> int | None:
    """Return the whole number that a syntax tree is, which may be negative."""
    sign = 1
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        tree, sign = tree.operand, -1
    value = tree.value if isinstance(tree, ast.Constant) else None
    return sign * value if type(value) is int else None


def _number(node: tuple) -> float | None:
    """Return the number that a node is, or None."""
    if node[0] == "unary" and node[1] == "-" and node[2][0] == "number":
        return -node[2][1]
    return node[1] if node[0] == "number" else None


def _never(pair: tuple) -> bool:
    """Whether a comparison asks for something less than zero that can't be."""
    _, symbol, left, right = pair
    if symbol in (">", ">="):
        symbol, left, right = {">": "<", ">=": "<="}[symbol], right, left
    high = _number(right)
    positive = left[0] == "call" and left[1] in ("abs", "sqrt", "count", "delta_r")
    below = high is not None and (high < 0 or (high == 0 and symbol == "<"))
    return positive and below and symbol in ("<", "<=")


def _empty(numbers: list[float | None], symbols: list[str]) -> bool:
    """Whether the bounds of a chained comparison leave no room, as in 5 < x < 3."""
    known = [number for number in numbers if number is not None]
    if {*symbols} <= {"<", "<="}:
        return len(known) > 1 and known[0] > known[-1]
    return {*symbols} <= {">", ">="} and len(known) > 1 and known[0] < known[-1]


class _Parser:
    """Turns the syntax tree of one expression into nodes."""

    def __init__(self, text: str, where: str, objects: Objects, of: str | None = None) -> None:
        self.text, self.where, self.objects, self.of = text, where, objects, of
        self.depth = 0
        self.jagged = {branches[key] for branches in objects.values() for key in own_keys(branches)}

    def is_list(self, node: tuple) -> bool:
        """Whether a node is known to be a list per event, as the branches of objects are."""
        kind, *parts = node
        if kind == "branch":
            return parts[0] in self.jagged
        if kind in ("mask", "all", "each"):
            return True
        inner = kind in ("binary", "unary", "compare", "logic", "call")
        summed = kind == "call" and parts[0] in ("sum", "count")
        return (
            inner
            and not summed
            and any(map(self.is_list, (p for p in parts if isinstance(p, tuple))))
        )

    def refuse(self, tree: ast.AST, reason: str) -> NoReturn:
        piece = ast.get_source_segment(self.text, tree) or self.text
        whole = "" if piece == self.text else f" in {_shorten(self.text)!r}"
        end = "" if reason.endswith(("?", ".")) else "."
        message = (
            f"{self.where}: {_shorten(piece)!r}{whole} {reason}{end}{advice(piece, FUNCTIONS)}"
        )
        raise InputError(message)

    def check_orders(self, tree: ast.AST, node: tuple) -> None:
        """Refuse lists beside one another whose entries don't belong to the same objects."""
        lists = {part[1] for part in _lists_in(node) if part[0] == "all"}
        stored = [part for part in _lists_in(node) if part[0] == "branch"]
        if lists and stored:
            name, branch = min(lists), stored[0][1]
            self.refuse(
                tree,
                f"takes the entries of {branch} as they are stored, and those of {name} in their"
                f" own order. Make {branch} a key of objects.{name}, and write {name}.key",
            )
        if len(lists) > 1:
            self.refuse(tree, f"mixes the objects {' and '.join(sorted(lists))} in one list")

    def visit(self, tree: ast.AST) -> tuple:
        """Return the node of a syntax tree; anything without a method of its own is refused."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.refuse(tree, f"is nested more than {MAX_DEPTH} deep. Split the expression")
        method = getattr(self, f"_{type(tree).__name__.lower()}", None)
        if method is None:
            self.refuse(
                tree,
                "is not allowed. Allowed are numbers, branches, objects, + - * / ** %, comparisons,"
                f" and or not & | ~, and the functions {', '.join(FUNCTIONS)}",
            )
        node = method(tree)
        if node[0] in ("binary", "compare", "logic", "call", "mask"):
            self.check_orders(tree, node)
        self.depth -= 1
        return node

    def value(self, tree: ast.AST) -> tuple:
        """Return a node that stands for numbers."""
        node = self.visit(tree)
        if node[0] == "collection":
            first = node[1]
            self.refuse(tree, f"is a collection. Take one of its objects, such as {first}[0].pt")
        if node[0] in _VECTORS:
            self.refuse(tree, "is an object: only + and properties such as .pt apply to it")
        if node[0] == "two_body":
            self._need_daughter(tree)
        return node

    def _constant(self, tree: ast.Constant) -> tuple:
        number = tree.value
        # Not `isinstance` alone: True is an int to it.
        if isinstance(number, bool) or not isinstance(number, int | float):
            hint = " except in branch(...)" if isinstance(number, str) else ""
            self.refuse(tree, f"is not allowed: of constants only numbers are{hint}")
        if not (math.isfinite(number) if isinstance(number, float) else number < 2**64):
            self.refuse(tree, "is too large a number")
        return ("number", number)

    def _name(self, tree: ast.Name) -> tuple:
        name = tree.id
        if self.of is not None and (name == self.of or name not in self.objects):
            own = self.objects[self.of]
            if name in own_keys(own):
                return ("branch", own[name])
            if name in PROPERTIES and four_vector(own):
                return ("each", self.of, name)
        if name in self.objects and name == self.of:
            self.refuse(tree, "is what is selected. Use its keys alone, as in pt > 5")
        if name in self.objects:
            return ("collection", name)
        if name in FUNCTIONS:
            hint = f"a function, to be called; for a branch of this name write branch({name!r})"
            self.refuse(tree, f"is {hint}")
        if name.startswith("__"):
            self.refuse(tree, "is not allowed: names that begin with two underscores are reserved")
        return ("branch", name)

    def _binop(self, tree: ast.BinOp) -> tuple:
        symbol = _ARITHMETIC.get(type(tree.op))
        if symbol is None:
            allowed = " ".join(_ARITHMETIC.values())
            self.refuse(tree, f"uses an operator that is not allowed. Allowed are {allowed}")
        if symbol == "**":
            return ("binary", symbol, self.value(tree.left), self._exponent(tree.right))
        if symbol != "+":
            return ("binary", symbol, self.value(tree.left), self.value(tree.right))
        left, right = self.visit(tree.left), self.visit(tree.right)
        if left[0] in _VECTORS and right[0] in _VECTORS:
            return ("vector_sum", left, right)
        for side, node in ((tree.left, left), (tree.right, right)):
            if node[0] == "two_body":
                self._need_daughter(side)
            if node[0] in (*_VECTORS, "collection"):
                self.refuse(side, "can only be added to another object, such as muon[1]")
        return ("binary", symbol, left, right)

    def _exponent(self, tree: ast.expr) -> tuple:
        node = self.visit(tree)
        inner = node[2] if node[0] == "unary" else node
        if inner[0] != "number" or abs(inner[1]) > MAX_EXPONENT:
            self.refuse(
                tree, f"is not allowed as an exponent, which must be a number up to {MAX_EXPONENT}"
            )
        return node

    def _unaryop(self, tree: ast.UnaryOp) -> tuple:
        symbols = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not", ast.Invert: "~"}
        return ("unary", symbols[type(tree.op)], self.value(tree.operand))

    def _boolop(self, tree: ast.BoolOp) -> tuple:
        symbol = "and" if isinstance(tree.op, ast.And) else "or"
        return ("logic", symbol, *(self.value(part) for part in tree.values))

    def _compare(self, tree: ast.Compare) -> tuple:
        sides = [tree.left, *tree.comparators]
        bits = (ast.BitAnd, ast.BitOr)
        if len(sides) > 2 and any(
            isinstance(side, ast.BinOp) and isinstance(side.op, bits) for side in sides
        ):
            # `a == 2 & b > 3` means `a == (2 & b) > 3`: valid, and never what was meant.
            self.refuse(tree, "mixes & or | with comparisons. Write `and`, `or`, or parentheses")
        nodes = [self.value(side) for side in sides]
        pairs = []
        for operator, left, right in zip(tree.ops, nodes[:-1], nodes[1:], strict=True):
            symbol = _COMPARISONS.get(type(operator))
            if symbol is None:
                allowed = " ".join(_COMPARISONS.values())
                self.refuse(tree, f"compares in a way that is not allowed. Allowed are {allowed}")
            pairs.append(("compare", symbol, left, right))
        for pair in pairs:
            if _never(pair):
                self.refuse(tree, "holds for no event")
        if _empty([*map(_number, nodes)], [pair[1] for pair in pairs]):
            self.refuse(tree, "holds for no event")
        return pairs[0] if len(pairs) == 1 else ("logic", "and", *pairs)

    def _subscript(self, tree: ast.Subscript) -> tuple:
        node = self.visit(tree.value)
        index = _whole_number(tree.slice)
        if node[0] == "two_body":
            if index not in (0, 1):
                self._need_daughter(tree)
            return ("daughter", index, *node[1:])
        if node[0] not in ("collection", "branch", "mask", "item", "all"):
            self.refuse(tree, "takes an entry of what is neither a branch nor an object's name")
        if index is None and not isinstance(tree.slice, ast.Constant | ast.Slice | ast.Tuple):
            return self._mask(tree, node)
        if index is None or abs(index) > MAX_INDEX:
            self.refuse(
                tree,
                f"needs a whole number up to {MAX_INDEX} in its brackets, or a comparison. An "
                "entry of lists of lists is x[0][2]",
            )
        return ("vector", node[1], index) if node[0] == "collection" else ("item", node, index)

    def _mask(self, tree: ast.Subscript, node: tuple) -> tuple:
        """Return the node of the entries of a list for which a comparison holds."""
        if node[0] == "collection":
            self.refuse(
                tree,
                f"selects objects where they are used. Select them in objects.{node[1]}, such as "
                'select: "pt > 5", or take the branches: a further object may be `of` this one',
            )
        mask = self.value(tree.slice)
        if mask[0] in ("number", "item", "member", "property"):
            self.refuse(
                tree, "needs in its brackets a comparison that is true or false of each entry"
            )
        return ("mask", node, mask)

    def _attribute(self, tree: ast.Attribute) -> tuple:
        value, name = tree.value, tree.attr
        known = tuple(self.objects)
        if isinstance(value, ast.Name) and value.id not in known:
            piece = f"{value.id}.{name}"
            self.refuse(
                tree,
                f"asks for a property of {value.id!r}, which is no object of this dataset."
                f" For a branch of this name write branch({piece!r})",
            )
        node = self.visit(value)
        if node[0] == "collection":
            keys = dict.fromkeys((*self._keys(node[1]), *PROPERTIES))
            if name not in keys:
                self.refuse(
                    tree, f"asks for {name!r}, which it doesn't have. {suggest(name, keys)}"
                )
            if name not in self._keys(node[1]):
                self._need_four_vectors(tree, ("vector", node[1], 0), name)
            return ("all", node[1], name)
        if node[0] == "item":
            asked = node[1][1] if node[1][0] == "branch" else ast.unparse(value)
            hint = suggest(asked, known) if known else "This dataset has no objects"
            self.refuse(
                tree, f"asks for a property of {asked!r}, which is no object. Objects: {hint}"
            )
        if node[0] == "two_body":
            self._need_daughter(value)
        if node[0] not in _VECTORS:
            self.refuse(tree, "is not allowed: only objects and their sums have properties")
        return self._property(tree, node, name)

    def _property(self, tree: ast.AST, node: tuple, name: str) -> tuple:
        """Return the node for a property, the object's own branch where there is one."""
        own: tuple[str, ...] = ()
        if node[0] == "vector":
            own = self._keys(node[1])
            if name in own:
                return ("member", node[1], node[2], name)
        if name not in PROPERTIES:
            known = dict.fromkeys((*PROPERTIES, *own))
            hint = suggest(name, known)
            self.refuse(tree, f"asks for {name!r}, which it doesn't have. {hint}")
        self._need_four_vectors(tree, node, name)
        return ("property", node, name)

    def _keys(self, name: str) -> tuple[str, ...]:
        return own_keys(self.objects[name])

    def _need_four_vectors(self, tree: ast.AST, node: tuple, name: str) -> None:
        if node[0] == "vector_sum":
            for part in node[1:]:
                self._need_four_vectors(tree, part, name)
        elif node[0] == "vector" and not four_vector(self.objects[node[1]]):
            self.refuse(
                tree,
                f"needs the four-vector of {node[1]!r} for its {name!r}, but objects.{node[1]} has"
                f" only {', '.join(self._keys(node[1]))}. Give pt, eta, phi or px, py, pz, and"
                " mass or energy",
            )

    def _call(self, tree: ast.Call) -> tuple:
        name = tree.func.id if isinstance(tree.func, ast.Name) else None
        if name not in FUNCTIONS:
            hint = "" if advice(ast.unparse(tree), FUNCTIONS) else suggest(name or "", FUNCTIONS)
            self.refuse(tree, f"calls what is not an allowed function. {hint}".rstrip())
        if name == "vector":
            return self._made(tree)
        if tree.keywords or len(tree.args) != FUNCTIONS[name]:
            count = FUNCTIONS[name]
            self.refuse(tree, f"must have {count} argument{'s' * (count > 1)} without names")
        if name == "branch":
            value = tree.args[0].value if isinstance(tree.args[0], ast.Constant) else None
            if not isinstance(value, str):
                self.refuse(tree, 'needs a name in quotes, such as branch("dir/name")')
            return ("branch", value)
        if name in ("delta_phi", *_PARTICLES):
            return self._angle(tree, name)
        if name == "two_body":
            return ("two_body", *(self._number(argument) for argument in tree.args))
        if name == "count":
            counted = self.visit(tree.args[0])
            if counted[0] not in ("branch", "mask", "collection", "all"):
                self.refuse(
                    tree,
                    "must be given a branch or an object's name. To count entries that pass, write "
                    "sum(Muon_pt > 20)",
                )
            return ("call", name, counted)
        arguments = [self.value(argument) for argument in tree.args]
        if name not in ("where", "sum") and any(a[0] in ("compare", "logic") for a in arguments):
            self.refuse(tree, f"takes {name} of what is true or false. Look at its parentheses")
        return ("call", name, *arguments)

    def _made(self, tree: ast.Call) -> tuple:
        """Return the node of a four-vector that is made of numbers."""
        given = {word.arg: word.value for word in tree.keywords if word.arg}
        keys = four_vector(given)
        if tree.args or set(given) != set(keys) or len(tree.keywords) != len(keys):
            self.refuse(
                tree,
                "must be given pt, eta, phi or px, py, pz, and mass or energy, each by its name, "
                "such as vector(pt=pt1, eta=eta1, phi=0, mass=0.10566)",
            )
        return ("made", ",".join(keys), *(self._number(given[key]) for key in keys))

    def _number(self, tree: ast.expr) -> tuple:
        node = self.value(tree)
        if self.is_list(node):
            self.refuse(
                tree, "gives a list per event, expected a number. Take an entry, as in x[0]"
            )
        return node

    def _need_daughter(self, tree: ast.AST) -> NoReturn:
        self.refuse(tree, "is two particles. Take one of them, as in two_body(...)[0].pt, or [1]")

    def _angle(self, tree: ast.Call, name: str) -> tuple:
        nodes = [self.visit(argument) for argument in tree.args]
        for argument, node in zip(tree.args, nodes, strict=True):
            if node[0] == "two_body":
                self._need_daughter(argument)
        if all(node[0] in _VECTORS for node in nodes):
            if name.startswith("helicity"):
                for node in nodes:
                    self._need_four_vectors(tree, node, name)
                return ("helicity", name, *nodes)
            keys = ("phi",) if name == "delta_phi" else ("eta", "phi")
            parts = [self._property(tree, node, key) for node in nodes for key in keys]
            return ("call", name, *parts)
        if name in _PARTICLES or any(node[0] in (*_VECTORS, "collection") for node in nodes):
            angles = ", or two angles" if name == "delta_phi" else ""
            self.refuse(tree, f"must be given two objects, such as muon[0] and muon[1]{angles}")
        return ("call", name, *nodes)
