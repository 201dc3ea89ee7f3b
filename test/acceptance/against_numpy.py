"""Random expressions over arrays of odd shapes and element types, compiled, run and compared with NumPy:

    against_numpy.py NETC FOLDER [COUNT [SEED]]

Sizes are 0, 1 and odd ones, known when compiling or only when running; ranks 0 to 6; ties, NaN and infinities where
order matters. A program has forty tasks, each run as an executable runs it. Prints the text of what differs.
"""
import itertools
import os
import subprocess
import sys

import numpy as np

FLOATS = {"f16": np.float16, "bf16": np.float32, "f32": np.float32, "f64": np.float64}
WHOLES = {"i8": np.int8, "u8": np.uint8, "i32": np.int32, "i64": np.int64}
TYPES = {**FLOATS, **WHOLES, "bool": np.bool_}
EPSILON = {"f16": 2.0 ** -10, "bf16": 2.0 ** -7, "f32": 2.0 ** -23, "f64": 2.0 ** -52}
SIZES = [0, 1, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33]
TASKS = 40


def rounded(x, kind):
    """NumPy has no bfloat16: its numbers are f32 with 16 bits."""
    if kind != "bf16":
        return np.asarray(x).astype(TYPES[kind])
    bits = np.asarray(x, np.float32).view(np.uint32)
    kept = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) << 16
    return np.where(np.isnan(x), np.asarray(x, np.float32), kept.astype(np.uint32).view(np.float32)).astype(np.float32)


class Case:
    """A task: arguments, an expression, what NumPy makes of it, and how near that must be."""

    def __init__(self, rng, number):
        self.rng, self.number = rng, number
        self.arguments, self.body, self.expected, self.lost, self.kind, self.scale = [], "", None, 0.0, "f32", None
        while not self.body:
            self.arguments = []
            getattr(self, rng.choice(MAKERS))()

    def pick(self, items):
        return items[self.rng.integers(len(items))]

    def shape(self, least=0, most=5, room=4000):
        shape = [int(self.pick(SIZES)) for _ in range(self.rng.integers(least, most + 1))]
        while np.prod([max(n, 1) for n in shape], dtype=np.int64) > room:
            shape[int(np.argmax(shape))] = int(self.pick(SIZES[:5]))
        return shape

    def values(self, shape, kind, special=False, ties=False):
        rng = self.rng
        if kind == "bool":
            return rng.random(shape) < 0.5
        if kind in WHOLES:
            return rng.integers(0 if kind == "u8" else -9, 10, shape).astype(TYPES[kind])
        x = rng.integers(-3, 4, shape).astype(float) if ties else rng.normal(size=shape)
        if special:
            x = np.where(rng.random(shape) < 0.2, rng.choice([np.nan, np.inf, -np.inf, -0.0], shape), x)
        return rounded(x, kind)

    def argument(self, x, kind, still=()):
        """Some sizes have names, and are known when the program runs; those of the axes `still` never."""
        sizes = []
        for axis, n in enumerate(x.shape):
            named = axis not in still and self.rng.random() < 0.3
            sizes.append(f"S{len(self.arguments)}_{axis}" if named else str(n))
        name = "abcd"[len(self.arguments)]
        self.arguments.append((name, f"{kind}[{', '.join(sizes)}]" if sizes else kind, x))
        return name

    def result(self, body, expected, kind, lost=0.0, scale=None):
        """`lost`: what may differ, in units of the type's epsilon times the scale (the number itself)."""
        self.body, self.expected, self.kind, self.lost, self.scale = body, np.asarray(expected), kind, lost, scale

    # -- makers -------------------------------------------------------------------------------------------------------

    def elementwise(self):
        kind = self.pick(list(FLOATS) + ["i32", "i64", "u8", "i8"])
        shape = self.shape()
        other = [1 if self.rng.random() < 0.3 else n for n in shape][self.rng.integers(0, len(shape) + 1):]
        both = [i for i, n in enumerate(shape)]
        x, y = self.values(shape, kind), self.values(other, kind)
        a, b = self.argument(x, kind, both), self.argument(y, kind, range(len(other)))
        op = self.pick(["+", "-", "*", "max", "min", "<", "==", ">="])
        with np.errstate(all="ignore"):
            table = {"+": x + y, "-": x - y, "*": x * y, "max": np.maximum(x, y), "min": np.minimum(x, y), "<": x < y,
                     "==": x == y, ">=": x >= y}
        body = f"{op}({a}, {b})" if op in ("max", "min") else f"{a} {op} {b}"
        if op in ("<", "==", ">="):
            return self.result(f"i32({body})", table[op].astype(np.int32), "i32")
        self.result(body, rounded(table[op], kind), kind, 1 if kind in FLOATS else 0)

    def unary(self):
        kind = self.pick(list(FLOATS))
        x = self.values(self.shape(0, 6), kind, special=True)
        a = self.argument(x, kind)
        with np.errstate(all="ignore"):
            name = self.pick(["abs", "sign", "floor", "ceil", "round", "exp", "tanh", "sigmoid", "sqrt", "log"])
            wide = x.astype(np.float64)
            y = {"abs": np.abs(wide), "sign": np.sign(wide), "floor": np.floor(wide), "ceil": np.ceil(wide), "round": np.rint(wide),
                 "exp": np.exp(wide), "tanh": np.tanh(wide), "sigmoid": 1 / (1 + np.exp(-wide)), "sqrt": np.sqrt(wide),
                 "log": np.log(wide)}[name]
        self.result(f"{name}({a})", rounded(y, kind), kind, 8)

    def convert(self):
        kind, to = self.pick(list(TYPES)), self.pick(list(TYPES))
        x = self.values(self.shape(), kind)
        if kind in FLOATS:
            x = rounded(np.trunc(x * 3), kind)
        if to in ("u8", "bool"):
            x = np.abs(x) if kind != "bool" else x
        self.result(f"{to}({self.argument(x, kind)})", rounded(x, to), to)

    def reduction(self):
        kind = self.pick(list(FLOATS) + ["i32", "i64"])
        shape = self.shape(1, 6)
        axes = tuple(int(i) for i in np.flatnonzero(self.rng.random(len(shape)) < 0.5))
        name = self.pick(["sum", "mean", "max", "min", "prod", "logsumexp"] if kind in FLOATS else ["sum", "max", "min", "prod"])
        if name in ("max", "min") and 0 in [shape[i] for i in axes or range(len(shape))]:
            return
        special = name in ("max", "min", "logsumexp") and self.rng.random() < 0.5
        x = self.values(shape, kind, special)
        keep = self.rng.random() < 0.5
        over = "" if not axes else f", over = ({', '.join(map(str, axes))})" if len(axes) > 1 else f", over = {axes[0]}"
        text = f"{name}({self.argument(x, kind)}{over}{', keep = true' if keep else ''})"
        wide = x.astype(np.float64) if kind in FLOATS else x
        how = dict(axis=axes or None, keepdims=keep)
        count = np.prod([shape[i] for i in axes or range(len(shape))], dtype=np.int64)
        with np.errstate(all="ignore"):
            if name == "logsumexp":
                top = np.max(wide, initial=-np.inf, axis=axes or None, keepdims=True)
                top = np.where(np.isfinite(top), top, 0)
                y = np.log(np.sum(np.exp(wide - top), **how)) + (top if keep else np.squeeze(top, axes or None))
            elif name == "mean":
                y = np.sum(wide, **how) / count
            else:
                y = getattr(np, name)(wide, **how)
            if kind in WHOLES:
                y = y.astype(TYPES[kind])
            sizes = np.sum(np.abs(wide), **how)
            scale = {"sum": sizes, "mean": sizes / count}.get(name)
        lost = 0 if name in ("max", "min") or kind in WHOLES else 4 + 2 * float(count)
        self.result(text, rounded(y, kind), kind, lost, scale)

    def truth(self):
        x = self.values(self.shape(1, 5), "bool")
        axis = int(self.rng.integers(x.ndim))
        name = self.pick(["any", "all"])
        y = getattr(np, name)(x, axis=axis)
        self.result(f"i32({name}({self.argument(x, 'bool')}, over = {axis}))", y.astype(np.int32), "i32")

    def order(self):
        kind = self.pick(["f32", "f64", "f16", "bf16", "i32"])
        shape = self.shape(1, 4)
        axis = int(self.rng.integers(len(shape)))
        x = self.values(shape, kind, special=self.rng.random() < 0.5, ties=True)
        down = self.rng.random() < 0.5
        name = self.pick(["sort", "argsort", "argmax", "argmin", "top_k"])
        if name != "sort" and name != "argsort" and shape[axis] == 0:
            return
        a = self.argument(x, kind)
        if name in ("argmax", "argmin"):
            return self.result(f"{name}({a}, over = {axis})", getattr(np, name)(x, axis=axis).astype(np.int32), "i32")
        wide = x.astype(np.float64)
        key = np.where(np.isnan(wide), np.inf, 0), -wide if down or name == "top_k" else wide
        place = np.lexsort((key[1], key[0]), axis=axis)
        if name == "top_k":
            if axis != x.ndim - 1:
                return
            k = int(self.rng.integers(1, shape[axis] + 1))
            if np.isnan(wide).any():
                return
            place = np.take(place, range(k), axis=axis)
            part = int(self.rng.integers(2))
            y = place.astype(np.int32) if part else np.take_along_axis(x, place, axis)
            return self.result(f"top_k({a}, {k})[{part}]", y, "i32" if part else kind)
        text = f"{name}({a}, over = {axis}{', descending = true' if down else ''})"
        y = place.astype(np.int32) if name == "argsort" else np.take_along_axis(x, place, axis)
        self.result(text, y, "i32" if name == "argsort" else kind)

    def cumulative(self):
        kind = self.pick(["f32", "f64", "i32", "bf16"])
        x = self.values(self.shape(1, 4), kind)
        axis = int(self.rng.integers(x.ndim))
        name, exclusive, back = self.pick(["cumsum", "cumprod"]), self.rng.random() < 0.5, self.rng.random() < 0.5
        wide = np.flip(x, axis) if back else x
        wide = wide.astype(np.float64) if kind in FLOATS else wide
        with np.errstate(all="ignore"):
            y = getattr(np, name)(wide, axis=axis)
        size = x.shape[axis]
        if exclusive and size:
            first = np.full_like(np.take(y, [0], axis), name == "cumprod")
            y = np.concatenate([first, np.take(y, range(size - 1), axis)], axis)
        y = np.flip(y, axis) if back else y
        total = np.sum(np.abs(x.astype(np.float64)), axis=axis, keepdims=True) + 0 * y if name == "cumsum" else None
        how = (", exclusive = true" if exclusive else "") + (", reverse = true" if back else "")
        text = f"{name}({self.argument(x, kind)}, over = {axis}{how})"
        self.result(text, rounded(y, kind), kind, 4 + 2 * size if kind in FLOATS else 0, total)

    def einsum(self):
        kind = self.pick(["f32", "f64", "i32", "bf16"])
        letters = "bijkl"[:self.rng.integers(1, 6)]
        size = {c: int(self.pick(SIZES[:11])) for c in letters}
        pick = lambda: "".join(self.rng.permutation([c for c in letters if self.rng.random() < 0.7]))
        left, right = pick(), pick()
        both = set(left) | set(right)
        out = "".join(self.rng.permutation([c for c in sorted(both) if self.rng.random() < 0.6]))
        if np.prod([max(size[c], 1) for c in both], dtype=np.int64) > 50000:
            return
        x, y = self.values([size[c] for c in left], kind), self.values([size[c] for c in right], kind)
        spec = f"{left},{right}->{out}"
        wide = (x.astype(np.float64), y.astype(np.float64)) if kind in FLOATS else (x, y)
        terms = np.prod([size[c] for c in both - set(out)], dtype=np.int64)
        names = self.argument(x, kind, range(x.ndim)), self.argument(y, kind, range(y.ndim))
        z = np.einsum(spec, *wide)
        scale = np.einsum(spec, *[np.abs(w) for w in wide])
        if kind in WHOLES:
            z = z.astype(TYPES[kind])
        lost = 4 + 2 * float(terms) if kind in FLOATS else 0
        self.result(f'einsum("{spec}", {names[0]}, {names[1]})', rounded(z, kind), kind, lost, scale)

    def matmul(self):
        kind = self.pick(["f32", "f64"])
        m, k, n = (int(self.pick(SIZES)) for _ in range(3))
        lead = self.shape(0, 2, 40)
        form = self.pick(["mv", "vm", "vv", "mm", "mm"])
        x = self.values([k] if form[0] == "v" else lead + [m, k], kind)
        y = self.values([k] if form[1] == "v" else (lead if form[0] == "m" and self.rng.random() < 0.5 else []) + [k, n], kind)
        fixed = lambda z: range(z.ndim)
        text = f"{self.argument(x, kind, fixed(x))} @ {self.argument(y, kind, fixed(y))}"
        self.result(text, np.matmul(x, y), kind, 4 + 2 * k, np.matmul(np.abs(x), np.abs(y)))

    def conv(self):
        kind = self.pick(["f32", "f32", "f64"])
        dims = int(self.rng.integers(1, 4))
        groups = int(self.pick([1, 1, 2, 3]))
        ci, co = groups * int(self.pick([1, 2, 5])), groups * int(self.pick([1, 3, 4]))
        taps = [int(self.pick([1, 2, 3, 4])) for _ in range(dims)]
        strides, dilation, spread = ([int(self.pick([1, 1, 2, 3])) for _ in range(dims)] for _ in range(3))
        if self.rng.random() < 0.6:
            spread = [1] * dims
        low, high = ([int(self.pick([0, 0, 1, 2])) for _ in range(dims)] for _ in range(2))
        space = [int(self.pick([1, 2, 5, 7, 12][:6 - dims])) for _ in range(dims)]
        inside = [(n - 1) * s + 1 + l + h - (t - 1) * d for n, s, l, h, t, d in zip(space, spread, low, high, taps, dilation)]
        if min(inside) < 1:
            return
        x = self.values([int(self.pick([0, 1, 2, 3])), *space, ci], kind)
        w = self.values([*taps, ci // groups, co], kind)
        y, scale = convolved(x, w, strides, low, high, dilation, spread, groups), None
        scale = convolved(np.abs(x), np.abs(w), strides, low, high, dilation, spread, groups)
        named = lambda name, v: f", {name} = {v[0]}" if dims == 1 else f", {name} = ({', '.join(map(str, v))})"
        a, b = self.argument(x, kind, range(1, x.ndim)), self.argument(w, kind, range(w.ndim))
        text = f"conv({a}, {b}" + "".join(named(n, v) for n, v in (("strides", strides), ("low", low), ("high", high),
                                          ("dilation", dilation), ("input_dilation", spread))) + f", groups = {groups})"
        self.result(text, y.astype(TYPES[kind]), kind, 4 + 2 * np.prod(taps) * ci, scale)

    def pooling(self):
        kind = self.pick(["f32", "f64"])
        dims = 2
        size, stride = ([int(self.pick([1, 2, 3])) for _ in range(dims)] for _ in range(2))
        space = [int(self.pick([3, 4, 5, 8])) for _ in range(dims)]
        x = self.values([int(self.pick([0, 1, 2])), *space, int(self.pick([1, 3]))], kind)
        view = np.lib.stride_tricks.sliding_window_view(x, size, axis=tuple(range(1, 1 + dims)))
        view = view[(slice(None), *[slice(None, None, s) for s in stride])]
        last = tuple(range(-dims, 0))
        name = self.pick(["max", "mean"])
        y = getattr(view, name)(last)
        text = lambda v: f"({', '.join(map(str, v))})"
        a = self.argument(x, kind, range(1, x.ndim))
        over, inside = text([*range(1, 1 + dims)]), text([*range(x.ndim, x.ndim + dims)])
        windows = f"windows({a}, {text(size)}, over = {over}, strides = {text(stride)})"
        self.result(f"{name}({windows}, over = {inside})", y, kind, 8, np.abs(view).mean(last))

    def shapes(self):
        kind = self.pick(list(TYPES))
        x = self.values(self.shape(1, 6), kind)
        axis = int(self.rng.integers(x.ndim))
        form = self.pick(["transpose", "flip", "roll", "pad", "slice", "concat", "stack", "reshape", "new", "repeat"])
        a = self.argument(x, kind, range(x.ndim) if form in ("reshape", "slice", "repeat") else ())
        if form == "transpose":
            order = [int(i) for i in self.rng.permutation(x.ndim)]
            return self.result(f"transpose({a}, {', '.join(map(str, order))})", x.transpose(order), kind)
        if form == "flip":
            return self.result(f"flip({a}, over = {axis})", np.flip(x, axis), kind)
        if form == "roll":
            by = int(self.rng.integers(-4, 9))
            return self.result(f"roll({a}, {by}, over = {axis})", np.roll(x, by, axis), kind)
        if form == "pad":
            before, after = int(self.rng.integers(0, 4)), int(self.rng.integers(0, 4))
            widths = [(before, after) if i == axis else (0, 0) for i in range(x.ndim)]
            return self.result(f"pad({a}, over = {axis}, before = {before}, after = {after})", np.pad(x, widths), kind)
        if form == "slice":
            ends = [sorted(int(n) for n in self.rng.integers(0, size + 1, 2)) for size in x.shape]
            text = ", ".join(f"{i}:{j}" for i, j in ends)
            return self.result(f"{a}[{text}]", x[tuple(slice(i, j) for i, j in ends)], kind)
        if form in ("concat", "stack"):
            text = f"({a}, {a}, over = {axis})"
            return self.result(form + text, np.concatenate([x, x], axis) if form == "concat" else np.stack([x, x], axis), kind)
        if form == "reshape":
            to = [x.size] if self.rng.random() < 0.5 else [*reversed(x.shape), 1]
            return self.result(f"reshape({a}, {kind}[{', '.join(map(str, to))}])", x.reshape(to), kind)
        if form == "new":
            return self.result(f"{a}[{', '.join([':'] * axis + ['new'] + [':'] * (x.ndim - axis))}]", np.expand_dims(x, axis), kind)
        to = [int(self.pick([1, 2, 3])), *x.shape]
        self.result(f"broadcast({a}, {kind}[{', '.join(map(str, to))}])", np.broadcast_to(x, to), kind)

    def positions(self):
        kind = self.pick(["f32", "i32", "f64", "u8", "bf16"])
        x = self.values(self.shape(1, 3), kind)
        if x.shape[0] == 0:
            return
        index = self.rng.integers(0, x.shape[0], self.shape(0, 2, 40)).astype(np.int32)
        form = self.pick(["gather", "scatter", "one_hot"])
        if form == "one_hot":
            i = self.argument(index, "i32")
            return self.result(f"one_hot({i}, {x.shape[0]})", np.eye(x.shape[0], dtype=np.float32)[index], "f32")
        if form == "gather":
            a, i = self.argument(x, kind), self.argument(index, "i32")
            return self.result(f"{a}[{i}]", x[index], kind)
        if kind not in ("f64", "i32") or index.ndim != 1:
            return
        y = self.values([*index.shape, *x.shape[1:]], kind)
        z = x.copy()
        np.add.at(z, index, y)
        a, i, b = (self.argument(v, k, range(v.ndim)) for v, k in ((x, kind), (index, "i32"), (y, kind)))
        self.result(f"scatter_add({a}, {i}, {b})", z, kind, 64)

    # -- running --------------------------------------------------------------------------------------------------------

    def text(self):
        arguments = ", ".join(f"{name}: {kind}" for name, kind, _ in self.arguments)
        return f"task T{self.number}({arguments}) {{ return {self.body} }}\n"

    def check(self, program, folder):
        command = [program, "run", f"T{self.number}", "-o", f"{folder}/y.npy", "--threads", str(1 + self.number % 3)]
        for name, _, x in self.arguments:
            np.save(f"{folder}/{name}.npy", np.ascontiguousarray(x) if x.ndim else x)
            command += [f"--{name}", f"{folder}/{name}.npy"]
        ran = subprocess.run(command, capture_output=True, text=True)
        if ran.returncode:
            return f"exit code {ran.returncode}: {ran.stderr}"
        y, wanted = np.load(f"{folder}/y.npy"), self.expected
        if y.shape != wanted.shape:
            return f"shape {y.shape}, NumPy {wanted.shape}"
        if y.dtype != TYPES[self.kind]:
            return f"{y.dtype} for {self.kind}"
        if self.kind not in FLOATS:
            return "" if np.array_equal(y, wanted) else f"{y}\nNumPy {wanted}"
        with np.errstate(all="ignore"):
            a, b = y.astype(np.float64), wanted.astype(np.float64)
            least = 1e-7 if self.kind == "f16" else 1e-37  # of numbers below the normals
            room = self.lost * (EPSILON[self.kind] * np.abs(b if self.scale is None else self.scale) + least)
            good = (a == b) | (np.isnan(a) & np.isnan(b)) | (np.abs(a - b) <= room)
        return "" if good.all() else f"{y[~good][:8]}\nNumPy {wanted[~good][:8]}"


def convolved(x, w, strides, low, high, dilation, spread, groups):
    """By its definition: for each tap, a product over channels."""
    dims = len(strides)
    wide = np.zeros([x.shape[0], *[(n - 1) * s + 1 + l + h for n, s, l, h in zip(x.shape[1:-1], spread, low, high)], x.shape[-1]])
    wide[(slice(None), *[slice(l, l + (n - 1) * s + 1, s) for n, s, l in zip(x.shape[1:-1], spread, low)])] = x
    size = [(n - (t - 1) * d - 1) // s + 1 for n, t, d, s in zip(wide.shape[1:-1], w.shape, dilation, strides)]
    y = np.zeros([x.shape[0], *size, w.shape[-1]])
    ci, co = w.shape[-2], w.shape[-1] // groups
    for tap in itertools.product(*map(range, w.shape[:dims])):
        part = wide[(slice(None), *[slice(t * d, t * d + (n - 1) * s + 1, s) for t, d, n, s in zip(tap, dilation, size, strides)])]
        for g in range(groups):
            y[..., g * co:(g + 1) * co] += part[..., g * ci:(g + 1) * ci] @ w[tap][:, g * co:(g + 1) * co].astype(np.float64)
    return y


MAKERS = ["elementwise", "unary", "convert", "reduction", "truth", "order", "cumulative", "einsum", "matmul", "conv",
          "pooling", "shapes", "positions"]


def main():
    netc, folder = sys.argv[1], sys.argv[2]
    count, seed = int(sys.argv[3]) if len(sys.argv) > 3 else 400, int(sys.argv[4]) if len(sys.argv) > 4 else 1
    os.makedirs(folder, exist_ok=True)
    wrong = 0
    for first in range(0, count, TASKS):
        cases = [Case(np.random.default_rng([seed, i]), i) for i in range(first, min(first + TASKS, count))]
        source, program = f"{folder}/tasks.net", f"{folder}/tasks"
        open(source, "w").write("".join(case.text() for case in cases))
        built = subprocess.run([netc, source, "-o", program], capture_output=True, text=True)
        if built.returncode:
            sys.exit(f"{source} does not compile:\n{built.stderr}")
        for case in cases:
            if why := case.check(program, folder):
                wrong += 1
                print(case.text() + why + "\n", flush=True)
    print(f"{count} expressions from seed {seed}, {wrong} differ from NumPy")
    sys.exit(wrong > 0)


main()
