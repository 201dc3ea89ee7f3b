"""An array of one number as npy: one_number.py FILE."""
import struct
import sys

header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }"
header += b" " * (-(len(header) + 11) % 64) + b"\n"
with open(sys.argv[1], "wb") as out:
    out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack("<f", 1))
