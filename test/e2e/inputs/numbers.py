"""Numbers as npy: numbers.py FILE NUMBER.."""
import struct
import sys

numbers = [float(text) for text in sys.argv[2:]]
header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % len(numbers)
header += b" " * (-(len(header) + 11) % 64) + b"\n"
with open(sys.argv[1], "wb") as out:
    out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + struct.pack(f"<{len(numbers)}f", *numbers))
