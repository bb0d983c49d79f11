#!/bin/sh
# Runs a test program on a screen and a session bus of its own; skips it where there are none.
for need in Xvfb xvfb-run dbus-run-session; do
  if ! command -v "$need" >/dev/null; then
    echo "1..0 # SKIP $need is not installed"
    exit 0
  fi
done
export GSETTINGS_BACKEND=memory GTK_A11Y=test LC_ALL=C.UTF-8 LITESMITH_TRACE=0
export GDK_BACKEND=x11 ADW_DISABLE_PORTAL=1
HOME=$(mktemp -d) && export HOME
XDG_RUNTIME_DIR=$HOME XDG_DATA_HOME=$HOME/data XDG_CONFIG_HOME=$HOME/config XDG_CACHE_HOME=$HOME/cache
export XDG_RUNTIME_DIR XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME
# A stand-in for ssh, where a test asks for one.
if [ -n "${FAKE_SSH:-}" ]; then
  mkdir -p "$HOME/bin" "$HOME/tmp"
  ln -s "$FAKE_SSH" "$HOME/bin/ssh"
  PATH=$HOME/bin:$PATH FAKE_SSH_LOG=$HOME/ssh.log TMPDIR=$HOME/tmp
  export PATH FAKE_SSH_LOG TMPDIR
fi
trap 'rm -rf "$HOME"' EXIT
xvfb-run -a -s '-screen 0 1280x800x24 -nolisten tcp' dbus-run-session -- "$@"
