"""Runs what the lessons show: lessons.py SOURCES [--write]. A line a page; exit code 1 if something is not so.

In docs/lessons/*.md, ```net FILE is that file of the folder, or lines of it. ```console holds `$ command` lines, each with
all that it prints; a line `...` stands for any lines. Commands run in a folder of the page's own that has the programs. Decimal
numbers are compared to four digits, as processors round differently, the rest exactly. Behind `Check: ` stands a command
that must succeed. A name such as `y_2` is printed by some command of its page. With --write, what commands print now is
put into the pages.
"""
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```(net (\S+\.net)|console)\n(.*?)^```$", re.M | re.S)
NUMBERED = re.compile(r"`(\w+_\d+)`")
CHECK = re.compile(r"Check: `([^`]+)`")
DECIMAL = re.compile(r"-?\d+(?:\.\d+(?:e[-+]\d+)?|e[-+]\d+)")
LONGEST = 100


def run(command, folder):
    done = subprocess.run(["sh", "-c", command], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout.splitlines()


def same(wanted, line):
    if DECIMAL.sub("#", wanted) != DECIMAL.sub("#", line):
        return False
    pairs = zip(map(float, DECIMAL.findall(wanted)), map(float, DECIMAL.findall(line)))
    return all(abs(a - b) <= 1e-4 * abs(a) + 1e-6 for a, b in pairs)


def matches(wanted, lines):
    """Are these the lines, with any number of them for each `...`?"""
    if not wanted:
        return not lines
    if wanted[0] == "...":
        return any(matches(wanted[1:], lines[i:]) for i in range(len(lines) + 1))
    return bool(lines) and same(wanted[0], lines[0]) and matches(wanted[1:], lines[1:])


def commands(block):
    """(command, the lines it prints) of a console block."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return found


def printed_now(wanted, lines):
    """What to show of the lines: of each part between `...`, from its first line to its last, or to the end."""
    shown, part, left = [], [], lines
    for line in wanted + [None] if "..." in wanted else []:
        if line not in ("...", None):
            part.append(line)
            continue
        if part:
            first = next((i for i, now in enumerate(left) if same(part[0], now)), 0)
            last = next((i for i in range(first, len(left)) if line and same(part[-1], left[i])), len(left) - 1)
            shown, left = shown + left[first:last + 1], left[last + 1:]
        shown, part = shown + ([line] if line else []), []
    return shown or lines


def check_page(path, write):
    """What is wrong with a page, and how much of it was checked."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    faults, counts, ran, here = [], [0, 0, 0], {}, os.path.dirname(path)
    if len(text.splitlines()) > LONGEST:
        faults.append(f"longer than {LONGEST} lines")
    with tempfile.TemporaryDirectory() as folder:
        for program in glob.glob(os.path.join(here, "*.net")):
            shutil.copy(program, folder)
        for block in BLOCK.finditer(text):
            where = f"line {text.count(chr(10), 0, block.start()) + 1}"
            if block[2]:
                counts[0] += 1
                with open(os.path.join(here, block[2]), encoding="utf-8") as file:
                    if "\n" + block[3] not in "\n" + file.read():
                        faults.append(f"{where}: not in {block[2]}")
                continue
            shown = ""
            for command, wanted in commands(block[3]):
                counts[1] += 1
                ran[command] = ran.get(command) or run(command, folder)
                lines = ran[command][1]
                good = matches(wanted, lines)
                if not good and not write:
                    faults.append("\n".join([f"{where}: $ {command}"] + lines))
                shown += "\n".join([f"$ {command}"] + (wanted if good else printed_now(wanted, lines))) + "\n"
            if write:
                with open(path, encoding="utf-8") as file:
                    now = file.read()
                with open(path, "w", encoding="utf-8") as file:
                    file.write(now.replace(block[0], f"```console\n{shown}```", 1))
        for command in [part for check in CHECK.findall(text) for part in check.split(" && ")]:
            counts[2] += 1
            code, lines = ran[command] = ran.get(command) or run(command, folder)
            if code:
                faults.append("\n".join([f"exit code {code} of {command}"] + lines))
    known = "\n".join(line for _, lines in ran.values() for line in lines)
    faults += [f"nothing prints `{name}`" for name in NUMBERED.findall(text) if not re.search(rf"\b{name}\b", known)]
    return faults, counts


def main():
    os.chdir(os.path.join(sys.argv[1], "docs", "lessons"))
    pages = sorted(glob.glob("[0-9][0-9]-*.md"))
    with open("README.md", encoding="utf-8") as file:
        index = file.read()
    faults = [f"README.md: no {page}" for page in pages if f"({page})" not in index]
    texts = "".join(open(page, encoding="utf-8").read() for page in pages)
    faults += [f"{name}: no page shows it" for name in sorted(glob.glob("*.net")) if f"```net {name}\n" not in texts]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        done = pool.map(lambda page: check_page(os.path.abspath(page), "--write" in sys.argv), pages)
        for page, (wrong, (listings, shown, checks)) in zip(pages, done):
            print(f"{page}: {listings} listings, {shown} commands with what they print, {checks} checks")
            faults += [f"{page}: {fault}" for fault in wrong]
    print("\n".join(faults))
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
