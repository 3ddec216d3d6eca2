"""What figures need to know of a feature."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Name -> `feature`, `low`, `high` and maybe `label`.
Windows = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Feature:
    """A column of the events and how a figure shows it.

    Args:
        name: Its key in the config.
        label: How a figure calls it, Matplotlib mathtext allowed. Defaults to the name.
        unit: Its unit, empty where it has none.
        log: Whether figures use a logarithmic axis.
    """

    name: str
    label: str = ""
    unit: str = ""
    log: bool = False

    @property
    def axis(self) -> str:
        """The axis title: label and unit.

        >>> Feature("pt1", "$p_T$", "GeV").axis
        '$p_T$ [GeV]'
        """
        label = self.label or self.name
        return f"{label} [{self.unit}]" if self.unit else label
