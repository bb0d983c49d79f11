#!/bin/sh
# The translations: every file with texts is listed, every text is translated in every language, formats and keys fit.
#   test-translations.sh SOURCE
set -u
cd "$1" || exit 1
for need in xgettext msgfmt msgmerge msgattrib; do
  command -v "$need" >/dev/null || { echo "1..0 # SKIP $need is not installed"; exit 0; }
done
number=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

report () {
  # $1 what was looked at; the file "said" has what is wrong
  number=$((number + 1))
  if [ -s "$scratch/said" ]; then
    echo "not ok $number $1"
    sed 's/^/# /' "$scratch/said"
  else
    echo "ok $number $1"
  fi
}

languages=$(cat po/LINGUAS)
echo "1..$((2 + 2 * $(echo "$languages" | wc -w)))"

grep -v '^#' po/POTFILES.in | sort > "$scratch/listed"
{ grep -rlE '(^|[^A-Za-z_])(_|N_|C_|ngettext) \(' --include='*.c' src/app; grep -l 'translatable="yes"' data/ui/*.ui; } \
  | sort > "$scratch/found"
{ comm -13 "$scratch/listed" "$scratch/found"; grep -v '^#' po/POTFILES.in | while read -r file; do
    [ -f "$file" ] || echo "$file is not there"
  done; } > "$scratch/said"
report 'every file with texts is listed'

xgettext --files-from=po/POTFILES.in --directory=. --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=C_:1c,2 \
  --keyword=ngettext:1,2 --flag=_:1:pass-c-format --flag=N_:1:pass-c-format --flag=ngettext:1:pass-c-format \
  --flag=ngettext:2:pass-c-format --flag=g_strdup_printf:1:c-format --output="$scratch/all.pot" 2>&1 \
  | grep -v 'Empty msgid' > "$scratch/said"
report 'texts are whole, and no macros are in them'

for language in $languages; do
  msgfmt --check --check-accelerators=_ --output-file=/dev/null "po/$language.po" 2>&1 \
    | grep -v '^[0-9]* translated' > "$scratch/said"
  report "$language: formats, plurals and keys fit"
  msgmerge --quiet --no-fuzzy-matching --output-file="$scratch/now.po" "po/$language.po" "$scratch/all.pot" 2>&1
  { msgattrib --untranslated --no-obsolete "$scratch/now.po"; msgattrib --only-fuzzy --no-obsolete "po/$language.po"; } \
    | grep '^msgid' > "$scratch/said"
  report "$language: every text is translated"
done
