"""What likelihood.net should answer."""
import itertools

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from cases import case, draw, slopes


@case
def Ctc_paths(rng):
    """Of few frames: the sum over all paths that collapse to the label."""
    given = draw(rng, x=(2, 6, 4))
    given["label"] = np.array([[1, 1, 0], [3, 2, 0]], np.int32)
    paths = np.array(list(itertools.product(range(4), repeat=6)))
    said = [[symbol for symbol, _ in itertools.groupby(path) if symbol] for path in paths.tolist()]
    right = [paths[[s == [k for k in label if k] for s in said]] for label in given["label"].tolist()]

    def loss(x, **_):
        p = jax.nn.softmax(x)
        return sum(-jnp.log(jnp.sum(jnp.prod(p[b, jnp.arange(6), right[b]], 1))) for b in range(2)) / 2
    return given, slopes(loss, given, "x")


@case
def Ctc_long(rng):
    """Of many frames: the forward variables as probabilities, a turn a product with a matrix."""
    given = draw(rng, x=(3, 40, 6))
    given["label"] = np.array([[1, 5, 5, 2, 3], [4, 4, 4, 0, 0], [2, 0, 0, 0, 0]], np.int32)

    def loss(x, **_):
        p, total = jax.nn.softmax(x), 0
        for b, label in enumerate(given["label"].tolist()):
            z = [0]
            for symbol in filter(None, label):
                z += [symbol, 0]
            n = len(z)
            turn = np.eye(n) + np.eye(n, k=1)
            for s in range(2, n):
                turn[s - 2, s] = z[s] != 0 and z[s] != z[s - 2]
            a = p[b, 0, np.array(z)] * (np.arange(n) < 2)
            a = lax.scan(lambda a, p_t: ((a @ turn) * p_t[np.array(z)], None), a, p[b, 1:])[0]
            total -= jnp.log(a[-1] + a[-2])
        return total / 3
    return given, slopes(loss, given, "x")


@case
def Hmm(rng):
    given = {"o": rng.integers(0, 5, (3, 50)).astype(np.int32)}
    given.update(draw(rng, start=(4,), trans=(4, 4), emits=(4, 5)))

    def loss(o, start, trans, emits):
        p, A, E = (jax.nn.softmax(v) for v in (start, trans, emits))
        a = p * E.T[o[:, 0]]
        a = lax.scan(lambda a, o_t: ((a @ A) * E.T[o_t], None), a, o[:, 1:].T)[0]
        return jnp.sum(jnp.log(jnp.sum(a, 1)))
    return given, slopes(loss, given, "start trans emits")


@case
def Kalman(rng):
    """The density of all observations at once, which are normal."""
    given = {**draw(rng, o=(8, 2)), "A": np.array([[0.9, 0.3], [-0.2, 0.8]]), "q": np.float64(0.3), "r": np.float64(0.5)}

    def loss(o, A, q, r):
        P, blocks = jnp.eye(2), {}
        for t in range(8):
            P = A @ P @ A.T + q * jnp.eye(2)
            row = P
            for s in range(t, 8):  # the covariance of states s and t
                blocks[s, t], blocks[t, s] = row, row.T
                row = A @ row
        C = jnp.block([[blocks[s, t] for t in range(8)] for s in range(8)]) + r * jnp.eye(16)
        return jax.scipy.stats.multivariate_normal.logpdf(o.reshape(-1), jnp.zeros(16), C)
    return given, slopes(loss, given, "o A q r")
