"""Makes golden.npz, what the tasks of inputs/*.net are given and should answer: golden.py [FILE], with JAX.

A function of the module beside a program is a case. It draws inputs from a generator of its own and gives them, with
what JAX finds by a formula that owes nothing to the library's: probabilities instead of their logarithms, sums over all
paths, joint densities, loops over pixels. Entries are PROGRAM/TASK.CASE/given/ARGUMENT and PROGRAM/TASK.CASE/wanted/
NUMBER.NAME. Versions of JAX differ in last digits, far below the bound of compare.py.
"""
import importlib
import os
import sys

os.environ.update(JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu")
sys.dont_write_bytecode = True
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "inputs"))
import cases

PROGRAMS = ("recurrent", "attention", "convolution", "likelihood", "second")

for program in PROGRAMS:
    importlib.import_module(program)
entries = {}
for name, function in cases.CASES.items():
    given, wanted = function()
    entries.update({f"{name}/given/{key}": np.array(value, order="C") for key, value in given.items()})
    entries.update({f"{name}/wanted/{i}.{key}": np.array(value, order="C") for i, (key, value) in enumerate(wanted.items())})
wrong = [name for name, value in entries.items() if value.dtype not in (np.float64, np.int32) or not np.isfinite(value).all()]
if wrong:
    sys.exit("neither finite f64 nor i32: " + ", ".join(wrong))
np.savez_compressed(sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "golden.npz"), **entries)
print(f"{len(cases.CASES)} cases, {len(entries)} arrays")
