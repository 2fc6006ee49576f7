# No format of a report knows a kind of finding: what it needs to know of one is a column of kinds.def, or a fact.
cd "$SOURCE_DIR" || exit 1
kinds=$(find analyzer -name kinds.def -exec sed -n 's/^KIND([A-Z_]*, "\([a-z-]*\)",.*/\1/p' {} +)
[ "$(echo "$kinds" | wc -l)" -ge 19 ] || { echo "kinds.def was not found, or has lost its form"; exit 1; }
known=$(grep -rn 'KIND_[A-Z]' analyzer/reports
        for kind in $kinds; do grep -rn "\"$kind\"" analyzer/reports; done)
[ -z "$known" ] || { echo "formats know kinds of findings:"; echo "$known"; exit 1; }
