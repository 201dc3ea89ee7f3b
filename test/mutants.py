"""Do the tests of derivative rules find wrong rules? mutants.py BUILD [OPERATION..] [--program FILE.net]

Makes a copy of the dialect in which the environment variable NETC_MUTANT changes one cotangent of one rule
(`net.tanh:0:sign`: the one of operand 0, negated), and runs the operation's own tests with each such mutant. A mutant
that no test notices is printed as SURVIVED; the exit code is 1 if there is one. With a program, `netc check-grad` runs
on it with the sign mutant of the first operation given, and must fail with its name.

Nothing in BUILD or in the sources is changed. One translation unit is compiled: all rules are in it.
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
TESTS = ["OpsBuild", "OpsCases", "OpsCasesRows", "OpsConventions", "OpsDerivative"]

# Mutants that change no value, with the reason. There are none.
EQUIVALENT = {}

# Stands before the operations' definitions in the copy.
MUTATE = r"""
#include <cstdio>
#include <cstdlib>
#include <string>
static llvm::SmallVector<net::Expr> mutated(mlir::Operation *op, llvm::SmallVector<net::Expr> rules) {
  using namespace net::expr;
  const char *wanted = std::getenv("NETC_MUTANT");
  for (size_t i = 0; wanted && i < rules.size(); ++i) {
    if (!rules[i])
      continue;
    std::string name = op->getName().getStringRef().str() + ":" + std::to_string(i);
    if (wanted == std::string("list"))
      std::fprintf(stderr, "RULE %s\n", name.c_str());
    if (wanted == name + ":sign")
      rules[i] = -rules[i];
    if (wanted == name + ":twice")
      rules[i] = rules[i] * 2.0;
    if (wanted == name + ":zero")
      rules[i] = zerosLike(rules[i]);
  }
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
    """The object of all operations, whose rules obey NETC_MUTANT."""
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
    return f"{scratch}/NetOps.o", llvm


def link(build, scratch, mutants, llvm, objects):
    """A program of the given objects: ours stands before the library, which then gives no other."""
    program = f"{scratch}/rules"
    checked(["c++", mutants, *objects, f"-L{build}/lib", "-lNetIR", f"-L{llvm}/lib", "-lMLIR", "-lLLVM", "-lfmt",
             "-lgtest_main", "-lgtest", f"-Wl,-rpath,{llvm}/lib", "-o", program])
    return program


def relink(build, scratch, mutants, target):
    """A program of the build, with the mutants' object before its libraries."""
    command = checked(["ninja", "-C", build, "-t", "commands", "-s", f"bin/{target}"]).split("\n")
    words = next(line for line in reversed(command) if " -o " in line)
    words = re.sub(r" -o (\S+) ", f" -o {scratch}/{target} {mutants} ", words, count=1)
    checked(["sh", "-c", words], cwd=build)
    return f"{scratch}/{target}"


def with_mutant(mutant, command):
    return run(command, env={**os.environ, "NETC_MUTANT": mutant})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=os.path.abspath)
    parser.add_argument("operations", nargs="*", help="tanh sum ..; all if none is given")
    parser.add_argument("--program", help="a model that uses the first operation")
    arguments = parser.parse_args()
    build = arguments.build
    objects = [f"test/CMakeFiles/net-unit.dir/unit/{name}.cpp.o" for name in TESTS]
    checked(["ninja", "-C", build, "NetIR", *objects])
    with tempfile.TemporaryDirectory() as scratch:
        mutants, llvm = compile_mutants(build, scratch)
        tests = link(build, scratch, mutants, llvm, [f"{build}/{name}" for name in objects])
        survived = test_rules(tests, arguments.operations)
        if arguments.program:
            netc = relink(build, scratch, mutants, "netc")
            survived += check_program(netc, arguments.operations[0], arguments.program)
    sys.exit(1 if survived else 0)


def test_rules(tests, operations):
    """The number of mutants that the tests do not notice."""
    tested = ["--gtest_brief=1", "--gtest_filter=Ops/Derivative*:Conventions*"]
    done = with_mutant("none", [tests, *tested])
    if done.returncode:
        sys.exit("the rules are wrong without any mutant:\n" + done.stdout)
    rules = sorted(set(re.findall(r"RULE (net\.\S+)", with_mutant("list", [tests, *tested]).stdout)))
    known = {rule.split(":")[0][len("net."):] for rule in rules}
    if unknown := set(operations) - known:
        sys.exit(f"no rule of {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    counts = {"killed": 0, "equivalent": 0, "SURVIVED": 0}
    for rule in rules:
        operation = rule.split(":")[0][len("net."):]
        if operations and operation not in operations:
            continue
        for kind in ("sign", "twice", "zero"):
            mutant = f"{rule}:{kind}"
            done = with_mutant(mutant, [tests, "--gtest_brief=1",
                                        f"--gtest_filter=Ops/Derivative*/{operation}:Conventions*"])
            failures = re.findall(r"\[  FAILED  \] (\S+)", done.stdout)
            verdict = "killed" if failures else "equivalent" if mutant in EQUIVALENT else "SURVIVED"
            counts[verdict] += 1
            print(f"{verdict:10} {mutant:32} {failures[0].rstrip(',') if failures else EQUIVALENT.get(mutant, '')}")
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return counts["SURVIVED"]


def check_program(netc, operation, program):
    mutant = f"net.{operation}:0:sign"
    done = with_mutant(mutant, [netc, "check-grad", program])
    print(f"{mutant} in {program}:\n{done.stdout}")
    return int(done.returncode != 1 or f"at fault: 'net.{operation}' at " not in done.stdout)


if __name__ == "__main__":
    main()
