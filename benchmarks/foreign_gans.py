"""Three GANs of other people's making, whose end is known, to try the diagnosis on.

    benchmarks/.venv/bin/python benchmarks/foreign_gans.py EVENTS.h5 FOLDER

They are plain PyTorch and share nothing with this project, not even a metric. Each writes
`FOLDER/{name}/epoch{epochs}.h5`: generated events in physical units, a dataset for each feature.
The table says by direct counts what became of it, and the script fails if that isn't its known end.
EVENTS.h5 is the events file of a study of dimuons. It takes two minutes of one core.

- `truncated`: G ends in tanh and the events are standard scaled. So no sample is ever farther than
  a standard deviation from the mean of any feature, however well it trains.
- `collapsed`: learns until epoch 60, where D's learning rate drops to 1/333 by a slip in its
  schedule. G goes on against a D that hardly answers, and gathers where D likes it best.
- `good`: the logarithms of what spans decades, a linear end, a relativistic loss with gradient
  penalties, and an average over G's late weights.
"""

import argparse
import copy
import json
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import nn
from torch.nn import functional

COUNTS = (1, 10, 30, 60, 70, 100, 150)
SAMPLES = 5_000
BATCH = 256
NOISE = 32
# Features that span decades, and the resonances in GeV.
DECADES = ("pt1", "pt2", "mass")
WINDOWS = {"J/psi": (2.95, 3.25), "Z": (81, 101)}
# Cells a side of the plane of mass and eta1; each slice of either holds equally many real events.
CELLS = 20


@dataclass(frozen=True)
class Recipe:
    """One of the GANs.

    Args:
        widths: Of the hidden layers, the same in both networks.
        tanh: Whether G ends in tanh, else it is linear.
        logs: Whether to take the logarithm of `DECADES` before scaling.
        relativistic: Whether D compares real with fake (RpGAN), else it is binary cross entropy.
        penalty: Weight of D's gradient penalties at real and fake (R1 and R2); 0 leaves them out.
        rate: Adam's learning rate, of both.
        beta_1: Adam's, of both.
        slip: The last epoch at D's full learning rate, and its factor from then on.
        average: How much of the averaged G stays at a step; 0 samples from G itself.
    """

    widths: tuple[int, ...] = (128, 128)
    tanh: bool = False
    logs: bool = True
    relativistic: bool = False
    penalty: float = 0.0
    rate: float = 2e-4
    beta_1: float = 0.5
    slip: tuple[int, float] = (COUNTS[-1], 1.0)
    average: float = 0.0


RECIPES = {
    "truncated": Recipe(tanh=True, logs=False),
    "collapsed": Recipe(rate=1e-3, penalty=0.1, slip=(60, 0.003), average=0.99),
    "good": Recipe(
        (128, 128, 128), relativistic=True, penalty=0.02, rate=1e-3, beta_1=0.0, average=0.999
    ),
}
# What `measure` must call the samples of the last count.
ENDS = {"truncated": "truncated", "collapsed": "narrow", "good": "good"}


class Scaler:
    """Standard scaling, of the logarithm in the columns that `logs` marks."""

    def __init__(self, events, logs):
        self._logs = logs
        values = np.log(events, where=logs, out=events.copy())
        self._mean, self._sd = values.mean(0), values.std(0)

    def scale(self, events):
        """Return scaled events."""
        values = np.log(events, where=self._logs, out=events.copy())
        return (values - self._mean) / self._sd

    def unscale(self, values):
        """Return events in physical units."""
        values = values * self._sd + self._mean
        return np.exp(values, where=self._logs, out=values)


def network(widths, *end):
    """Return dense layers with LeakyReLU between them, and what `end` adds."""
    layers = []
    for rows, columns in pairwise(widths):
        layers += [nn.Linear(rows, columns), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers[:-1], *end)


def discriminator_loss(recipe, discriminator, real, fake):
    """Return D's loss at events that need no gradient of anything else."""
    real, fake = (x.detach().requires_grad_(recipe.penalty > 0) for x in (real, fake))
    for_real, for_fake = discriminator(real), discriminator(fake)
    loss = functional.softplus(-for_real).mean() + functional.softplus(for_fake).mean()
    if recipe.relativistic:
        loss = functional.softplus(for_fake - for_real).mean()
    if recipe.penalty:
        total = for_real.sum() + for_fake.sum()
        gradients = torch.autograd.grad(total, (real, fake), create_graph=True)
        loss = loss + recipe.penalty / 2 * sum(x.square().sum(1).mean() for x in gradients)
    return loss


def generator_loss(recipe, discriminator, real, fake):
    """Return G's loss."""
    if recipe.relativistic:
        return functional.softplus(discriminator(real) - discriminator(fake)).mean()
    return functional.softplus(-discriminator(fake)).mean()


def train(recipe, events, features, seed=1):
    """Train a GAN.

    Args:
        recipe: What to train.
        events: Real events, physical units, float32 (n, d).
        features: The columns' names.
        seed: Of the weights, the batches and the noise.

    Yields:
        Epochs done, and `SAMPLES` generated events in physical units, at each of `COUNTS`.
    """
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    # Sampling draws noise of its own, so that the counts don't change the training.
    for_samples = torch.Generator().manual_seed(seed)
    scaler = Scaler(events, np.array([recipe.logs and name in DECADES for name in features]))
    scaled = torch.from_numpy(scaler.scale(events))
    end = [nn.Tanh()] if recipe.tanh else []
    generator = network((NOISE, *recipe.widths, len(features)), *end)
    discriminator = network((len(features), *recipe.widths, 1))
    averaged = copy.deepcopy(generator)
    for_g, for_d = (
        torch.optim.Adam(net.parameters(), lr=recipe.rate, betas=(recipe.beta_1, 0.999), fused=True)
        for net in (generator, discriminator)
    )
    last, factor = recipe.slip
    schedule = torch.optim.lr_scheduler.LambdaLR(for_d, lambda done: 1 if done < last else factor)
    steps = 0
    for epoch in range(1, COUNTS[-1] + 1):
        order = torch.from_numpy(draw.permutation(len(scaled)))
        for rows in order[: len(order) // BATCH * BATCH].split(BATCH):
            real, fake = scaled[rows], generator(torch.randn(BATCH, NOISE))
            for_d.zero_grad()
            discriminator_loss(recipe, discriminator, real, fake).backward()
            for_d.step()

            for_g.zero_grad()
            generator_loss(recipe, discriminator, real, fake).backward()
            for_g.step()

            # The average starts short, or the untrained weights would linger in it.
            steps += 1
            keep = min(recipe.average, steps / (steps + 9))
            with torch.no_grad():
                for kept, new in zip(averaged.parameters(), generator.parameters(), strict=True):
                    kept.lerp_(new, 1 - keep)
        schedule.step()
        if epoch in COUNTS:
            with torch.no_grad():
                noise = torch.randn(SAMPLES, NOISE, generator=for_samples)
                yield epoch, scaler.unscale(averaged(noise).numpy())


def measure(real, fake, features):
    """Count what became of a GAN: return its state in a word, and a row of the table."""
    widths = [np.subtract(*np.quantile(x, [0.95, 0.05], axis=0)) for x in (fake, real)]
    spreads = widths[0] / widths[1]
    mass, eta = features.index("mass"), features.index("eta1")
    shares = []
    for low, high in WINDOWS.values():
        held = [np.mean((x[:, mass] > low) & (x[:, mass] < high)) for x in (fake, real)]
        shares.append(held[0] / held[1])
    cells = 0
    for column in (mass, eta):
        edges = np.quantile(real[:, column], np.linspace(0, 1, CELLS + 1)[1:-1])
        cells = cells * CELLS + np.searchsorted(edges, fake[:, column])
    filled = len(np.unique(cells))
    farthest = np.abs((fake - real.mean(0)) / real.std(0)).max()
    beyond = np.mean(((real < fake.min(0)) | (real > fake.max(0))).any(1))

    good = np.all(np.abs(spreads - 1) < 0.2) and min(shares) > 0.5
    state = "good" if good else "truncated" if farthest < 1.001 else "unfinished"
    if filled < CELLS**2 / 10:
        state = "narrow"
    row = "".join(f"{number:6.2f}" for number in (*spreads, *shares))
    return state, f"{row}{filled:7}{farthest:10.2f}{beyond:8.1%}  {state}"


def main():
    """Train the three, write their samples and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events", type=Path, help="events.h5 of a study of dimuons")
    parser.add_argument("folder", type=Path, help="where to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with h5py.File(arguments.events) as file:
        features = json.loads(file["events"].attrs["features"])
        real, held_out = (file["events"][slice(*file.attrs[name])] for name in ("train", "test"))

    print("5-95 % spread of each feature and share in each window, of the real one; cells filled")
    print(f"of {CELLS**2}; the farthest sample, in real standard deviations; real events beyond it")
    columns = "".join(f"{name:>6}" for name in (*features, *WINDOWS))
    print(f"\n{'':<16}{columns}{'cells':>7}{'farthest':>10}{'beyond':>8}")
    print(f"{'real, held out':<16}{measure(real, held_out[:SAMPLES], features)[1]}")
    within = np.all(np.abs(real - real.mean(0)) < real.std(0), axis=1)
    print(f"{'real, within sd':<16}{measure(real, real[within][:SAMPLES], features)[1]}")
    for name, recipe in RECIPES.items():
        start, states = time.process_time(), []
        for epochs, fake in train(recipe, real, features):
            path = arguments.folder / name / f"epoch{epochs}.h5"
            path.parent.mkdir(parents=True, exist_ok=True)
            with h5py.File(path, "w") as file:
                for feature, column in zip(features, fake.T, strict=True):
                    file[feature] = column
            state, row = measure(real, fake, features)
            states.append(state)
            print(f"{name:<11}{epochs:5}{row}", flush=True)
        for (before, after), change in zip(pairwise(COUNTS), pairwise(states), strict=True):
            if change[0] != "narrow" == change[1]:
                print(f"{'':<16}  collapsed between epochs {before} and {after}")
        print(f"{'':<16}  {time.process_time() - start:.0f} s of CPU time")
        if state != ENDS[name]:
            parser.exit(1, f"{name} ended {state}.\n")


if __name__ == "__main__":
    main()
