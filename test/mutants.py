"""Do tests and tools find wrong derivative rules? mutants.py BUILD [OPERATION --program FILE.net]

Alone: runs the unit tests Ops/Mutants*, which make each rule wrong in many ways, one at a time, and prints how many of
these mutants were made and noticed. The exit code is 1 if one survived.

With an operation and a program: makes a copy of the dialect in which the operation's first cotangent has the other
sign, and a `netc` with it. `netc check-grad` runs on the program, and must fail with the operation's name. Nothing in
BUILD or in the sources is changed. One translation unit is compiled: all rules are in it.
"""
import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Stands before the operations' definitions in the copy.
MUTATE = r"""
#include <cstdlib>
#include <string>
static llvm::SmallVector<net::Expr> mutated(mlir::Operation *op, llvm::SmallVector<net::Expr> rules) {
  const char *wanted = std::getenv("NETC_MUTANT");
  if (wanted && op->getName().getStringRef() == wanted && !rules.empty() && rules[0])
    rules[0] = net::expr::operator-(rules[0]);
  return rules;
}
"""


def run(command, **options):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def checked(command, **options):
    done = run(command, **options)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}")
    return done.stdout


def replaced(path, old, new):
    with open(path) as file:
        text = file.read()
    assert old in text, f"{path} has changed: no '{old}'"
    with open(path, "w") as file:
        file.write(text.replace(old, new))


def compile_mutants(build, scratch):
    """The object of all operations, of which NETC_MUTANT names the wrong one."""
    checked(["cp", "-r", f"{SOURCE}/ir", scratch])
    base = f"{scratch}/ir/ops/Base.td"
    replaced(base, '# vjpBody # " }"', '# "auto rules = [&]() -> ::llvm::SmallVector<::net::Expr> { " # vjpBody '
             '# " }; return ::mutated(getOperation(), rules()); }"')
    commands = json.load(open(f"{build}/compile_commands.json"))
    command = next(c["command"] for c in commands if c["file"] == f"{SOURCE}/ir/NetOps.cpp")
    llvm = re.search(r"(\S+)/include\b", re.search(r"-isystem (\S*llvm\S*)", command).group(1) + " ").group(1)
    checked([f"{llvm}/bin/mlir-tblgen", "-gen-op-defs", "-I", scratch, "-I", f"{llvm}/include",
             f"{scratch}/ir/NetOps.td", "-o", f"{scratch}/ir/NetOps.cpp.inc"], cwd=scratch)
    replaced(f"{scratch}/ir/NetOps.cpp", "#define GET_OP_CLASSES", MUTATE + "#define GET_OP_CLASSES")
    words = shlex.split(command)
    words[words.index("-o") + 1] = f"{scratch}/NetOps.o"
    words[words.index(f"{SOURCE}/ir/NetOps.cpp")] = f"{scratch}/ir/NetOps.cpp"
    # The copy's headers first.
    words.insert(words.index("-c"), f"-I{scratch}")
    words = [w for w in words if not w.startswith("-I") or w == f"-I{scratch}"] + [f"-I{build}", f"-I{SOURCE}"]
    checked(words, cwd=build)
    return f"{scratch}/NetOps.o"


def relink(build, scratch, mutants, target):
    """A program of the build, with the mutants' object before its libraries."""
    command = checked(["ninja", "-C", build, "-t", "commands", "-s", f"bin/{target}"]).split("\n")
    words = next(line for line in reversed(command) if " -o " in line)
    words = re.sub(r" -o (\S+) ", f" -o {scratch}/{target} {mutants} ", words, count=1)
    checked(["sh", "-c", words], cwd=build)
    return f"{scratch}/{target}"


def test_rules(build):
    """The number of mutants that the tests of rules do not notice."""
    checked(["ninja", "-C", build, "net-unit"])
    done = run([f"{build}/bin/net-unit", "--gtest_filter=Ops/Mutants*"])
    counts = [0, 0, 0]
    for line in re.findall(r"^MUTANTS .*$", done.stdout, re.M):
        print(line[len("MUTANTS "):])
        counts = [a + int(b) for a, b in zip(counts, re.findall(r"(\d+) (?:made|noticed|equivalent)", line))]
    survived = re.findall(r"^survives: (\S+)", done.stdout, re.M)
    for name in survived:
        print(f"SURVIVED {name}")
    made, noticed, same = counts
    print(f"{made} mutants, {noticed} noticed, {same - len(survived)} equivalent, {len(survived)} SURVIVED")
    return len(survived) or done.returncode


def check_program(build, operation, program):
    checked(["ninja", "-C", build, "NetIR"])
    with tempfile.TemporaryDirectory() as scratch:
        netc = relink(build, scratch, compile_mutants(build, scratch), "netc")
        done = run([netc, "check-grad", program], env={**os.environ, "NETC_MUTANT": f"net.{operation}"})
    print(f"the sign of net.{operation} in {program}:\n{done.stdout}")
    return int(done.returncode != 1 or f"at fault: 'net.{operation}' at " not in done.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=os.path.abspath)
    parser.add_argument("operation", nargs="?", help="tanh")
    parser.add_argument("--program", help="a model that uses the operation")
    arguments = parser.parse_args()
    if bool(arguments.operation) != bool(arguments.program):
        parser.error("an operation and a program, or neither")
    wrong = (check_program(arguments.build, arguments.operation, arguments.program) if arguments.program
             else test_rules(arguments.build))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
