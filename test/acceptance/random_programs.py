"""Line 6: 1,000 random programs (NETC_FUZZ: another number), whose code is compared with the interpreter. See PassesNative.cpp."""
import os
import re

from common import enter, said, verdict

TEST = "Passes.CompiledRandomProgramsAgreeWithTheInterpreter"

enter("random")
count = os.environ.setdefault("NETC_FUZZ", "1000")
talk = said(["net-unit", f"--gtest_filter={TEST}"])
took = re.search(rf"\[       OK \] {TEST} \((\d+) ms\)", talk)
verdict(took, f"{count} programs from seed {os.environ.get('NETC_FUZZ_FIRST', '1')} in {int(took[1]) / 1000 if took else 0:.0f} s: "
        "without and with the optimizer, on 1, 2 and 3 threads")
