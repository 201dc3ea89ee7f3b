"""Line 6: 1,000 random programs (NETC_FUZZ: another number), whose code is compared with the interpreter, see PassesNative.cpp;
where PEERS has NumPy, as many random expressions are compared with it, see against_numpy.py."""
import os
import re
import subprocess

from common import SOURCE, enter, said, verdict

TEST = "Passes.CompiledRandomProgramsAgreeWithTheInterpreter"

enter("random")
count = os.environ.setdefault("NETC_FUZZ", "1000")
first = os.environ.get("NETC_FUZZ_FIRST", "1")
talk = said(["net-unit", f"--gtest_filter={TEST}"])
took = re.search(rf"\[       OK \] {TEST} \((\d+) ms\)", talk)
numpy, holds = "", took is not None
if "PEERS" in os.environ:
    done = subprocess.run([os.environ["PEERS"], f"{SOURCE}/test/acceptance/against_numpy.py", "netc", "numpy", count, first],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(done.stdout)
    numpy, holds = "; " + done.stdout.strip().splitlines()[-1], holds and done.returncode == 0
verdict(holds, f"{count} programs from seed {first} in {int(took[1]) / 1000 if took else 0:.0f} s: "
        "without and with the optimizer, on 1, 2 and 3 threads" + numpy)
