"""What second.net should answer."""
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cases import case, draw, slopes

MLP = {"W": (3, 4), "b": (4,), "V": (4, 2), "c": (2,)}


def mlp(x, p):
    return jnp.tanh(x @ p["W"] + p["b"]) @ p["V"] + p["c"]


def mse(y, wanted):
    return jnp.mean((y - wanted) ** 2)


@case
def Hessian(rng):
    given = draw(rng, x=(5, 3))
    given["label"] = np.array([0, 1, 1, 0, 1], np.int32)
    p = draw(rng, **MLP)
    u = draw(rng, **MLP)
    given.update({**p, **{"u" + name: value for name, value in u.items()}})

    def loss(p):
        return -jnp.mean(jax.nn.log_softmax(mlp(given["x"], p))[jnp.arange(5), given["label"]])
    # Forwards over backwards, where the program goes backwards twice.
    d, h = jax.jvp(jax.grad(loss), (p,), (u,))
    slope = sum(jnp.vdot(d[name], u[name]) for name in MLP)
    zero = {name: np.zeros(shape) for name, shape in MLP.items()}
    along = jax.jvp(jax.grad(loss), (p,), ({**zero, "W": u["W"]},))[1]["W"]
    return given, {"slope": slope, **{"h" + name: h[name] for name in MLP}, "along": along}


@case
def Maml(rng):
    given = draw(rng, **{"x": (5, 3), "y": (5, 2), "x'": (4, 3), "y'": (4, 2)}, **MLP)
    given["rate"] = np.float64(0.1)

    def loss(**g):
        p = {name: g[name] for name in MLP}
        for _ in range(2):
            d = jax.grad(lambda p: mse(mlp(g["x"], p), g["y"]))(p)
            p = jax.tree.map(lambda p, d: p - g["rate"] * d, p, d)
        return mse(mlp(g["x'"], p), g["y'"])
    return given, slopes(loss, given, "W b V c rate")


@case
def Unrolled(rng):
    given = draw(rng, x=(5, 3), y=(5, 2), W=(3, 2))
    given["rate"] = np.float64(0.2)

    def loss(x, y, W, rate):
        inner = lambda W: mse(jnp.tanh(x @ W), y)
        return inner(lax.scan(lambda W, _: (W - rate * jax.grad(inner)(W), None), W, None, length=20)[0])
    return given, slopes(loss, given, "W rate")


@case
def Recurrence(rng):
    given = draw(rng, x=(6, 2, 2), W=(2, 3), U=(3, 3), uW=(2, 3), uU=(3, 3))

    def slope(x, W, U, uW, uU):
        def loss(W, U):
            return jnp.sum(lax.scan(lambda h, x_t: (jnp.tanh(x_t @ W + h @ U), None), jnp.zeros((2, 3)), x)[0] ** 2)
        return jax.jvp(loss, (W, U), (uW, uU))[1]
    return given, slopes(slope, given, "x W U")


@case
def Parts(rng):
    given = draw(rng, q=(4, 3), k=(4, 3), v=(4, 2), u=(4, 3), w=(4, 2), x=(2, 6, 6, 2), W=(3, 3, 2, 3), n=(6, 3),
                 m=(6, 3), E=(5, 3))
    given["words"] = np.array([2, 0, 2, 4], np.int32)

    def attention(q, k, v, u, w, **_):
        def loss(q):
            weight = jnp.exp(q @ k.T / 3 ** 0.5) * jnp.tri(4)
            return jnp.sum(w * (weight @ v / weight.sum(1, keepdims=True)) ** 2)
        return jax.jvp(loss, (q,), (u,))[1]
    def convolution(x, W, **_):
        def loss(W):
            y = 1 / (1 + jnp.exp(-lax.conv_general_dilated(x, W, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))))
            return jnp.sum(y.reshape(2, 3, 2, 3, 2, 3).max((2, 4)) ** 2)
        return jnp.sum(jnp.sin(jax.grad(loss)(W)))
    def normalization(n, m, **_):
        return jax.jvp(lambda n: jnp.sum(m * ((n - n.mean(0)) / jnp.sqrt(n.var(0) + 1e-3)) ** 3), (n,), (m,))[1]
    def gather(E, u, words, **_):
        chosen = jax.nn.one_hot(words, 5, dtype=float)
        return jnp.sum(jax.grad(lambda E: jnp.sum((chosen @ E) ** 3 * u))(E) ** 2)
    return given, {**slopes(attention, given, "q k v", "1"), **slopes(convolution, given, "x W", "2"),
                   **slopes(normalization, given, "n", "3"), **slopes(gather, given, "E", "4")}
