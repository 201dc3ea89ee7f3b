"""Line 4: every dump of every example becomes an executable that trains to the same checkpoint, bit by bit.

One epoch, on the first rows of Fashion-MNIST: enough that every function of the program runs.
"""
import filecmp
import glob
import gzip
import os

from common import FASHION, SOURCE, enter, said, verdict

ROWS = 2560


def cut(name):
    """The first rows of a file of Fashion-MNIST, in `data`."""
    content = gzip.open(f"{FASHION}/{name}").read()
    rank = content[3]
    count, *shape = (int.from_bytes(content[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank))
    row = 1
    for size in shape:
        row *= size
    rows = min(ROWS, count)
    head = content[:4] + rows.to_bytes(4, "big") + content[8 : 4 + 4 * rank]
    with gzip.open(f"data/{name}", "wb", compresslevel=1) as file:
        file.write(head + content[4 + 4 * rank :][: rows * row])


def train(program, folder):
    os.mkdir(folder)
    said([f"../{program}", "train", "--epochs", "1", "--data", "../data", "--checkpoint", "run.safetensors"], cwd=folder)
    return f"{folder}/run.safetensors"


enter("dumps")
os.mkdir("data")
for part in "train", "t10k":
    for what in "images-idx3", "labels-idx1":
        cut(f"{part}-{what}-ubyte.gz")
examples, dumps, different = 0, 0, []
for source in sorted(glob.glob(f"{SOURCE}/examples/*.net")):
    name = os.path.basename(source)[: -len(".net")]
    said(["netc", source, f"--dump-dir={name}-dumps", "-o", name])
    wanted = train(name, f"{name}-first")
    same = []
    for dump in sorted(os.listdir(f"{name}-dumps")):
        said(["netc", f"{name}-dumps/{dump}", "-o", f"{name}-again"])
        if filecmp.cmp(wanted, train(f"{name}-again", f"{name}-{dump}"), shallow=False):
            same.append(dump)
        else:
            different.append(f"{name}/{dump}")
        dumps += 1
    examples += 1
    print(f"{name}: the same from {' '.join(same)}, {os.path.getsize(wanted)} bytes", flush=True)
verdict(not different and dumps == 9 * examples,
        f"{dumps} dumps of {examples} examples, {len(different)} train to other bits {' '.join(different)}".rstrip())
