"""Compiles the listings of pages: listings.py SOURCES. A line a page; exit code 1 if a listing is refused.

A block that begins with ```net is a whole program (or declarations only) and goes through the compiler up to its loops;
one with ```net part is parsed only, as declarations or as what may stand in a block; one with ```net wrong must be
refused, with the message whose id stands in a comment of it.
"""
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```net *(\w*)\n(.*?)^```$", re.M | re.S)


def pages():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                            stdout=subprocess.PIPE, text=True, check=True)
    return sorted(path for path in listed.stdout.split() if os.path.isfile(path))


def run(phase, text, folder):
    path = os.path.join(folder, "listing.net")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.run(["netc", f"--emit={phase}", path, "-o", os.devnull], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def fault_of(kind, text, folder):
    """What is wrong with a listing, or nothing."""
    done = run("ast" if kind == "part" else "loops", text, folder)
    if kind == "part":
        for around in ("train Part {\n%s\n}", "fn part(x: f32[B]) {\n%s\n}", "fn part(x: f32[B]) { return %s\n}"):
            if done.returncode != 0 and run("ast", around % text, folder).returncode == 0:
                return None
    if kind == "wrong":
        missing = [name for name in re.findall(r"\bN\d{4}\b", text) if name not in done.stdout]
        if done.returncode == 1 and not missing:
            return None
        return f"to be refused with {missing or 'a message'}, exit code {done.returncode}:\n{done.stdout}"
    return done.stdout if done.returncode != 0 else None


def main():
    os.chdir(sys.argv[1])
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for page in pages():
            with open(page, encoding="utf-8") as file:
                text = file.read()
            count = 0
            for block in BLOCK.finditer(text):
                fault = fault_of(block[1], block[2], folder)
                count += 1
                if fault is not None:
                    faults += 1
                    print(f"{page}:{text.count(chr(10), 0, block.start()) + 1}: {fault}")
            if count:
                print(f"{page}: {count} listings")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
