"""Texts with mistakes in them: mutated.py NETC FOLDER SEED COUNT

COUNT times a program of FOLDER is broken in one to four places (tokens left out, doubled, swapped, taken from
another program; bytes changed; cut short) and compiled to an object. Every outcome is right but a signal, an internal error,
no answer within a minute, and a refusal without a diagnostic.
"""
import glob
import os
import random
import re
import subprocess
import sys

TOKEN = re.compile(rb'"[^"\n]*"|#[^\n]*\n|[A-Za-z_]\w*|[0-9][\w.]*|\s+|\.\.|->|\|>|\*\*|[=!<>]=|.', re.S)

SPECIAL = (b"0", b"1", b"-1", b"1e308", b"9223372036854775807", b"B", b"x", b"(", b")", b"[", b"]", b"}")


def mutated(draw, text, other):
    tokens = TOKEN.findall(text)
    for _ in range(draw.choice((1, 1, 2, 4))):
        i, j = draw.randrange(len(tokens)), draw.randrange(len(tokens))
        kind = draw.randrange(8)
        if kind == 0:
            del tokens[i]
        elif kind == 1:
            tokens.insert(i, tokens[j])
        elif kind == 2:
            tokens[i], tokens[j] = tokens[j], tokens[i]
        elif kind == 3:
            tokens[i] = draw.choice(other)
        elif kind == 4:
            tokens[i] = draw.choice(SPECIAL)
        elif kind == 5:
            tokens[i:i] = other[(k := draw.randrange(len(other))):k + draw.randint(1, 12)]
        elif kind == 6:
            tokens[i] = bytes(draw.randrange(256) if draw.random() < 0.5 else byte for byte in tokens[i])
        elif draw.random() < 0.2:
            del tokens[max(i, 1):]
        tokens = tokens or [b" "]
    return b"".join(tokens)


def main():
    netc, folder, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    texts = [open(path, "rb").read() for path in sorted(glob.glob(f"{folder}/**/*.net", recursive=True))]
    texts = [text for text in texts if 0 < len(text) < 20000]
    outcomes, wrong = {0: 0, 1: 0}, 0
    for number in range(seed, seed + count):
        draw = random.Random(number)
        text = mutated(draw, draw.choice(texts), TOKEN.findall(draw.choice(texts)))
        name = f"mutant{number}.net"
        with open(name, "wb") as file:
            file.write(text)
        try:
            done = subprocess.run([netc, name, "-c", "-o", os.devnull], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
            code, said = done.returncode, done.stderr
        except subprocess.TimeoutExpired:
            code, said = "no answer", b""
        if code == 0 or code == 1 and b"error" in said:
            outcomes[code] += 1
            os.remove(name)
        else:
            wrong += 1
            print(f"{name}: {code}\n{said[-2000:].decode(errors='replace')}")
    print(f"{outcomes[0]} accepted, {outcomes[1]} refused, {wrong} wrong")
    return wrong > 0


sys.exit(main())
