"""Are the tensors of two checkpoints the same bits? same_tensors.py A B. What is said of the programs that wrote
them is left out."""
import json
import sys


def tensors(path):
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {name: (one["dtype"], one["shape"], data[8 + length :][slice(*one["data_offsets"])])
            for name, one in header.items()}


a, b = map(tensors, sys.argv[1:])
different = sorted(name for name in a.keys() | b.keys() if a.get(name) != b.get(name))
if different:
    sys.exit("different: " + ", ".join(different))
print(f"{len(a)} tensors, the same bits")
