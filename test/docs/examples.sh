# examples.sh SOURCES OBJECT: every example and workload compiles.
for program in "$1"/examples/*.net "$1"/bench/*.net; do
  echo "$program"
  netc -c "$program" -o "$2" || exit 1
done
