#!/bin/bash
# limited.sh COMMAND..: no file may grow beyond a KB. What it says on both outputs, and its exit code.
{ (ulimit -f 1; exec "$@") 2>&1; echo "exit code $?"; } | cat
