# compile.sh SOURCES OBJECT: every example and workload compiles.
failed=0
for program in "$1"/examples/*.net "$1"/bench/*.net; do
  netc -c "$program" -o "$2" || { echo "$program: refused, or worse"; failed=1; }
done
exit $failed
