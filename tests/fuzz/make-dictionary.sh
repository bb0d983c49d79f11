#!/bin/sh
# Words for a fuzzer: the names of the schema, which stand in JSON, and the marks of the formats.
# usage: make-dictionary.sh SCHEMA.fbs
grep -oE '^ *[A-Za-z_][A-Za-z0-9_]*( *[:=]|,$)' "$1" | grep -oE '[A-Za-z_][A-Za-z0-9_]*' | sort -u |
  sed 's/.*/"\\"&\\""/'
printf '%s\n' '"TFL3"' '"PK\x03\x04"' '"PK\x01\x02"' '"PK\x05\x06"' '"\xff\xff\xff\xff"' '"\x00\x00\x00\x80"' '"\xff\xff\xff\x7f"' '"null"' '"nan"' '"\\u0000"' '"\\udcff"'
