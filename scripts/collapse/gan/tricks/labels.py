"""The labels that D is trained towards: smoothed, drawn from a range, or flipped.

Paper: one-sided smoothing to 0.9, Salimans et al. 2016, arXiv:1606.03498; ranges such as [0.7, 1.2]
and [0, 0.3], and flips, ganhacks number 6 (Chintala et al. 2016, github.com/soumith/ganhacks). A
flipped event gets a label of the other side.
"""

from collapse.gan.hooks import Fed, Hook
from collapse.gan.registry import Array, Random, Schema, Tensor, Trick, number

_LABEL: Schema = {
    "type": ["number", "array"],
    "minimum": -10,
    "maximum": 10,
    "items": {"type": "number", "minimum": -10, "maximum": 10},
    "minItems": 2,
    "maxItems": 2,
}
TRICK = Trick(
    ("labels",),
    options={
        "real": _LABEL | {"description": "Of real events, or the range they have.", "default": 0.9},
        "fake": _LABEL
        | {"description": "Of generated events, or the range they have.", "default": 0.0},
        "flips": number(0.0, "Share of events with a label of the other side.", high=1),
    },
)


class Labels(Hook):
    """Labels drawn anew for each update of D."""

    def _prepare(self) -> None:
        self._ranges = [
            side if isinstance(side, list) else [side, side]
            for side in (self.value["real"], self.value["fake"])
        ]
        self.feeds = {"labels": ((2 * self.setup.rows, 1), "float32")}

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Draw the labels, real first."""
        import numpy as np

        rows = self.setup.rows
        sides = np.repeat([0, 1], rows)
        sides ^= generator.random(2 * rows) < self.value["flips"]
        low, high = np.array(self._ranges)[sides].T
        out["labels"][:, 0] = low + (high - low) * generator.random(2 * rows)

    def targets(self, fed: Fed) -> Tensor:
        """Return the labels."""
        return fed["labels"]


build = Labels
