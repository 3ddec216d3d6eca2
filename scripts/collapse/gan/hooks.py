"""Where a trick can act in a training step."""

from dataclasses import dataclass


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

    recipe: dict
    n_features: int
    features: list | None
    seed: int
    discriminator_steps: int
    generator: object
    discriminator: object
    optimizers: dict
    epoch_steps: object


@dataclass(frozen=True)
class Judged:
    """What a discriminator's update has computed.

    Attributes:
        critic: The discriminator, as a function of what it is shown.
        real: What it was shown of the data, after noise and packing.
        fake: What it was shown of the generator's.
        logits: Its logits of both, real first.
        gradients: The gradients of its logits by `real` and `fake`, if a trick asked for them.
        fed: The numbers fed to the trick that is called.
    """

    critic: object
    real: object
    fake: object
    logits: object
    gradients: tuple | None
    fed: dict

    @property
    def real_logits(self):
        """The logits of the real events."""
        return self.logits[: self.real.shape[0]]

    @property
    def fake_logits(self):
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

    noise: object
    fake: object
    real: object
    features: object
    fed: dict


class Hook:
    """A trick at work; each method is called where it says and does nothing here.

    Attributes:
        feeds: name -> (shape, dtype) of the numbers that `fill` makes for each update of D. G's
            update sees those of the last.
        variables: Keras variables that a resumed training needs.
        wants_gradients: Whether `penalty` needs D's gradients by its inputs.
        alone: Whether `objective` stands in the loss's place.
    """

    feeds: dict = {}  # noqa: RUF012
    variables = ()
    wants_gradients = False
    alone = False

    def fill(self, out, generator, update):
        """Fill the arrays `out`, by name, for D's update of that number, from 0 up."""

    def show(self, real, fake, fed, *, generating):
        """Return what D is shown.

        Args:
            real: Real events.
            fake: Generated events.
            fed: The numbers fed.
            generating: False in D's update, True in G's, None where only features are wanted.
        """
        return real, fake

    def targets(self, fed):
        """Return the labels that D is trained towards, real first, or None for 1 and 0."""

    def weigh(self, losses, logits, fed):
        """Return G's loss from those of its events, or None for their mean."""

    def penalty(self, judged):
        """Return a term of D's loss, or None."""

    def objective(self, generated):
        """Return a term of G's loss, or None."""

    def weight_term(self, side, weights, fed):
        """Return a term of a network's loss that depends on its weights alone, or None."""

    def critic(self, loss_of):
        """Return the D that G's update faces, as a function, or None for D itself.

        Args:
            loss_of: A function: such a D -> the loss that D is trained on.
        """

    def after_discriminator(self):
        """Act after each update of D."""

    def after_generator(self, generated):
        """Act after G's gradient is taken."""

    def after_step(self, fed):
        """Act at the end of a step."""
