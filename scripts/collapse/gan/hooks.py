"""Where a trick can act in a training step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from collapse.gan.registry import Array, Pair, Random, Recipe, Tensor

if TYPE_CHECKING:
    import keras

Fed: TypeAlias = dict[str, Tensor]
Critic: TypeAlias = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Setup:
    """What a trick may know of the training it is part of.

    Attributes:
        recipe: The complete recipe.
        n_features: Columns of the events.
        features: Their names, or None.
        seed: The run's seed.
        discriminator_steps: D's updates in a step.
        generator: The generator, a Keras model.
        discriminator: The discriminator, a Keras model.
        optimizers: Their optimizers, by `generator` and `discriminator`.
        epoch_steps: A function of no argument: steps in an epoch.
    """

    recipe: Recipe
    n_features: int
    features: Sequence[str] | None
    seed: int
    discriminator_steps: int
    generator: "keras.Model"
    discriminator: "keras.Model"
    optimizers: "dict[str, keras.optimizers.Optimizer]"
    epoch_steps: Callable[[], int]

    @property
    def rows(self) -> int:
        """What D is shown of a side in an update, in packs."""
        return self.recipe["batch_size"] // self.recipe.get("packing", 1)


@dataclass(frozen=True)
class Judged:
    """What a discriminator's update has computed.

    Attributes:
        critic: The discriminator, as a function of what it is shown.
        real: What it was shown of the data, after noise and packing.
        fake: What it was shown of the generator's.
        logits: Its logits of both, real first.
        gradients: The gradients of its logits by `real` and `fake`, () if no trick asked for them.
        fed: The numbers fed to the trick that is called.
    """

    critic: Critic
    real: Tensor
    fake: Tensor
    logits: Tensor
    gradients: tuple[Tensor, ...]
    fed: Fed

    @property
    def real_logits(self) -> Tensor:
        """The logits of the real events."""
        return self.logits[: self.real.shape[0]]

    @property
    def fake_logits(self) -> Tensor:
        """The logits of the generated events."""
        return self.logits[self.real.shape[0] :]


@dataclass(frozen=True)
class Generated:
    """What a generator's update has computed.

    Attributes:
        noise: What the generator started from.
        fake: Its events.
        real: Real events of the step.
        features: A function: events -> what D's last hidden layer makes of them.
        fed: The numbers fed to the trick that is called.
    """

    noise: Tensor
    fake: Tensor
    real: Tensor
    features: Callable[[Tensor], Tensor]
    fed: Fed


class Hook:
    """A trick at work; each method is called where it says and does nothing here.

    Attributes:
        value: What the recipe has at the trick's key.
        setup: The training that it is part of.
        feeds: name -> (shape, dtype) of the numbers that `fill` makes for each update of D. G's
            update sees those of the last.
        variables: Keras variables that a resumed training needs.
        wants_gradients: Whether `penalty` needs D's gradients by its inputs.
        alone: Whether `objective` stands in the loss's place.
    """

    feeds: Mapping[str, tuple[tuple[int, ...], str]] = {}
    variables: "Sequence[keras.Variable]" = ()
    wants_gradients = False
    alone = False

    def __init__(self, value: Any, setup: Setup) -> None:
        self.value, self.setup = value, setup
        self._prepare()

    def _prepare(self) -> None:
        """Set the attributes."""

    def fill(self, out: dict[str, Array], generator: Random, update: int) -> None:
        """Fill the arrays `out`, by name, for D's update of that number, from 0 up."""

    def trains(self, fed: Fed) -> Tensor | None:
        """Return whether D is updated in this step, or None if it is in each."""

    def show(self, real: Tensor, fake: Tensor, fed: Fed, *, generating: bool | None) -> Pair:
        """Return what D is shown of the real and the generated events.

        `generating` is False in D's update, True in G's, None where only features are wanted.
        """
        return real, fake

    def targets(self, fed: Fed) -> Tensor | None:
        """Return the labels that D is trained towards, real first, or None for 1 and 0."""

    def weigh(self, losses: Tensor, logits: Tensor, fed: Fed) -> Tensor | None:
        """Return G's loss from those of its events, or None for their mean."""

    def penalty(self, judged: Judged) -> Tensor | None:
        """Return a term of D's loss, or None."""

    def objective(self, generated: Generated) -> Tensor | None:
        """Return a term of G's loss, or None."""

    def weight_term(self, side: str, weights: Sequence[Tensor], fed: Fed) -> Tensor | None:
        """Return a term of a network's loss that depends on its weights alone, or None."""

    def critic(self, loss_of: Callable[[Critic], Tensor]) -> Critic | None:
        """Return the D that G's update faces, as a function, or None for D itself.

        `loss_of` is a function: such a D -> the loss that D is trained on.
        """

    def after_discriminator(self) -> None:
        """Act after each update of D."""

    def after_generator(self, generated: Generated) -> None:
        """Act after G's gradient is taken."""

    def after_step(self, fed: Fed) -> None:
        """Act at the end of a step."""
