"""Runs lit and the unit tests, both in any case, and says how many passed: run.py BUILD LIT [UNIT-BINARY].

The counts are printed last and written to BUILD/test/counts.txt as `N passed, N failed`. Exit code 1 if anything failed,
or if nothing ran. The unit tests run in one process a core: a crash fails the test that was running, and what was to
come after it in that process is run by another.
"""
import collections
import concurrent.futures
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

PASSED = ("PASS", "XFAIL", "FLAKYPASS")
SECONDS = 900  # of one file or of one process of unit tests: then it hangs
LEFT_OUT = ("UNSUPPORTED", "EXCLUDED", "SKIPPED")
EVENT = re.compile(r"\[ +(RUN|OK|FAILED|SKIPPED) +\] ([^\s,]+)")


def run_lit(folder, lit):
    """(passed, failed) of all files."""
    results = os.path.join(folder, "lit.json")
    if os.path.exists(results):
        os.remove(results)
    command = [sys.executable, lit, "-s", "-v", "--order=smart", "--output", results]
    if importlib.util.find_spec("psutil"):  # by which lit ends what a test left
        command.append(f"--timeout={SECONDS}")
    status = subprocess.run(command + [folder], stdin=subprocess.DEVNULL).returncode
    try:
        with open(results) as file:
            codes = [test["code"] for test in json.load(file)["tests"]]
    except (OSError, ValueError, KeyError):
        return 0, 1
    passed = sum(code in PASSED for code in codes)
    failed = sum(code not in PASSED and code not in LEFT_OUT for code in codes)
    return passed, failed if failed or status == 0 else 1


def unit_names(binary):
    """Suite.Name of every unit test, in order."""
    names, suite = [], ""
    listed = subprocess.run([binary, "--gtest_list_tests"], stdout=subprocess.PIPE, text=True, check=True)
    for line in listed.stdout.splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith("  "):
            names.append(suite + name.strip())
        elif name.endswith("."):
            suite = name
    return [name for name in names if "DISABLED_" not in name]


def run_units(binary, names):
    """(passed, failed) of these tests, in one process unless it dies."""
    passed = failed = 0
    while names:
        # A file, since the names may be longer than an argument can be.
        with tempfile.NamedTemporaryFile("w", suffix=".flags") as flags:
            flags.write("--gtest_filter=" + ":".join(names) + "\n")
            flags.flush()
            command = ["timeout", str(SECONDS), binary, "--gtest_color=no", "--gtest_flagfile=" + flags.name]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, errors="replace")
        ended = collections.OrderedDict()
        running = None
        for kind, name in EVENT.findall(done.stdout):
            if kind == "RUN":
                running = name
            elif name == running:
                ended[name], running = kind, None
        bad = [name for name, kind in ended.items() if kind == "FAILED"]
        for part in re.split(r"(?=\[ RUN +\])", done.stdout):
            if part.startswith("[ RUN") and part.split()[3] in bad + [running]:
                print(part, flush=True)
        passed += sum(kind == "OK" for kind in ended.values())
        failed += len(bad)
        if running is None:
            # What did not run is lost, and so is an exit code that no test explains.
            left = len(names) - len(ended)
            failed += left if left or bad or done.returncode == 0 else 1
            break
        print(f"{running}: the process ended with code {done.returncode}", flush=True)
        failed += 1
        names = [name for name in names if name not in ended and name != running]
    return passed, failed


def main():
    build, lit = sys.argv[1:3]
    folder = os.path.join(build, "test")
    counts = [run_lit(folder, lit)]
    if len(sys.argv) > 3:
        names = unit_names(sys.argv[3])
        cores = os.cpu_count() or 1
        with concurrent.futures.ThreadPoolExecutor(cores) as pool:
            counts += pool.map(lambda first: run_units(sys.argv[3], names[first::cores]), range(cores))
    passed = sum(count[0] for count in counts)
    failed = sum(count[1] for count in counts)
    line = f"{passed} passed, {failed} failed"
    with open(os.path.join(folder, "counts.txt"), "w") as file:
        file.write(line + "\n")
    print(line)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
