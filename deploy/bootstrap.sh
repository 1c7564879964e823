#!/usr/bin/env bash
# What pip cannot bring: a virtual environment, the libraries WeasyPrint loads, a browser for tests.
# As root it installs them; as another user it prints one line to type, with all that is missing.
#     bootstrap.sh venv PYTHON VENV | pdf | browser PYTHON VENV
set -euo pipefail

missing=()
need() { # reason
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "· Installing system packages ($1): ${missing[*]}"
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "Missing system packages ($1). Please run once, then make again:" >&2
    echo "    sudo apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
}

has_library() { "${PYTHON:-python3}" -c "import ctypes, sys; ctypes.CDLL(sys.argv[1])" "$1" 2>/dev/null; }

look_for_venv() { # python venv
  [ -x "$2/bin/python" ] || "$1" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
}

look_for_pdf() {
  has_library libpango-1.0.so.0 || missing+=(libpango-1.0-0)
  has_library libpangoft2-1.0.so.0 || missing+=(libpangoft2-1.0-0)
  # Without this one PDFs are silently made ten times slower.
  has_library libharfbuzz-subset.so.0 || missing+=(libharfbuzz-subset0)
}

# Chromium without its windows is the same engine for half the work; Ubuntu has it only with them.
look_for_chromium() {
  local there=chromium
  if [ "$(id -u)" = 0 ]; then apt-get update -qq >/dev/null; fi
  if apt-cache show chromium-headless-shell >/dev/null 2>&1; then there=chromium-headless-shell; fi
  if [ "$(id -u)" = 0 ] && [ "$there" = chromium-headless-shell ]; then
    missing+=("$there")
  elif ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
    missing+=("$there")
  fi
}

look_for_browser() {
  # A real store for the tests of the jobs.
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v strace >/dev/null || missing+=(strace)
  command -v chromium-headless-shell >/dev/null || look_for_chromium
  fc-list ':lang=zh' 2>/dev/null | grep -q . || missing+=(fonts-noto-cjk)
}

case "$1" in
  venv)
    python=$2 venv=$3
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
      echo "Python 3.11 or newer is needed; $python is $("$python" -V). Set PYTHON=…" >&2; exit 1; }
    [ -x "$venv/bin/python" ] && exit 0
    look_for_venv "$python" "$venv"
    [ ${#missing[@]} -eq 0 ] || look_for_pdf  # one line for both
    need "virtual environment, PDF"
    echo "· Making the virtual environment $venv"
    "$python" -m venv "$venv" ;;
  pdf)
    look_for_pdf
    need "PDF" ;;
  browser)
    look_for_venv "$2" "$3"
    look_for_pdf
    look_for_browser
    need "PDF and browser tests" ;;
esac
