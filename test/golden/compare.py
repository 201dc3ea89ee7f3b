"""Runs the tasks of golden.npz and compares what they answer, array by array: compare.py GOLDEN.NPZ FOLDER.

FOLDER has an executable for each program. The difference of two arrays is ||a - b|| / ||b||, the roots of sums of squares.
Prints a line for each case, then the worst of all; exit code 1 if an array is wrong, missing or of another shape.
"""
import ast
import collections
import math
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

BOUND = 1e-10
KINDS = {"<f8": "d", "<i4": "i"}


def read(path):
    """(shape, numbers) of a .npy file."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x93NUMPY":
        raise ValueError("no .npy file")
    start = 10 if data[6] == 1 else 12
    end = start + int.from_bytes(data[8:start], "little")
    header = ast.literal_eval(data[start:end].decode())
    if header["fortran_order"]:
        raise ValueError("column-major")
    count = math.prod(header["shape"])
    return header["shape"], struct.unpack(f"<{count}{KINDS[header['descr']]}", data[end:])


def difference(got, wanted):
    """The relative difference of two arrays, inf where they cannot be compared."""
    if got[0] != wanted[0]:
        return math.inf
    apart = math.dist(got[1], wanted[1])
    return apart / math.hypot(*wanted[1]) if apart else 0.0


def run(executable, task, given, wanted):
    """[(name, relative difference)] of the results of a task, from folders of .npy files."""
    names = sorted(os.listdir(wanted), key=lambda name: int(name.split(".")[0]))
    command = [executable, "run", task, "--threads", "1"]
    for name in sorted(os.listdir(given)):
        command += ["--" + name[: -len(".npy")], os.path.join(given, name)]
    answers = tempfile.mkdtemp(dir=os.path.dirname(given))
    for name in names:
        command += ["-o", os.path.join(answers, name)]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
        return [("(did not run)", math.inf)]
    return [(name.split(".", 1)[1][: -len(".npy")],
             difference(read(os.path.join(answers, name)), read(os.path.join(wanted, name)))) for name in names]


def main():
    golden, executables = sys.argv[1:]
    count, wrong, worst = 0, 0, (-1.0, "")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(golden) as archive:
        archive.extractall(folder)
        cases = collections.OrderedDict.fromkeys(name.rsplit("/", 2)[0] for name in archive.namelist())
        for case in cases:
            program, task = case.split("/")
            paths = [os.path.join(folder, case, part) for part in ("given", "wanted")]
            results = run(os.path.abspath(os.path.join(executables, program)), task.split(".")[0], *paths)
            for name, apart in results:
                if not apart < BOUND:  # NaN is wrong as well
                    wrong += 1
                    print(f"wrong: {case} {name}: relative difference {apart:.1e}")
            count += len(results)
            name, apart = max(results, key=lambda result: (math.isnan(result[1]), result[1]))
            worst = max(worst, (math.inf if math.isnan(apart) else apart, f"{case} {name}"))
            print(f"{case}: {len(results)} arrays, worst {apart:.1e} in {name}")
    print(f"{count} arrays, {wrong} wrong, worst {worst[0]:.1e} in {worst[1]}")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main())
