"""What recurrent.net should answer."""
import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cases import case, draw, slopes


@case
def LstmSeries(rng):
    gates = {kind + gate: (7, 4) if kind == "W" else (4,) for gate in "gifo" for kind in "Wb"}
    given = draw(rng, x=(2, 50, 3), w=(2, 50, 4), **gates)

    def loss(x, w, **p):
        def step(carry, x_t):
            h, c = carry
            # Products of the halves: W's rows for h come first.
            gate = {k: h @ p["W" + k][:4] + x_t @ p["W" + k][4:] + p["b" + k] for k in "gifo"}
            c = jax.nn.sigmoid(gate["f"]) * c + jax.nn.sigmoid(gate["i"]) * jnp.tanh(gate["g"])
            h = jax.nn.sigmoid(gate["o"]) * jnp.tanh(c)
            return (h, c), h
        zero = jnp.zeros((2, 4))
        return jnp.sum(lax.scan(step, (zero, zero), jnp.moveaxis(x, 1, 0))[1] * jnp.moveaxis(w, 1, 0))
    return given, slopes(loss, given, "x " + " ".join(gates))


@case
def GruSeries(rng):
    gates = {kind + gate: (7, 4) if kind == "W" else (4,) for gate in "zrg" for kind in "Wb"}
    given = draw(rng, x=(2, 50, 3), w=(2, 50, 4), **gates)

    def loss(x, w, **p):
        def step(h, x_t):
            pre = lambda k, h: h @ p["W" + k][:4] + x_t @ p["W" + k][4:] + p["b" + k]
            z, r = jax.nn.sigmoid(pre("z", h)), jax.nn.sigmoid(pre("r", h))
            h = h + z * (jnp.tanh(pre("g", r * h)) - h)
            return h, h
        return jnp.sum(lax.scan(step, jnp.zeros((2, 4)), jnp.moveaxis(x, 1, 0))[1] * jnp.moveaxis(w, 1, 0))
    return given, slopes(loss, given, "x " + " ".join(gates))


@case
def Plane(rng):
    given = draw(rng, x=(5, 6, 2), left=(3, 3), up=(3, 3), by=(2, 3), w=(5, 6, 3))

    def loss(x, left, up, by, w):
        h = {}
        for i, j in itertools.product(range(5), range(6)):
            before = h.get((i, j - 1), jnp.zeros(3)) @ left + h.get((i - 1, j), jnp.zeros(3)) @ up
            h[i, j] = jnp.tanh(before + x[i, j] @ by)
        return sum(w[place] @ h[place] for place in h) + sum(jnp.sum(h[4, j] ** 2) for j in range(6))
    return given, slopes(loss, given, "x left up by")


@case
def Running(rng):
    given = draw(rng, x=(20, 3), **{name: (20, 3) for name in "abcde"})
    runs = (("a", jnp.cumsum), ("b", jnp.cumprod), ("c", lax.cummax), ("d", lax.cumlogsumexp),
            ("e", lambda x, axis: lax.cumsum(x, axis, reverse=True)), ("a", jnp.cumsum), ("b", jnp.cumprod))
    both = [jax.value_and_grad(lambda x: jnp.sum(given[w] * f(x, axis=0)))(given["x"]) for w, f in runs]
    return given, {**{f"loss{i}": one[0] for i, one in enumerate(both, 1)},
                   **{f"dx{i}": one[1] for i, one in enumerate(both, 1)}}


@case
def Pendulum(rng):
    given = {"y": np.array([1.2, -0.3]), "length": np.float64(0.8), "friction": np.float64(0.1)}

    def loss(y, length, friction):
        def bend(u):
            return jnp.array([u[1], -9.81 * jnp.sin(u[0]) / length - friction * u[1]])
        def step(u, _):
            k1 = bend(u)
            k2 = bend(u + k1 / 40)
            k3 = bend(u + k2 / 40)
            k4 = bend(u + k3 / 20)
            return u + (k1 + 2 * k2 + 2 * k3 + k4) / 120, None
        u, _ = lax.scan(step, y, None, length=60)
        return u[0] * (u[0] + u[1])
    return given, slopes(loss, given, "y length friction")


@case
def Root(rng):
    given = {"a": np.float64(7), "x": np.float64(30)}

    def root(a, x):
        while abs(float(lax.stop_gradient(x)) ** 2 - 7) >= 1e-3:
            x = (x + a / x) / 2
        return x
    return given, {"loss": root(**given), "da": jax.grad(root, 0)(7.0, 30.0), "dx": jax.grad(root, 1)(7.0, 30.0)}
