#!/bin/sh
# Formats all C++ files in place; with --check it only says which are not formatted. Needs clang-format-22.
set -eu
cd "$(dirname "$0")/.."
how=-i
[ "${1:-}" != --check ] || how='--dry-run --Werror'
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.h' | xargs -0 clang-format-22 $how
