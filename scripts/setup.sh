#!/bin/sh
# Installs what building and testing need on Debian 12, from its main and security suites. Quick when all is there.
set -eu

# A package a line, and why.
packages=$(sed 's/ .*//' << 'END'
cmake                   the build (3.25 or later)
ninja-build             runs it
ccache                  what was compiled once is not compiled again
git                     the lists of files that checks of the sources go through
clang-22                compiles the compiler
clang-format-22         says how its sources look, in a test
lld-22                  links it, ten times as fast as ld
liblld-22-dev           the same linker in netc, for executables
llvm-22-dev             LLVM's headers and library
llvm-22-tools           FileCheck, not and lit for the tests
libmlir-22-dev          MLIR's headers and library
mlir-22-tools           mlir-tblgen
antlr4                  generates the parser from grammar/Net.g4
libantlr4-runtime-dev   that parser's library
libfmt-dev              text
nlohmann-json3-dev      JSON in the runtime
zlib1g-dev              gzip and npz in the runtime
gcc                     the cc that netc links executables with
libstdc++-12-dev        what those executables are linked with
libgtest-dev            unit tests
python3                 lit, checks of the sources
python3-psutil          ends tests that hang
strace                  fails each system call of a save in turn, in a test
dataset-fashion-mnist   70,000 pictures of clothes, for examples and tests
python3-sklearn         iris, wine, digits and other tables, for examples and tests
END
)

missing=
for package in $packages; do
  case $(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null || true) in
    installed) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo > /dev/null || { echo "setup.sh: run it as root, or install sudo; missing:$missing" >&2; exit 1; }
  as_root=sudo
fi
echo "installing:$missing"
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
