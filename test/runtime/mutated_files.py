"""Data files and checkpoints with bytes changed: mutated_files.py TABLES SEED COUNT

TABLES is the executable of inputs/tables.net. COUNT times one file of a whole set is broken (bytes changed, cut out, doubled,
numbers made large, cut short) and read. Right are success and an error that says something, with exit code 1; wrong are
a signal, another code, and no answer within a minute. Half of the checkpoints get their checksum again, so that what lies
behind it is read too.
"""
import os
import random
import subprocess
import sys

from wholefiles import npy, npz, parts, summed

SPECIAL = (b"\0", b"\xff" * 4, b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"-1", b"9" * 20, b"nan", b"1e999", b"{", b'"', b",", b"\n")


def mutated(draw, data):
    data = bytearray(data)
    for _ in range(draw.randint(1, 3)):
        i, n = draw.randrange(len(data) + 1), draw.randint(1, 8)
        kind = draw.randrange(6)
        if kind == 0:
            data[i:i + 1] = bytes([draw.randrange(256)])
        elif kind == 1:
            del data[i:i + n]
        elif kind == 2:
            data[i:i] = data[i:i + n]
        elif kind == 3:
            data[i:i] = draw.choice(SPECIAL)
        elif kind == 4:
            special = draw.choice(SPECIAL)
            data[i:i + len(special)] = special
        elif draw.random() < 0.3:
            del data[i:]
    return bytes(data)


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


def run(arguments):
    try:
        done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=60)
    except subprocess.TimeoutExpired:
        return "no answer", b""
    return done.returncode, done.stderr


def main():
    program, seed, count = os.path.abspath(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    x, label = npy("'<f4'", "(6, 2)", bytes(range(48))), npy("'|u1'", "(6,)", bytes([0, 1, 2, 0, 1, 2]))
    whole = {
        "table.csv": b"a,b,label\n" + b"".join(b'%d,%d.5,"%d"\n' % (i, i, i % 3) for i in range(6)),
        "archive.npz": npz({"x": x, "label": label}),
        "x.npy": x,
        "label.npy": label,
    }
    for path, content in whole.items():
        write(path, content)
    train = [program, "train", "--data", ".", "--epochs", "1", "--checkpoint"]
    code, said = run(train + ["whole.safetensors"])
    assert code == 0, said
    with open("whole.safetensors", "rb") as file:
        saved = file.read()
    blocks = {"table.csv": "FromTable", "archive.npz": "FromArchive", "x.npy": "FromArrays", "label.npy": "FromArrays"}
    read, refused, wrong = 0, 0, 0
    for number in range(seed, seed + count):
        draw = random.Random(number)
        path = draw.choice(list(whole) + ["checkpoint"] * 3)
        if path == "checkpoint":
            broken = mutated(draw, saved)
            if draw.random() < 0.5:
                header, data = parts(saved)
                broken = mutated(draw, header), data
                broken = summed(*broken) if b'"checksum":"' in broken[0] else saved
            write("c.safetensors", broken)
            how = draw.choice((["--resume"], ["--init", "c.safetensors"]))
            command = [program, "train", "--data", ".", "--checkpoint", "c.safetensors"]
            command = command + how if how == ["--resume"] else train + ["new.safetensors"] + how
        else:
            broken = mutated(draw, whole[path])
            write(path, broken)
            command = [program, "train", blocks[path]] + train[2:] + ["new.safetensors"]
        code, said = run(command)
        if path in whole:
            write(path, whole[path])
        for made in ("c.safetensors", "new.safetensors"):
            for name in (made, made + ".1", made + ".old"):
                if os.path.exists(name):
                    os.remove(name)
        if code == 0:
            read += 1
        elif code == 1 and b"error: " in said:
            refused += 1
        else:
            wrong += 1
            write(f"broken{number}", broken)
            print(f"{number}: {' '.join(command[1:])}, {path}: {code}\n{said[-2000:].decode(errors='replace')}")
    print(f"{read} read, {refused} refused, {wrong} wrong")
    return wrong > 0


sys.exit(main())
