#!/bin/sh
# What is installed: valid for the desktop's own checkers, complete, and gone after an uninstall.
#   test-install.sh SOURCE BUILD
set -u
source=$1 build=$2
id=io.github.litesmith.Litesmith
number=0

report () {
  # $1 exit status, $2 what was looked at, $3 what to say when it failed
  number=$((number + 1))
  if [ "$1" = 0 ]; then
    echo "ok $number $2"
  else
    echo "not ok $number $2"
    echo "$3" | sed 's/^/# /'
  fi
}

check () {
  # $1 what is looked at, then a command; skipped where the command is not installed
  what=$1
  shift
  if ! command -v "$1" >/dev/null; then
    number=$((number + 1))
    echo "ok $number $what # SKIP $1 is not installed"
    return
  fi
  said=$("$@" 2>&1)
  status=$?
  report $status "$what" "$said"
}

complete () {
  # every file that a desktop looks for lies below $1
  missing=0
  for file in bin/litesmith bin/litesmith-gtk "share/applications/$id.desktop" "share/metainfo/$id.metainfo.xml" \
    "share/mime/packages/$id.xml" "share/dbus-1/services/$id.service" "share/glib-2.0/schemas/$id.gschema.xml" \
    "share/icons/hicolor/scalable/apps/$id.svg" "share/icons/hicolor/symbolic/apps/$id-symbolic.svg" \
    "share/icons/hicolor/scalable/mimetypes/$id.application-x-tflite.svg" \
    "share/icons/hicolor/symbolic/mimetypes/$id.application-x-tflite-symbolic.svg" share/litesmith/samples/digits.tflite; do
    [ -f "$1/$file" ] || { echo "$file is not there"; missing=1; }
  done
  find "$1" -name litesmith-layout -type f | grep -q . || { echo "the layout helper is not there"; missing=1; }
  return $missing
}

known_mime () {
  # a model is known by its ending and by its content
  mkdir -p "$1/mime/packages" && cp "$build/data/$id.xml" "$1/mime/packages" || return 1
  XDG_DATA_HOME=$1 XDG_DATA_DIRS=$1 update-mime-database "$1/mime" || return 1
  cp "$source/data/samples/digits.tflite" "$1/no-ending"
  for file in "$source/data/samples/digits.tflite" "$1/no-ending"; do
    XDG_DATA_HOME=$1 XDG_DATA_DIRS=$1 gio info -a standard::content-type "$file" | grep -q application/x-tflite \
      || { echo "$file is no model"; return 1; }
    XDG_DATA_HOME=$1 XDG_DATA_DIRS=$1 gio info -a standard::icon "$file" | grep -q "$id.application-x-tflite" \
      || { echo "$file has another icon than ours"; return 1; }
  done
}

scratch=$(mktemp -d)
# A real install of this folder must still be known to its uninstall.
log=$build/meson-logs/install-log.txt
cp "$log" "$scratch/log" 2>/dev/null
trap '[ ! -f "$scratch/log" ] || cp "$scratch/log" "$log"; rm -rf "$scratch"' EXIT
echo 1..7
check 'the desktop file is valid' desktop-file-validate "$build/data/$id.desktop"
check 'the AppStream data are valid' appstreamcli validate --no-net "$build/data/$id.metainfo.xml"
check 'the settings schema is valid' glib-compile-schemas --strict --dry-run "$source/data"
if command -v update-mime-database >/dev/null && command -v gio >/dev/null; then
  said=$(known_mime "$scratch/data" 2>&1)
  report $? 'a model is known by its ending and by its content' "$said"
else
  number=$((number + 1))
  echo "ok $number a model is known by its ending and by its content # SKIP shared-mime-info is not installed"
fi

said=$(DESTDIR=$scratch/root meson install -C "$build" --no-rebuild 2>&1)
report $? 'meson install works' "$said"
# The prefix itself was there before.
prefix=$(dirname "$(dirname "$(find "$scratch/root" -name litesmith-gtk)")")
said=$(complete "$prefix")
report $? 'everything is installed' "$said"
above=$prefix
: > "$scratch/above"
while [ "$above" != "$scratch/root" ] && [ "$above" != / ]; do
  echo "$above" >> "$scratch/above"
  above=$(dirname "$above")
done
"$source/scripts/uninstall" "$build" >/dev/null 2>&1
left=$(find "$scratch/root" -mindepth 1 2>/dev/null | grep -v -x -F -f "$scratch/above")
[ -z "$left" ]
report $? 'uninstall leaves nothing behind' "$left"
