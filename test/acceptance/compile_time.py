"""Line 11: the time of `netc examples/lenet.net`, and from there to the first step of training, saved."""
import os
import statistics
import subprocess
import time

from common import SOURCE, enter, said, verdict

TIMES = 15


def compiled():
    start = time.monotonic()
    said(["netc", f"{SOURCE}/examples/lenet.net", "-o", "lenet"])
    return time.monotonic() - start


def first_step():
    """Seconds until the checkpoint of the first step is there: the step, and a little more."""
    for name in os.listdir("."):
        os.remove(name)
    start = time.monotonic()
    compiled()
    with subprocess.Popen(["./lenet", "train", "--save-every", "1"], stderr=subprocess.DEVNULL) as run:
        while not os.path.exists("lenet.safetensors"):
            assert run.poll() is None, "it has ended without a checkpoint"
            time.sleep(0.001)
        took = time.monotonic() - start
        run.kill()
    return took


enter("compile-time")
compiling = [compiled() for _ in range(TIMES)]
stepping = [first_step() for _ in range(TIMES)]
compile_time, step_time = statistics.median(compiling), statistics.median(stepping)
verdict(compile_time < 1 and step_time < 2,
        f"netc lenet.net {compile_time:.2f} s ({min(compiling):.2f} to {max(compiling):.2f}), "
        f"to the first step {step_time:.2f} s ({min(stepping):.2f} to {max(stepping):.2f}); medians of {TIMES}")
