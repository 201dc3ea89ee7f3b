"""What the lines share. run.sh sets LINE, BUILD, WORK, SOURCE, and PATH to begin with the build's programs."""
import os
import shutil
import subprocess
import sys

LINE, BUILD, WORK, SOURCE = (os.environ[name] for name in ("LINE", "BUILD", "WORK", "SOURCE"))
FASHION = "/usr/share/datasets/fashion-mnist"


def enter(name):
    """Goes to a new, empty folder in WORK."""
    path = os.path.join(WORK, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    os.chdir(path)


def said(command, **options):
    """What a command prints on both outputs; it must not fail."""
    done = subprocess.run(command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode:
        print(done.stdout)
        verdict(False, f"exit code {done.returncode} of {' '.join(command)}")
    return done.stdout


def peers(*names):
    """The values of environment variables without which the line is not measured."""
    for name in names:
        if not os.environ.get(name):
            print(f"line {LINE}: not measured: no {name} in the environment")
            sys.exit(1)
    return [os.environ[name] for name in names]


def verdict(holds, figures):
    """Ends the line."""
    print(f"line {LINE}: {figures}: {'holds' if holds else 'falls short'}", flush=True)
    sys.exit(0 if holds else 1)
