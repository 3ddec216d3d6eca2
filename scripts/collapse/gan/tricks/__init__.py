"""One file a trick; `collapse.gan.registry` finds them, `collapse.gan.engine` calls them.

A module declares its trick in `TRICK`, cites its paper in its docstring, and imports TensorFlow and
Keras within functions only. What else it holds depends on where the trick acts.

Choices (`TRICK.choice`) are plain functions:

- `loss`: `discriminator(logits, targets)`, each event's loss, or `pairs(real, fake)` of logits,
  and `generator(fake, real)`; `real` is None unless there is `pairs`.
- `batches`: `judge(critic, real, fake)`, the logits of both, real first; `UPDATES`, D's at a step.
- `generator.head`: `head(values, units, layer, name)`, `bounds(train)`, the least and the greatest
  that it can put out in scaled units, and `fit(model, data)` if it needs the data.
- `normalisation`: `normalise(values, name, position)`, or `dense(...)` in place of a dense layer.
- `noise.distribution`: `fill(out, generator)`, and `dimensions(width)` if they are fewer.

Layers: `after_hidden(values, value, name, mask)`, `before_head(values, value, name, seed)`,
`initialisers(value, seed, fan_in)`. A class of layers derives from `collapse.gan.networks.Layer`.
What adds to the numbers that D learns says how many: `parameters(value, widths)`, where `widths`
are those of D's inputs, its hidden layers and its output.

All others: `build`, a class derived from `collapse.gan.hooks.Hook`.
"""
