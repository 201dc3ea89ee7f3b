"""Whole files of each kind that executables read, as bytes."""
import io
import json
import struct
import zipfile
import zlib


def idx(code, shape, data):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


def npy(descr, shape, data, order=False, version=1, length=None):
    header = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)
    header = header.ljust(117) + "\n"
    size = struct.pack("<H" if version == 1 else "<I", len(header) if length is None else length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + header.encode() + data


def npz(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            # Of a fixed date, so that a seed gives one file.
            archive.writestr(zipfile.ZipInfo(name + ".npy"), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def tensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def parts(checkpoint):
    """(header as text, data) of a checkpoint."""
    length = struct.unpack("<Q", checkpoint[:8])[0]
    return checkpoint[8:8 + length], checkpoint[8 + length:]


def summed(header, data):
    """A checkpoint whose checksum is right, whatever else it says."""
    at = header.index(b'"checksum":"') + 12
    zeros = header[:at] + b"0" * 8 + header[at + 8:]
    return tensors(header[:at] + b"%08x" % zlib.crc32(data, zlib.crc32(zeros)) + header[at + 8:], data)
