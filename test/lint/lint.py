"""Checks of the sources themselves: lint.py SOURCES CHECK [BUILD]. A line a fault; exit code 1 if there is one.

A check is a function below: it yields its faults, and its first line of documentation is what holds without any.
"""
import collections
import os
import re
import subprocess
import sys
import tempfile

# Who may include whom. Data flows one way, `ir` is the hub, and generated code meets the runtime through one C header.
INCLUDES = {
    "grammar": set(),
    "ir": {"ir"},
    "std": {"std"},
    "frontend": {"frontend", "ir", "std"},
    "passes": {"passes", "ir"},
    "codegen": {"codegen", "passes", "ir", "runtime/netrt.h"},
    "runtime": {"runtime"},
    "tools": {"tools", "frontend", "codegen", "passes", "ir", "runtime"},
    "test": {"test", "tools", "frontend", "codegen", "passes", "ir", "std", "runtime"},
}

# Files that are one thing in many equal parts, and a page that is read by looking things up.
LONG = {
    "grammar/README.md": "the language reference",
    "docs/operations.md": "generated",
    "docs/passes.md": "generated",
    "docs/checks.md": "generated",
    "LICENSE": "a licence",
}
WIDE = {
    "test/unit/ElaborateTest.cpp": "a case a row",
    "test/unit/ElaborateStdTest.cpp": "a case a row",
}
LONGEST, WIDEST = 400, 132  # clang-format keeps code to 100

# Operations of the dialect that are structure, or appear only after the front end.
STRUCTURE = {
    "custom_vjp": "a call of a function that has a `derivative`, until derivatives are taken",
    "scan": "`scan`, once for each turn",
    "tap": "the cotangent of a wanted value inside of a gradient",
    "yield": "what a region gives",
    "kernel": "what becomes one kernel",
    "fold_key": "the key of a call site",
    "fold_in": "the key of a turn",
    "unwindow": "the adjoint of windows; in .net: padded parts, added",
    "scatter_add_along": "the adjoint of take_along; in .net: one_hot, multiplied and summed",
}

CPP = (".cpp", ".h", ".td", ".g4")
TESTS = (".mlir", ".net", ".test")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def sources(endings=None, under=""):
    """Paths of the project's own text files, sorted, relative to the root."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            stdout=subprocess.PIPE, check=True)
    for path in sorted(listed.stdout.decode().split("\0")):
        if path and path.startswith(under) and (not endings or path.endswith(endings)) and os.path.isfile(path):
            yield path


def includes(build):
    """Folders include only what lies before them in the flow of data."""
    for path in sources(CPP):
        folder = path.split("/")[0]
        for number, line in enumerate(read(path).splitlines(), 1):
            found = re.match(r'\s*#?include "(\w+)/(.*)"', line)
            if not found or found[1] not in INCLUDES:
                continue
            if not INCLUDES.get(folder, set()) & {found[1], f"{found[1]}/{found[2]}"}:
                yield f"{path}:{number}: {folder} must not include {found[1]}/{found[2]}"


def filecheck(build):
    """Every test runs something, and every CHECK line is read by a FileCheck."""
    directive = re.compile(r"^\s*(?://|#)*\s*([A-Z][A-Z0-9_-]*?)(?:-(?:NEXT|NOT|LABEL|SAME|DAG|EMPTY|COUNT-\d+))?:")
    for path in sources(TESTS, "test/"):
        if "/inputs/" in path:
            continue
        text = read(path).replace("\\\n", " ")
        if not re.search(r"\bRUN:", text):
            yield f"{path}: no RUN line"
        known = set()
        for run in re.findall(r"\bRUN:(.*)", text):
            for call in run.split("FileCheck")[1:]:
                named = re.findall(r"--check-prefix(?:es)?[= ](\S+)", call.split("|")[0])
                known.update(name for names in named for name in names.split(","))
                if not named:
                    known.add("CHECK")
        for number, line in enumerate(text.splitlines(), 1):
            found = directive.match(line)
            if not found or found[1] in ("RUN", "REQUIRES", "UNSUPPORTED", "XFAIL", "DEFINE", "END"):
                continue
            if found[1] not in known:
                yield f"{path}:{number}: no FileCheck reads {found[1]}"


def diagnostics(build):
    """Every diagnostic has a page and a test, and every page a diagnostic."""
    used = collections.OrderedDict()
    for path in sources((".cpp", ".h")):
        if path.startswith(("frontend/", "tools/")):
            for name in re.findall(r'"(N\d{4})"', read(path)):
                used.setdefault(name, path)
    tested = set()
    for path in sources(TESTS + (".cpp", ".h"), "test/"):
        tested.update(re.findall(r"\bN\d{4}\b", read(path)))
    pages = {os.path.basename(path)[:-3]: path for path in sources((".md",), "frontend/explain/")}
    for name, path in sorted(used.items()):
        if name not in pages:
            yield f"{path}: {name} has no page frontend/explain/{name}.md"
        if name not in tested:
            yield f"{path}: {name} has no test"
    for name, path in sorted(pages.items()):
        if name not in used:
            yield f"{path}: nothing reports {name}"
        if not read(path).startswith(f"# {name}: "):
            yield f"{path}: the title is not `# {name}: ..`"


def readmes(build):
    """Every folder has a README, of one page."""
    folders = {path.split("/")[0] for path in sources() if "/" in path}
    for folder in sorted(folders):
        page = folder + "/README.md"
        if folder.startswith("."):
            continue
        if not os.path.exists(page):
            yield f"{folder}: no README.md"
        elif page not in LONG and len(read(page).splitlines()) > 90:
            yield f"{page}: longer than a page"


def size(build):
    """Files are short and lines not wide."""
    for path in sources():
        lines = read(path).splitlines()
        if path not in LONG and len(lines) > LONGEST and not path.endswith((".net", ".npy", ".npz", ".json")):
            yield f"{path}: {len(lines)} lines, at most {LONGEST}: what is the second thing it does?"
        if path.endswith((".cpp", ".h", ".py")) and path not in WIDE:
            for number, line in enumerate(lines, 1):
                if len(line) > WIDEST:
                    yield f"{path}:{number}: {len(line)} columns, at most {WIDEST}"


def marks(build):
    """Nothing is promised in comments, and C++ files carry their licence."""
    mark = re.compile(r"\b(TO" r"DO|FIX" r"ME|HA" r"CK)\b")
    for path in sources():
        text = read(path)
        for number, line in enumerate(text.splitlines(), 1):
            if mark.search(line):
                yield f"{path}:{number}: {line.strip()}"
            if path.endswith(CPP) and line != line.rstrip():
                yield f"{path}:{number}: white space at the end"
        if path.endswith((".cpp", ".h", ".td")) and "SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception" not in text:
            yield f"{path}: no SPDX line"


def links(build):
    """Links in pages lead to files."""
    for path in sources((".md",)):
        text = re.sub(r"```.*?```", "", read(path), flags=re.S)
        for target in re.findall(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target and not os.path.exists(os.path.join(os.path.dirname(path), target)):
                yield f"{path}: no file {target}"


def operations():
    """(name, C++ class) of each operation of the dialect."""
    for path in sources((".td",), "ir/ops/"):
        for record, name in re.findall(r'^def Net_(\w+Op)\b[^<]*<"(\w+)"', read(path), flags=re.M):
            yield name, record


def spelling(build):
    """Every operation that is no mere structure can be written in .net, and has a test file of its own."""
    frontend = "".join(read(path) for path in sources((".cpp", ".h"), "frontend/"))
    for name, record in operations():
        if name not in STRUCTURE and not re.search(rf"\b{record}\b", frontend):
            yield f"net.{name}: the front end never makes a {record}"
        if name != "yield" and not os.path.exists(f"test/ops/{name}.mlir"):
            yield f"net.{name}: no test/ops/{name}.mlir"


def references(build):
    """The generated pages are those of the sources."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "scripts/references.py", folder], check=True)
        for name in sorted(os.listdir(folder)):
            page = "docs/" + name
            if not os.path.exists(page) or read(page) != read(os.path.join(folder, name)):
                yield f"{page}: not current; run scripts/references.py"


def examples(build):
    """The README of the examples names each, and each says what it is."""
    page = read("examples/README.md")
    for path in sources((".net",), "examples/"):
        if os.path.basename(path) not in page:
            yield f"{path}: not in examples/README.md"
        if not read(path).startswith("#"):
            yield f"{path}: does not begin by saying what it is"


CHECKS = [includes, filecheck, diagnostics, readmes, size, marks, links, spelling, references, examples]


def main():
    os.chdir(sys.argv[1])
    known = {check.__name__: check for check in CHECKS}
    faults = list(known[sys.argv[2]](sys.argv[3] if len(sys.argv) > 3 else None))
    print("\n".join(faults) if faults else known[sys.argv[2]].__doc__.splitlines()[0])
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
