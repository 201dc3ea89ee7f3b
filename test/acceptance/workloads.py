"""Line 10: steps of bench/ beside PyTorch and JAX, as multiples of the floor. Nothing else may run on the machine meanwhile.

ROUNDS times (3) ours, the peers, ours; compared are medians. WORKLOADS: some only, as `W2- W3-`.
"""
import collections
import glob
import json
import os
import statistics
import subprocess

from common import SOURCE, enter, peers, verdict

PEERS = "torch", "jax"
NEAR = "W1-gemm-512x512x512", "W1-gemm-1024x1024x1024"  # on one thread at least 80 % of the ceiling


def measure(python, bench, threads, prefix):
    """Adds to rows.jsonl."""
    names = " ".join(sorted(os.path.basename(path)[:-4] for path in glob.glob(f"{SOURCE}/bench/{prefix}*.net")))
    ours = f"env NETC=netc sh {SOURCE}/bench/run.sh {{threads}} {names}"
    command = [python, f"{bench}/bench.py", "--workload", prefix, "--threads", str(threads), "--json", "rows.jsonl", "--ours", ours]
    for peer in PEERS:
        command += ["--peer", peer]
    subprocess.run(command, check=True)


def table():
    """{(workload, threads): {who: multiple of the floor}}, printed too."""
    rows = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in map(json.loads, open("rows.jsonl")):
        if "error" not in row:
            rows[row["workload"], row["threads"]][row["peer"]].append(row["median_s"] / row["floor_s"])
    print("multiples of the floor: ours (smallest to largest), torch, jax; ours over the best of both")
    result = {}
    for key, all_of in sorted(rows.items(), key=lambda item: (item[0][1], item[0][0])):
        if "ours" not in all_of:  # a prefix may take in more of the peers' workloads
            continue
        result[key] = ratios = {who: statistics.median(ones) for who, ones in all_of.items()}
        ours, best = all_of["ours"], min(ratios[peer] for peer in PEERS)
        print(f"{key[0]:24} {key[1]} threads: {ratios['ours']:6.2f} ({min(ours):.2f} to {max(ours):.2f})"
              f" {ratios['torch']:6.2f} {ratios['jax']:6.2f} {ratios['ours'] / best:6.2f}", flush=True)
    return result


def shortfalls(result):
    for (workload, threads), ratios in result.items():
        where = f"{workload} on {threads}"
        if workload in NEAR and threads == 1 and ratios["ours"] > 1 / 0.8:
            yield f"{where}: {100 / ratios['ours']:.0f} % of the ceiling"
        best = min(PEERS, key=ratios.get)
        if not workload.startswith("W1-") and ratios["ours"] > ratios[best]:
            yield f"{where}: {ratios['ours'] / ratios[best]:.2f} of {best}'s time"
        if workload.startswith("W4-") and ratios["ours"] > 4:
            yield f"{where}: {ratios['ours']:.2f} x floor"


python, bench = peers("PEERS", "PEERS_BENCH")
enter("workloads")
for _ in range(int(os.environ.get("ROUNDS", "3"))):
    for threads in 1, 2:
        for prefix in os.environ.get("WORKLOADS", "W1- W2- W3- W4-").split():
            measure(python, bench, threads, prefix)
result = table()
short = list(shortfalls(result))
verdict(not short, f"{len(result)} rows above" + "".join(f"; {one}" for one in short))
