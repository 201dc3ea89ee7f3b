"""Files that are not what they should be, read by real executables: bad_files.py LENET TABLES

LENET and TABLES are the executables of examples/lenet.net and inputs/tables.net. A case is a file's bytes, a command, and
what the executable must say about it, whole, with exit code 1. `OK` in place of a message: the file is read.
"""
import gzip
import json
import os
import re
import struct
import subprocess
import sys

from wholefiles import idx, npy, npz, parts, summed, tensors

LENET, TABLES = (os.path.abspath(path) for path in sys.argv[1:3])
OK = ""
failed = []


def run(arguments):
    """(exit code, the standard error, what it says from the first error or warning on)."""
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    text = re.sub(r"/\S*/(?=\w+\.net:)", "", done.stderr.decode(errors="replace"))  # wherever the sources are
    return done.returncode, text, text[found.start():] if (found := re.search("(error|warning): ", text)) else ""


def check(path, content, arguments, message, code=1):
    """`content` is in `path` for this one run."""
    before = open(path, "rb").read() if os.path.exists(path) else None
    with open(path, "wb") as file:
        file.write(content)
    got, everything, said = run(arguments)
    wanted = "error: " + message + "\n" if code else message
    if got != (code if message else 0) or said != (wanted if message else ""):
        failed.append(message)
        print(f"{' '.join(arguments[1:])} with another {path}\nwanted: {code} {wanted}got: {got} {everything}")
    os.remove(path)
    if before is not None:
        with open(path, "wb") as file:
            file.write(before)
    return 1


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)


IMAGES, LABELS = "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"
ROWS = 20
PIXELS = bytes(i * 7 % 256 for i in range(ROWS * 784))
DIGITS = bytes(i % 10 for i in range(ROWS))


def bad_idx():
    train = [LENET, "train", "--data", ".", "--checkpoint", "new.safetensors", "--epochs", "1"]

    def images(content, message):
        return check(IMAGES, content, train, message and "./" + IMAGES + message)

    def labels(content, message):
        return check(LABELS, content, train, message)

    good = idx(8, [ROWS, 28, 28], PIXELS)
    packed = gzip.compress(good, mtime=0)
    broken = packed[:200] + bytes([packed[200] ^ 0xFF]) + packed[201:]
    return (
        images(good, OK) + images(packed, OK)
        + images(b"", " is truncated: 4 bytes wanted, 0 left")
        + images(good[:3], " is truncated: 4 bytes wanted, 3 left")
        + images(good[:10], " is truncated: 4 bytes wanted, 2 left")
        + images(good[:-1], " is truncated: 15680 bytes wanted, 15679 left")
        + images(packed[:-30], " is truncated: its compressed data ends early")
        + images(broken, " is corrupt: incorrect data check")
        + images(good + b"x", " has more bytes than its header declares")
        + images(b"P5 28 28 255\n" + PIXELS, " is no idx file: it begins with 0x5035, not with two zero bytes")
        + images(idx(7, [ROWS, 28, 28], PIXELS), " is no idx file: unknown element type 0x07")
        + images(bytes([0, 0, 8, 200]) + bytes(1000), " has rank 200; 1 to 8 is accepted")
        + images(bytes([0, 0, 8, 0]) + PIXELS, " has rank 0; 1 to 8 is accepted")
        + images(idx(8, [2**31] * 4, PIXELS), " is too large: its sizes multiply to more than 2^62 bytes")
        + images(idx(8, [2**30, 28, 28], PIXELS),
                 " declares u8[1073741824, 28, 28], 841813590016 bytes, but can hold at most 15696")
        + images(idx(8, [ROWS, 28, 27], PIXELS[:ROWS * 28 * 27]),
                 " holds u8[20, 28, 27]; its rows should be u8[28, 28] for the column `image`")
        + images(idx(8, [0, 28, 28], b""), " has 0 rows, ./" + LABELS + " has 20")
        + labels(idx(8, [ROWS - 1], DIGITS[1:]), f"./{IMAGES} has 20 rows, ./{LABELS} has 19")
        + labels(idx(8, [ROWS], DIGITS[1:] + b"\xff"), "lenet.net:21: label is out of range 0..9")
    )


def bad_npy():
    predict = [LENET, "predict", "--checkpoint", "lenet.safetensors", "--image", "x.npy", "-o", "y.npy"]

    def x(content, message):
        return check("x.npy", content, predict, message and "x.npy" + message)

    u8, two = "'|u1'", PIXELS[:2 * 784]
    shape = (2, 28, 28)
    return (
        x(npy(u8, shape, two), OK) + x(npy(u8, shape, two, version=2), OK)
        + x(b"", " for --image is no npy, npz or idx file")
        + x(npy(u8, shape, two)[:-1], " is truncated: 1568 bytes wanted, 1567 left")
        + x(npy("'|O'", shape, b"\x80\x04cos\nsystem\n"), " holds Python objects, which are never loaded")
        + x(npy("[('a', '|O')]", shape, two), " holds records; plain numbers are wanted")
        + x(npy("'>i4'", shape, two * 4), " is big-endian (>i4); save it with .astype('<i4')")
        + x(npy("'<U5'", shape, two), " holds elements of type <U5, which .net does not know")
        + x(npy("'<f4'", shape, two * 4), " holds f32[2, 28, 28]; --image takes u8")
        + x(npy("'<i4'", shape, b"\xff\xff\xff\xff" * len(two)), ": element 0 does not fit u8")
        + x(npy(u8, shape, two, order=True), " is column-major; save numpy.ascontiguousarray of it")
        + x(npy(u8, shape, two, version=9), " has npy version 9.0; 1 to 3 are known")
        + x(npy(u8, shape, two, version=2, length=2**31),
            " declares a header of 2147483648 bytes; at most 65536 are read")
        + x(npy(u8, shape, two, length=0xFFFF), " is truncated: 65535 bytes wanted, 1686 left")
        + x(npy(u8, "(%s)" % ("(" * 60000), two, version=2), " has a broken npy header")
        + x(npy(u8, "(-2, 28, 28)", two), " has a broken npy header")
        + x(npy(u8, "(99999999999999999999, 28, 28)", two), " has a broken npy header")
        + x(npy(u8, "(4294967296, 4294967296, 28, 28)", two),
            " is too large: its sizes multiply to more than 2^62 bytes")
        + x(npy(u8, (2**40, 28, 28), two),
            " declares u8[1099511627776, 28, 28], 862017116176384 bytes, but can hold at most 1696")
        + check("x.npy", npy(u8, (2, 28, 27), two[:2 * 28 * 27]), predict, "axis 2 of `image` is 27, and must be 28")
    )


def bad_tables():
    def table(content, message):
        return check("table.csv", content, [TABLES, "train", "FromTable", "--data", "."], message)

    def array(content, message):
        return check("x.npy", content, [TABLES, "train", "FromArrays", "--data", "."], message)

    def archive(content, message):
        return check("archive.npz", content, [TABLES, "train", "FromArchive", "--data", "."], message)

    x = npy("'<f4'", (4, 2), struct.pack("<8f", *range(8)))
    label = npy("'|u1'", (4,), bytes([0, 1, 2, 0]))
    write("label.npy", label)
    good = npz({"x": x, "label": label})
    lying = bytearray(good)
    second = good.index(b"PK\1\2")
    lying[second + 24:second + 28] = struct.pack("<I", 2**31)
    overlap = bytearray(good)
    third = good.index(b"PK\1\2", second + 4)
    overlap[third + 42:third + 46] = struct.pack("<I", 0)
    crc = bytearray(good)
    crc[second + 16] ^= 1
    return (
        table(b"x0,x1,label\n1,2,0\n3,4,1\n", OK)
        + table(b"", "./table.csv has no rows")
        + table(b"1,2,0\n3,4\n", "./table.csv:2: 2 fields, 3 expected (x takes 2, label takes 1)")
        + table(b"1,2,0\n3,four,1\n", "./table.csv:2: `four` in column `x`, which takes numbers")
        + table(b"1,2,0\n3,,1\n", "./table.csv:2: an empty field in column `x`, which takes numbers")
        + table(b"1,2,0\n3,4,256\n", "./table.csv:2: `256` does not fit column `label` of u8")
        + table(b"1,2,0\n3,4,-1\n", "./table.csv:2: `-1` does not fit column `label` of u8")
        + table(b"1,2,0\n3,4,7\n", "tables.net:10: label is out of range 0..2")
        + table(b'1,2,0\n3,4,"1\n', "./table.csv:2: a quote is not closed")
        + table(b'1,2,0\n3,4,"1"2\n', "./table.csv:2: text after a closing quote")
        + table(b"3,2\n1,2,0\n3,4,1\n", "./table.csv:1: 2 fields, 3 expected (x takes 2, label takes 1)")
        + table(b"1,2,0\n" + b"\0" * 100, "./table.csv:2: 1 field, 3 expected (x takes 2, label takes 1)\n"
                'help: fields stand between commas, or between what `separator = ";"` says')
        + array(x, OK)
        + array(npy("'<f4'", (3, 2), bytes(24)), "./x.npy has 3 rows, ./label.npy has 4")
        + array(npy("'<f4'", (4, 3), bytes(48)), "./x.npy holds f32[4, 3]; its rows should be f32[2] for the column `x`")
        + archive(good, OK)
        + archive(b"PK", "./archive.npz is a broken npz: it is too short")
        + archive(good[:-30], "./archive.npz is a broken npz: its end record is missing (truncated?)")
        + archive(good[:40] + good[60:], "./archive.npz is a broken npz: its directory lies beyond its end")
        + archive(bytes(lying), "./archive.npz is a broken npz: a member declares an impossible size")
        + archive(bytes(overlap), "./archive.npz is a broken npz: its members overlap")
        + archive(bytes(crc), "./archive.npz:x.npy is corrupt: its checksum differs")
        + archive(npz({"x": x}), "./archive.npz has no array `label`; it holds: x")
        + archive(npz({"x": x, "label": npy("'<f4'", (4,), bytes(16))}),
                  "./archive.npz:label holds f32[4]; column `label` of u8 takes whole numbers")
        + archive(npz({"x": npy("'<f4'", (0, 2), b""), "label": npy("'|u1'", (0,), b"")}), "Archive.all has no rows")
        + archive(npz({"x": npy("'|O'", (4, 2), bytes(8)), "label": label}),
                  "./archive.npz:x.npy holds Python objects, which are never loaded")
    )


def crc(checkpoint):
    """The checksum that a checkpoint should have."""
    return summed(*parts(checkpoint)).split(b'"checksum":"')[1][:8].decode()


def tensor(name, begin, end):
    """An entry of a header."""
    return b'"%s":{"dtype":"F32","shape":[1],"data_offsets":[%d,%d]}' % (name.encode(), begin, end)


def bad_checkpoints():
    whole = open("lenet.safetensors", "rb").read()
    header, data = parts(whole)
    described = json.loads(header)
    file = "lenet.safetensors"

    def report(content, message):
        return check(file, content, [LENET, "report", "--data", "."], message and file + message)

    def resume(content, message):
        return check(file, content, [LENET, "train", "--resume", "--epochs", "2", "--data", "."], message)

    def damaged(field, value):
        return resume(stated(**{field: value}), f"{file} is damaged: its run.{field} is `{value}`")

    def weights(change, message, length=None):
        """Another framework's file."""
        tensor = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
        content = tensors(change if isinstance(change, bytes) else {"a": {**tensor, **change}}, bytes(8), length)
        return check("foreign.safetensors", content,
                     [LENET, "train", "--init", "foreign.safetensors", "--data", ".", "--checkpoint", "n.safetensors"],
                     "foreign.safetensors" + message)

    def stated(**changes):
        """A checkpoint that says something else about its run, with the right checksum."""
        other = json.loads(header)
        other["__metadata__"].update({"run." + key: value for key, value in changes.items()})
        return summed(json.dumps(other, separators=(",", ":")).encode(), data)

    flipped = whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:]
    position = described["__metadata__"]["run.position"]
    count = 0
    broken = " has a broken header"
    damage = f"is damaged: its checksum is {crc(flipped)}, not {crc(whole)}"
    foreign = " is no safetensors file: its header would have"
    count += (
        report(whole, OK)
        + report(b"", " is truncated: 8 bytes wanted, 0 left")
        + report(whole[:4], " is truncated: 8 bytes wanted, 4 left")
        + report(whole[:300], f"{foreign} {len(header)} bytes")
        + report(whole[:-1], f" has {len(data) - 1} bytes of data; its header declares {len(data)}")
        + report(whole + b"x", f" has {len(data) + 1} bytes of data; its header declares {len(data)}")
        + report(flipped, " " + damage)
        + report(b"PK\3\4" + bytes(4) + whole[8:], f"{foreign} 67324752 bytes")
        + report(tensors(header, data, 2**40), f"{foreign} 1099511627776 bytes")
        + report(tensors(b"[" * 200000), broken + ": it does not begin with {")
        + report(tensors(b'{"a":' * 100000), broken + ": an object is not expected at `a`")
        + report(whole.replace(b"checksum", b"checksun", 1), " has no checksum")
        + report(whole.replace(b"netc 1", b"netc 9", 1), " has the format `netc 9`; this program reads `netc 1`")
    )
    write(file + ".1", whole)
    count += check(file, flipped, [LENET, "report", "--data", "."],
                   f"warning: {file} {damage}; going back to {file}.1\n", 0)
    os.remove(file + ".1")
    elsewhere = "the checkpoint's position is damaged"
    count += (
        damaged("only_block", "1000") + damaged("only_block", "-7")
        + damaged("batch", "0") + damaged("batch", "-128") + damaged("batch", str(2**62)) + damaged("batch", "1e3")
        + damaged("epochs", "-1") + damaged("seed", "x") + damaged("log_length", "-1")
        + resume(stated(position="7" + position[1:]), f"the position in {file} is in no block of this run")
        + resume(stated(position=""), elsewhere)
        + resume(stated(position="0 0 0 1"), elsewhere)
        + resume(stated(position=position + " 1"), elsewhere)
        + resume(stated(position=position.replace(" 1 ", " 9223372036854775807 ")), elsewhere)
        + resume(stated(position="0 0 0 0"), "the checkpoint stands in a block of 0 loops; Classify has 1")
        + resume(stated(position="0 7 0 1 0 0 0 0 0 0 0"), "the checkpoint stands in a block of 1 loops; Classify has 1")
    )
    count += (
        weights(b"{}", " has 8 bytes of data; its header declares 0")
        + weights({"dtype": "F99"}, ": tensor `a` has the unknown type F99")
        + weights({"shape": [3]}, ": tensor `a` lies at 0..8; 0..12 is wanted")
        + weights({"shape": [2**40, 2**40]}, ": tensor `a` is too large: its sizes multiply to more than 2^62 bytes")
        + weights({"shape": [-1]}, broken + ": a number is not expected at `a`")
        + weights({"data_offsets": [0, 4]}, ": tensor `a` lies at 0..4; 0..8 is wanted")
        + weights({"data_offsets": [8, 16]}, ": tensor `a` lies at 8..16; 0..8 is wanted")
        + weights({"data_offsets": [8, 0]}, ": tensor `a` lies at 8..0; 0..8 is wanted")
        + weights({"dtype": 7}, broken + ": a number is not expected at `a`")
        + weights(b"{" + tensor("a", 0, 4) + b"," + tensor("a", 4, 8) + b"}", " holds `a` twice")
        + weights(b"{" + tensor("a", 0, 4) + b"," + tensor("b", 0, 4) + b"}",
                  ": tensor `b` lies at 0..4; 4..8 is wanted")
        + weights(b'{"a"', broken + " at byte 13")
        + weights(b"", broken + ": it does not begin with {")
    )
    return count


write(IMAGES, idx(8, [ROWS, 28, 28], PIXELS))
write(LABELS, idx(8, [ROWS], DIGITS))
write("t10k-images-idx3-ubyte.gz", idx(8, [ROWS, 28, 28], PIXELS))
write("t10k-labels-idx1-ubyte.gz", idx(8, [ROWS], DIGITS))
code, said, _ = run([LENET, "train", "--data", ".", "--epochs", "1"])
assert code == 0, said
cases = bad_idx() + bad_npy() + bad_tables() + bad_checkpoints()
print(f"{cases} files, {len(failed)} wrong")
