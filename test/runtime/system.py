"""What a compiled LeNet asks of the system: system.py LENET SHIM WHAT

WHAT is `steps`: they allocate nothing, whatever their number; `memory`: its peak is what `summary` says; `saves`: whatever
fails while a checkpoint is saved, the error says so, and the earlier one is there as it was.
"""
import errno
import os
import re
import shutil
import subprocess
import sys

from wholefiles import idx

LENET, SHIM = (os.path.abspath(path) for path in sys.argv[1:3])
PROCESS = 5  # MB that a process takes for its code, libraries and stacks, whatever the network (README.md)
CHECKPOINT = "lenet.safetensors"
ENTRIES = 3  # strings that a report's line may take more or fewer of, by the digits of its numbers


def data(rows):
    for part, count in (("train", rows), ("t10k", 256)):
        with open(part + "-images-idx3-ubyte.gz", "wb") as file:
            file.write(idx(8, [count, 28, 28], bytes(i * 7 % 256 for i in range(784)) * count))
        with open(part + "-labels-idx1-ubyte.gz", "wb") as file:
            file.write(idx(8, [count], bytes(i % 10 for i in range(count))))


def run(*arguments, **shim):
    """(exit code, output, errors) with the shim told this."""
    done = subprocess.run([LENET, *arguments, "--data", "."], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={**os.environ, "LD_PRELOAD": SHIM, **shim})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def train(*arguments):
    """(allocations, peak in MB) of a run."""
    for name in os.listdir("."):
        if name.startswith(CHECKPOINT) or name == "log":
            os.remove(name)
    code, _, said = run("train", "--log", "log", *arguments, SHIM_REPORT="report")
    assert code == 0, said
    allocations, peak = (int(line.split()[1]) for line in open("report"))
    return allocations, peak / 1024


def steps():
    """Runs of equal reports and saves but with 3 and with up to 1,000 steps; the second reads ahead in a thread of its own."""
    for batch, few, many, threads in (1, 3, 1000, 1), (1, 3, 1000, 3), (1024, 3072, 20480, 2):
        counts = []
        for rows in few, many:
            data(rows)
            counts.append(train("--epochs", "2", "--batch", str(batch), "--threads", str(threads))[0])
        more = (many - few) // batch * 2
        assert abs(counts[1] - counts[0]) <= 2 * ENTRIES, f"{counts} allocations, with {more} steps more"
        print(f"batches of {batch}, {threads} threads: {more} steps more, none allocates")


def memory():
    for rows, batch in (1024, 128), (60000, 128), (4096, 256):
        data(rows)
        _, said, _ = run("summary", "--batch", str(batch))
        number, unit = re.search(r"Memory of Classify: ([\d.]+) (KB|MB)", said).groups()
        planned = float(number) / (1024 if unit == "KB" else 1)
        _, peak = train("--epochs", "1", "--batch", str(batch))
        assert 0.95 * planned <= peak <= 1.05 * planned + PROCESS, f"planned {planned} MB, measured {peak} MB"
        print(f"{rows} rows, batches of {batch}: as planned")


def saves():
    data(256)
    train("--epochs", "1")
    os.mkdir("before")
    shutil.copy(CHECKPOINT, "before")
    old = open(CHECKPOINT, "rb").read()
    count = 0
    for what in ("open", "write", "fsync", "close", "link", "rename", "full"):
        for when in range(1, 100):
            if what == "full":
                when = (when - 1) * 100000 + 1  # bytes that still fit
            for name in os.listdir("."):
                if name.startswith(CHECKPOINT):
                    os.remove(name)
            shutil.copy("before/" + CHECKPOINT, ".")
            number = errno.ENOSPC if what == "full" else errno.EIO
            code, _, said = run("train", "--resume", "--epochs", "2", SHIM_FAIL=f"{what}:{when}:{number}")
            if code == 0:
                break
            where = f"{what} {when}: exit code {code}, {said}"
            assert code == 74 and "error: cannot " in said and os.strerror(number) in said, where
            # The earlier one, or behind the new one that was not safe yet.
            kept = [name for name in (CHECKPOINT, CHECKPOINT + ".1") if os.path.exists(name)]
            assert any(open(name, "rb").read() == old for name in kept), where
            assert not os.path.exists(CHECKPOINT + ".tmp"), where
            code, _, said = run("report")
            assert code == 0 and "warning" not in said, where + said
            count += 1
        assert when > 1, what + " is never called"
    print(f"{count} failures: the earlier checkpoint is there")


{"steps": steps, "memory": memory, "saves": saves}[sys.argv[3]]()
