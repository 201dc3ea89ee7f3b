"""What attention.net should answer."""
import jax
import jax.numpy as jnp
import numpy as np

from cases import case, draw, slopes


def attend(heads, causal):
    def loss(x, w, W, V):
        steps, channels = x.shape[1:]
        each = channels // heads
        parts = []
        for h in range(heads):
            q, k, v = (x @ W[:, s + h * each : s + (h + 1) * each] for s in (0, channels, 2 * channels))
            weight = jnp.exp(q @ jnp.swapaxes(k, 1, 2) / each ** 0.5)
            weight = weight * jnp.tri(steps) if causal else weight
            parts.append(weight @ v / jnp.sum(weight, 2, keepdims=True))
        return jnp.sum(w * (jnp.concatenate(parts, 2) @ V))
    return loss


@case
def CausalAttention(rng):
    given = draw(rng, x=(2, 7, 6), w=(2, 7, 6), W=(6, 18), V=(6, 6))
    return given, slopes(attend(2, True), given, "x W V")


@case
def FullAttention(rng):
    given = draw(rng, x=(2, 5, 6), w=(2, 5, 6), W=(6, 18), V=(6, 6))
    return given, slopes(attend(3, False), given, "x W V")


def normalized(axes, eps):
    def loss(x, w, gamma, beta):
        variance = jnp.mean(x ** 2, axes, keepdims=True) - jnp.mean(x, axes, keepdims=True) ** 2
        return jnp.sum(w * ((x - jnp.mean(x, axes, keepdims=True)) / jnp.sqrt(variance + eps) * gamma + beta))
    return loss


@case
def LayerNorm(rng):
    given = draw(rng, x=(2, 4, 5), w=(2, 4, 5), gamma=(5,), beta=(5,))
    return given, slopes(normalized(2, 1e-3), given, "x gamma beta")


@case
def BatchNorm(rng):
    given = draw(rng, x=(8, 4, 3), w=(8, 4, 3), gamma=(3,), beta=(3,))
    return given, slopes(normalized((0, 1), 1e-5), given, "x gamma beta")


@case
def Embedding(rng):
    given = draw(rng, E=(7, 3))
    given["words"] = np.array([[1, 5, 1, 1], [0, 5, 6, 1]], np.int32)
    given.update(draw(rng, w=(2, 4, 3), v=(4, 2)))
    given["at"] = np.array([[0, 0], [4, 1], [2, 2], [3, 0]], np.int32)
    given.update(draw(rng, X=(4, 5)))
    chosen = jax.nn.one_hot(given["words"], 7, dtype=float)
    at = jax.nn.one_hot(given["at"], 5, dtype=float)
    return given, {
        **slopes(lambda E, w, **_: jnp.sum(w * jnp.sin(jnp.einsum("btn,nc->btc", chosen, E))), given, "E"),
        **slopes(lambda X, v, **_: jnp.einsum("ti,tin,tn->", v, at, X ** 2), given, "X", "2")}


@case
def Losses(rng):
    given = draw(rng, z=(6, 4))
    given["label"] = np.array([0, 3, 1, 1, 2, 3], np.int32)
    given["target"] = rng.uniform(size=(6, 4))
    hot, t = jax.nn.one_hot(given["label"], 4, dtype=float), given["target"]

    def entropy(wanted):
        return lambda z: jnp.mean(-jnp.sum(wanted * jnp.log(jnp.exp(z) / jnp.exp(z).sum(1, keepdims=True)), 1))
    def binary(z):
        p = 1 / (1 + jnp.exp(-z))
        return -jnp.mean(t * jnp.log(p) + (1 - t) * jnp.log(1 - p))
    def robust(z):
        return jnp.mean(jnp.where(jnp.abs(z - t) <= 1, (z - t) ** 2 / 2, jnp.abs(z - t) - 0.5))
    losses = (entropy(hot), entropy(0.9 * hot + 0.1 / 4), entropy(hot), binary,
              lambda z: jnp.mean((jnp.exp(z) / jnp.exp(z).sum(1, keepdims=True) - t) ** 2), robust,
              lambda z: jnp.mean(jax.nn.relu(1 - z * (2 * t - 1))))
    wanted = {}
    for i, f in enumerate(losses, 1):
        wanted.update(slopes(lambda z, **_: f(z), given, "z", str(i)))
    return given, wanted


@case
def Activations(rng):
    given = draw(rng, x=(20,), w=(20,))
    fs = (lambda x: x * jax.scipy.stats.norm.cdf(x), lambda x: x / (1 + jnp.exp(-x)), lambda x: jnp.log(1 + jnp.exp(x)),
          lambda x: (x + jnp.abs(x)) / 2, lambda x: 2 * jax.scipy.stats.norm.cdf(x * 2 ** 0.5) - 1,
          lambda x: jnp.log(1 + x ** 2), jnp.exp, lambda x: 1 / jnp.sqrt(1 + x ** 2),
          lambda x: jnp.exp(jnp.cos(x) * jnp.log(2 + jnp.sin(x))))
    wanted = {f"dx{i}": jax.grad(lambda x: jnp.sum(given["w"] * f(x)))(given["x"]) for i, f in enumerate(fs, 1)}
    return given, {**wanted, "dx10": given["w"] * jax.nn.softmax(given["w"] * given["x"])}
