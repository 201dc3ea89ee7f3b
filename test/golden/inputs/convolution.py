"""What convolution.net should answer."""
import itertools

import jax.numpy as jnp
import numpy as np
from jax import lax

from cases import case, draw, slopes


def conv(x, W, strides, padding, dilation=1, groups=1, spread=1):
    """Of series or images, channels last."""
    n = x.ndim - 2
    several = lambda v: v if isinstance(v, tuple) else (v,) * n
    axes = ("NWC", "WIO", "NWC") if n == 1 else ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, W, several(strides), padding, several(spread), several(dilation), axes, groups)


def convolutions(given, *kinds):
    """Of each (input, strides, padding, dilation, groups), the sum with weights w1, w2, .."""
    wanted = {}
    for i, (x, *rest) in enumerate(kinds, 1):
        f = lambda **p: jnp.sum(p[f"w{i}"] * (conv(p[x], p[f"W{i}"], *rest) + p[f"b{i}"]))
        loss, *d = slopes(f, given, f"{x} W{i} b{i}").items()
        wanted.update({f"loss{i}": loss[1], f"d{x}{i}": d[0][1], **dict(d[1:])})
    return wanted


@case
def Series(rng):
    given = draw(rng, x=(2, 13, 2), z=(2, 13, 4), W1=(4, 2, 3), b1=(3,), W2=(3, 2, 3), b2=(3,), W3=(3, 2, 6), b3=(6,),
                 w1=(2, 5, 3), w2=(2, 9, 3), w3=(2, 7, 6))
    return given, convolutions(given, ("x", 3, "SAME"), ("x", 1, "VALID", 2), ("z", 2, "SAME", 2, 2))


@case
def Images(rng):
    given = draw(rng, x=(2, 7, 6, 2), z=(2, 5, 6, 4), W1=(3, 3, 2, 3), b1=(3,), W2=(2, 2, 2, 3), b2=(3,), W3=(3, 3, 1, 4),
                 b3=(4,), w1=(2, 4, 3, 3), w2=(2, 4, 3, 3), w3=(2, 5, 6, 4))
    return given, convolutions(given, ("x", 2, "SAME"), ("x", 1, "VALID", 3), ("z", 1, "SAME", 1, 4))


@case
def Transposed(rng):
    given = draw(rng, x=(2, 3, 4, 2), s=(2, 6, 2), W1=(3, 3, 2, 3), W2=(4, 4, 2, 3), W3=(4, 2, 3), w1=(2, 7, 9, 3),
                 w2=(2, 6, 8, 3), w3=(2, 19, 3))

    def valid(x, W1, w1, **_):
        y = jnp.zeros((2, 7, 9, 3))
        for i, j in itertools.product(range(3), range(4)):
            y = y.at[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3].add(jnp.einsum("bc,yxcf->byxf", x[:, i, j], W1))
        return jnp.sum(w1 * y)
    def same(x, W2, w2, **_):
        # The way back through a convolution is linear: the sum with w2 is that of x with w2's convolution.
        return jnp.sum(x * conv(w2, jnp.swapaxes(W2, 2, 3), 2, "SAME"))
    def series(s, W3, w3, **_):
        y = jnp.zeros((2, 19, 3))
        for i in range(6):
            y = y.at[:, 3 * i : 3 * i + 4].add(jnp.einsum("bc,tcf->btf", s[:, i], W3))
        return jnp.sum(w3 * y)
    return given, {**slopes(valid, given, "x W1", ".1"), **slopes(same, given, "x W2", ".2"),
                   **slopes(series, given, "s W3", ".3")}


@case
def Uneven(rng):
    given = draw(rng, x=(2, 6, 5, 4), W=(2, 3, 2, 6), w=(2, 5, 8, 6))

    def loss(x, W, w):
        halves = [conv(x[..., 2 * g : 2 * g + 2], W[..., 3 * g : 3 * g + 3], (2, 1), ((0, 1), (2, 1)), (3, 2), 1, (2, 2))
                  for g in range(2)]
        return jnp.sum(w * jnp.concatenate(halves, -1))
    return given, slopes(loss, given, "x W")


def pool(x, start, f, size, stride, padding):
    return lax.reduce_window(x, start, f, (1, size, size, 1), (1, stride, stride, 1), padding)


@case
def Pooling(rng):
    given = draw(rng, x=(2, 6, 5, 3), a=(2, 3, 3, 3), b=(2, 3, 2, 3), c=(2, 3, 3, 3), d=(2, 4, 3, 3))
    count = pool(np.ones((1, 6, 5, 1)), 0.0, lax.add, 3, 2, "SAME")
    fs = {"a": lambda x: pool(x, -jnp.inf, lax.max, 3, 2, "SAME"), "b": lambda x: pool(x, -jnp.inf, lax.max, 2, 2, "VALID"),
          "c": lambda x: pool(x, 0.0, lax.add, 3, 2, "SAME") / count, "d": lambda x: pool(x, 0.0, lax.add, 3, 1, "VALID") / 9}
    wanted = {}
    for w, f in fs.items():
        wanted.update(slopes(lambda **p: jnp.sum(p[w] * f(p["x"])), given, "x", w))
    return given, wanted


@case
def Windows(rng):
    given = draw(rng, x=(2, 12, 2), a=(2, 5, 2), b=(2, 6, 2))

    def largest(x, a, **_):
        padded = jnp.pad(x, ((0, 0), (1, 1), (0, 0)), constant_values=-jnp.inf)
        return jnp.sum(a * jnp.maximum(jnp.maximum(padded[:, 0:9:2], padded[:, 2:11:2]), padded[:, 4:13:2]))
    def mean(x, b, **_):
        padded = jnp.pad(x, ((0, 0), (1, 1), (0, 0)))
        return jnp.sum(b * sum(padded[:, k : k + 11 : 2] for k in range(4)) / 4)
    return given, {**slopes(largest, given, "x", "1"), **slopes(mean, given, "x", "2")}
