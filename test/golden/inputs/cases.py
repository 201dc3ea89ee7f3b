"""What the modules beside the programs need to make cases with JAX."""
import zlib

import jax
import numpy as np

CASES = {}  # by PROGRAM/TASK.CASE: a function that gives inputs and outputs


def case(function):
    """A decorator: function(rng) gives the inputs of the task of its name, and what it should answer, both by name and
    in order. Behind an underscore stands which of several cases of a task it is."""
    name = f"{function.__module__}/" + function.__name__.replace("_", ".")
    CASES[name] = lambda: function(np.random.default_rng(zlib.crc32(name.encode())))
    return function


def draw(rng, **shapes):
    """Normal numbers of these shapes."""
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


def slopes(f, given, names, tag=""):
    """f, a function of the inputs, and its gradient by those that are named."""
    loss, d = jax.value_and_grad(lambda part: f(**{**given, **part}))({name: given[name] for name in names.split()})
    return {"loss" + tag: loss, **{f"d{name}{tag}": d[name] for name in names.split()}}
