"""Line 5: the gradients of every example against differences; then rules made wrong by hand are found, and their line named."""
import glob
import os
import re
import sys

from common import BUILD, SOURCE, enter, said, verdict

enter("gradients")
checked = redrawn = without = 0
worst = (0.0, "")
for source in sorted(glob.glob(f"{SOURCE}/examples/*.net")):
    talk = said(["netc", "check-grad", source])
    print(f"{os.path.basename(source)}:\n{talk}", end="", flush=True)
    total = re.search(r"^(\d+) gradients checked, 0 wrong, (\d+) kinks redrawn$", talk, re.M)
    if not total:
        assert "takes no gradient" in talk, talk
        without += 1
        continue
    checked, redrawn = checked + int(total[1]), redrawn + int(total[2])
    for name, error in re.findall(r"^(\S+) +worst (\S+)", talk, re.M):
        worst = max(worst, (float(error), f"{os.path.basename(source)}'s {name}"))

mutants = [sys.executable, f"{SOURCE}/test/mutants.py", BUILD]
talk = said(mutants)
with open("mutants.txt", "w") as file:
    file.write(talk)
rules = talk.strip().splitlines()[-1]
print(f"mutants: {rules}", flush=True)
talk = said([*mutants, "tanh", "--program", f"{SOURCE}/examples/lenet.net"])
fault = re.search(r"at fault: 'net.tanh' at \S*?([^/\s]+:\d+):\d+", talk)
print(talk, flush=True)
verdict(fault and rules.endswith(" 0 SURVIVED"),
        f"{checked} gradients, worst {worst[0]:.2e} ({worst[1]}), {redrawn} kinks redrawn, {without} examples without; "
        f"mutants: {rules}; a flipped sign of tanh is found at {fault and fault[1]}")
