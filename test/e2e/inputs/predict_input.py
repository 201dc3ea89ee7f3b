"""The four inputs of exclusive or as npy: predict_input.py FILE."""
import struct
import sys

header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (4, 2), }"
header += b" " * (-(len(header) + 11) % 64) + b"\n"
with open(sys.argv[1], "wb") as out:
    out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<8f", 0, 0, 0, 1, 1, 0, 1, 1))
