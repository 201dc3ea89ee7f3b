"""Do programs with their gradients written out train to the same bits? gradients.py FOLDER PROGRAM.net..

Each program is compiled as it is and as `--emit=grad.net` and `--emit=derived.net` write it, and each of its train blocks
is trained for a few steps by all. The checkpoints must agree in all tensors, and no gradient may be left to be taken.
"""
import concurrent.futures
import json
import math
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import zipfile

STEPS = "20"


class Failed(Exception):
    pass


def run(*command):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failed(f"{' '.join(command)} ends with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def tensors(path):
    with open(path, "rb") as file:
        data = file.read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {name: (one["dtype"], one["shape"], data[8 + length :][slice(*one["data_offsets"])])
            for name, one in header.items()}


def npy(dtype, shape, data):
    header = repr({"descr": dtype, "fortran_order": False, "shape": shape}).ljust(117) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode() + data


def write_data(path, folder):
    """Rows for each `npz` that a program reads, drawn."""
    with open(path) as file:
        text = file.read()
    os.makedirs(folder, exist_ok=True)
    for parts, name in re.findall(r"^data \w+\((.*)\) \{\s*train = npz\(\"(\S+)\"\)", text, re.M):
        rows = int(re.search(r"batch = (\d+)", text).group(1))
        draw = random.Random(1)
        with zipfile.ZipFile(f"{folder}/{name}", "w") as archive:
            for part, element, sizes in re.findall(r"(\w+): (f32|u8)(?:\[([\d, ]+)\])?", parts):
                shape = (rows, *map(int, filter(None, sizes.split(", "))))
                count = math.prod(shape)
                data = (struct.pack(f"<{count}f", *(draw.uniform(-1, 1) for _ in range(count))) if element == "f32"
                        else bytes(draw.randrange(10) for _ in range(count)))
                archive.writestr(f"{part}.npy", npy("<f4" if element == "f32" else "|u1", shape, data))


def compared(source, written, blocks, folder):
    """How many tensors were compared of two programs; Failed if one differs."""
    count = 0
    for block in blocks:
        results = []
        for program in (source, written):
            checkpoint = f"{program}.{block}.safetensors"
            run(f"./{program}", "train", block, "--steps", STEPS, "--threads", "1", "--data", folder,
                "--checkpoint", checkpoint)
            results.append(tensors(checkpoint))
        a, b = results
        if different := sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name)):
            raise Failed(f"{block}: different: {', '.join(different)}")
        count += len(a)
    return count


def check(path):
    name = os.path.basename(path)[: -len(".net")]
    source, folder = name, f"{name}-data"
    write_data(path, folder)
    run("netc", f"{name}.net", "-o", source)
    for level in ("grad", "derived"):
        written = f"{name}-{level}"
        # Beside the source, which may use files of its folder.
        run("netc", f"{name}.net", f"--emit={level}.net", "-o", f"{written}.net")
        with open(f"{written}.net") as file:
            text = file.read()
        if left := re.findall(r"^ *[^#\n]*\b(?:grad .*wrt|jvp .*along|minimize|maximize) .*", text, re.M):
            raise Failed(f"{level}.net takes gradients: {left[0].strip()}")
        gradients = len(re.findall(r"^fn \w*_gradient", text, re.M))
        blocks = re.findall(r"^train (\w+)", text, re.M)
        run("netc", f"{written}.net", "-o", written)
        count = compared(source, written, blocks, folder)
    return gradients, f"{gradients} gradients, {count} tensors of {', '.join(blocks)}, the same bits"


def checked(path):
    """A line, and whether the program has gradients that are written out; None if it failed."""
    try:
        gradients, said = check(path)
        return f"{os.path.basename(path)}: {said}", gradients > 0
    except Failed as why:
        return f"{os.path.basename(path)}: FAILED: {why}", None


def main():
    folder, *programs = map(os.path.abspath, sys.argv[1:])
    os.makedirs(folder, exist_ok=True)
    for path in programs:
        shutil.copy(path, folder)
    os.chdir(folder)
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for said, outcome in pool.map(checked, programs):
            print(said, flush=True)
            outcomes.append(outcome)
    print(f"{outcomes.count(True)} programs are equal to those with their gradients written out, "
          f"{outcomes.count(False)} have none to write, {outcomes.count(None)} failed")
    sys.exit(1 if None in outcomes else 0)


if __name__ == "__main__":
    main()
