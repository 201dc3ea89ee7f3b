#!/bin/sh
# From a bare Debian 12 to a trained network: installs, builds, compiles examples/lenet.net, trains it on Fashion-MNIST.
# scripts/quickstart.sh [OPTIONS OF train], say --epochs 1.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh
scripts/build.sh netc
build/bin/netc examples/lenet.net -o build/lenet
exec build/lenet train --checkpoint build/lenet.safetensors "$@"
