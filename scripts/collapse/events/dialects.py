"""Words of other languages for expressions, and what to write instead of them."""

import re
from collections.abc import Iterable

# Words that are no functions here: TTree::Draw's, NumPy's, awkward's, coffea's and C's.
_WORDS = {
    "fabs": "abs(x)",
    "pow": "x ** 2",
    "power": "x ** 2",
    "square": "x ** 2",
    "log2": "log(x) / log(2)",
    "ln": "log(x)",
    "atan2": "arctan2(y, x)",
    "asin": "arcsin(x)",
    "acos": "arccos(x)",
    "atan": "arctan(x)",
    "asinh": "arcsinh(x)",
    "hypot": "sqrt(x ** 2 + y ** 2)",
    "max": "maximum(a, b), or muon[0] for the largest of a list by `order_by`",
    "min": "minimum(a, b), or muon[-1] for the smallest of a list by `order_by`",
    "fmax": "maximum(a, b)",
    "fmin": "minimum(a, b)",
    "round": "floor(x + 0.5)",
    "rint": "floor(x + 0.5)",
    "nint": "floor(x + 0.5)",
    "trunc": "sign(x) * floor(abs(x))",
    "int": "sign(x) * floor(abs(x))",
    "int32": "sign(x) * floor(abs(x))",
    "invmass": "(muon[0] + muon[1]).mass",
    "m_pi": "3.141592653589793",
    "true": "a comparison",
    "false": "a comparison",
    "float": "x alone: all is computed in double precision",
    "even": "floor(x) % 2 == 0",
    "odd": "floor(x) % 2 == 1",
    "fmod": "x % y",
    "pi": "3.141592653589793",
    "twopi": "6.283185307179586",
    "len": "count(x)",
    "size": "count(x)",
    "length": "count(x)",
    "num": "count(x)",
    "count_nonzero": "sum(x > 20)",
    "any": "sum(x > 20) > 0",
    "all": "sum(x > 20) == count(x)",
    "mean": "sum(x) / count(x)",
    "prod": "a product of entries, x[0] * x[1]",
    "firsts": "x[0], and `default:` beside the expression for events without it",
    "pad_none": "x[0], and `default:` beside the expression for events without it",
    "fill_none": "`default:` beside the expression",
    "alt": "`default:` beside the expression",
    "argmax": "muon[0], the first by `order_by`",
    "argmin": "muon[-1], the last by `order_by`",
    "sort": "an object with `order_by`",
    "argsort": "an object with `order_by`",
    "combinations": "an object `of` another with `nearest` and `opposite`",
    "cartesian": "an object `of` another with `nearest` and `opposite`",
    "maxif": "an object with `select` and `order_by`",
    "minif": "an object with `select` and `order_by`",
    "logical_and": "`and`",
    "logical_or": "`or`",
    "logical_not": "`not`",
    "isfinite": "nothing: events that are not finite are dropped",
    "isnan": "nothing: events that are not finite are dropped",
    "deltar": "delta_r(muon[0], muon[1])",
    "delta_r2": "delta_r(muon[0], muon[1]) ** 2",
    "deltaphi": "delta_phi(muon[0], muon[1])",
    "phi_mpi_pi": "delta_phi(a, b)",
    "ifelse": "where(condition, a, b)",
    "entry": "nothing: an event's number is no feature",
    "localentry": "nothing: an event's number is no feature",
    "iteration": "an entry by its index, as in x[0]",
    "p4": "muon[0] + muon[1], whose mass, pt, eta, phi and energy there are",
    "vec": "muon[0] + muon[1], whose mass, pt, eta, phi and energy there are",
    "lorentzvector": "muon[0] + muon[1], whose mass, pt, eta, phi and energy there are",
}
# What is written -> how it looks in a text, and what to write.
_SIGNS = {
    "&&": (r"&&", "`and`"),
    "||": (r"\|\|", "`or`"),
    "!": (r"!(?!=)", "`not`"),
    "? :": (r"\?.*:", "where(condition, a, b)"),
    "if else": (r"\bif\b.*\belse\b", "where(condition, a, b)"),
    "^": (r"\^", "** for a power"),
    "->": (r"->", "a dot, as in muon[0].pt"),
    "axis=": (r"\baxis\s*=", "nothing: sum and count are of each event"),
    ".at(0)": (r"\.at\(\d+\)", "[0]"),
    "[0:2]": (r"\[[^\]]*:[^\]]*\]", "[0] for an entry, or [x > 5] for those that pass"),
    "[0, 2]": (r"\[\s*\d+\s*,\s*\d+\s*\]", "[0][2]"),
    "=": (r"^[^()]*(?<![=!<>])=(?!=)", "== for a comparison"),
    "<>": (r"<>", "!="),
}
_PREFIX = r"(?:TMath::|ROOT::Math::|ROOT::VecOps::|std::|math\.|np\.|numpy\.|ak\.|awkward\.)"
# A word with such a prefix, or one that is called.
_FOREIGN = re.compile(
    rf"(?P<prefix>{_PREFIX})?(?P<name>[A-Za-z_]\w*?)(?P<draw>\$)?\s*(?=\(|$)"
    rf"|(?P<prefix2>{_PREFIX})(?P<name2>[A-Za-z_]\w*)"
)


_ARGUMENTS = {"where": "condition, a, b"} | dict.fromkeys(
    ("arctan2", "minimum", "maximum", "delta_phi", "delta_r"), "a, b"
)
_METHOD = re.compile(r"\.(?P<name>[A-Za-z]\w*)\(\)")
_PROPERTIES = {"m": "mass", "e": "energy", "invariantmass": "mass", "p4": "mass"} | {
    name: name for name in ("pt", "eta", "phi", "mass", "energy", "px", "py", "pz", "charge")
}


def advice(text: str, functions: Iterable[str]) -> str:
    """Say what to write for the words of another language, each in a sentence after a space.

    Args:
        text: The expression.
        functions: The functions that there are, which others call by other names.

    >>> advice("TMath::Abs(x) && Sum$(y > 2)", ["abs", "sum"])
    ' Instead of && write `and`. Instead of TMath::Abs write abs(x). Instead of Sum$ write sum(x).'
    >>> advice("muon[0].pt > 20", ["abs"])
    ''
    """
    found = {said: word for said, (sign, word) in _SIGNS.items() if re.search(sign, text)}
    for match in _METHOD.finditer(text):
        if known := _PROPERTIES.get(match["name"].lower()):
            found[f".{match['name']}()"] = f".{known}"
    for match in _FOREIGN.finditer(text):
        name = match["name"] or match["name2"]
        if text[: match.start()].endswith(".") and f".{name}()" in found:
            continue
        known = name.lower()
        said = f"{match['prefix'] or match['prefix2'] or ''}{name}{match['draw'] or ''}"
        if known in functions and said != known:
            found[said] = f"{known}({_ARGUMENTS.get(known, 'x')})"
        elif known in _WORDS:
            found[said] = _WORDS[known]
    return "".join(f" Instead of {said} write {word}." for said, word in found.items())
