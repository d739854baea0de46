#!/usr/bin/env bash
# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause
#
# Starts RL Trainer; on first use it makes .venv beside this file and installs everything into it.
#
#   ./rl_trainer.sh [train|play|runs|doctor …] the panel, or one command (see --help)
#   ./rl_trainer.sh --python PATH [train|…]  the same with the Python of an Isaac Lab environment that you have, without .venv
#   ./rl_trainer.sh bench [arguments]        measures this extension beside isaaclab train (see bench --help)
#   ./rl_trainer.sh test [pytest arguments]  linters, type checker and the whole test suite, or the part that is named
#   ./rl_trainer.sh test --fast              the same in some minutes, without slow tests
#   ./rl_trainer.sh test --isaacsim          the tests that need Isaac Sim, where ISAACSIM_PATH says that it is
#
# Everything said here goes to stderr: stdout belongs to the program (--json).
set -euo pipefail

here=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd)
venv=$here/.venv
uv_version=0.13.8

say() { printf 'rl_trainer: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# step TEXT COMMAND…: runs the command, saying what it does and, every ten seconds, that it still does.
step() {
  local text=$1 started=$SECONDS status=0 ticker=
  shift
  say "$text…"
  if [ "$1" != uv ] || [ ! -t 2 ]; then # uv draws its own progress on a terminal
    # it must not outlive this script, nor hold its lock (9) or the pipe that somebody reads
    while sleep 10 >/dev/null 2>&1 && kill -0 $$; do say "  … $((SECONDS - started)) s"; done 9<&- &
    ticker=$!
  fi
  "$@" >&2 || status=$?
  [ -z "$ticker" ] || { kill "$ticker" && wait "$ticker"; } 2>/dev/null || true
  return "$status"
}

# --- Python ---------------------------------------------------------------------------------------------------------

is_python_312() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' 2>/dev/null; }

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.12 /usr/{local/,}bin/python3.12 /opt/*/bin/python3.12 \
    "${HOME:-}"/.pyenv/versions/3.12*/bin/python3.12 \
    "${HOME:-}"/.local/share/uv/python/cpython-3.12*/bin/python3.12 python3; do
    # started, not only looked for: a pyenv shim can be on PATH and run nothing; Debian's may lack ensurepip
    if [ -n "$candidate" ] && is_python_312 "$candidate" && "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
  fail "Python 3.12 with its venv module is needed and was not found: install it (apt install python3.12-venv," \
    "pyenv install 3.12, or uv python install 3.12), or name one in the variable PYTHON."
}

# use_environment PYTHON: takes an environment that has Isaac Lab in place of .venv. Nothing is installed into it.
use_environment() {
  python=$(command -v -- "$1") || fail "There is no Python at $1: name the bin/python of your Isaac Lab environment."
  is_python_312 "$python" || fail "$python is not Python 3.12, which Isaac Lab 3.0 needs: name another."
  local missing
  missing=$("$python" -P -c 'import importlib.util, sys
print(*(each for each in sys.argv[1:] if importlib.util.find_spec(each) is None))' isaaclab rl_trainer_ext greenlet)
  case $missing in
    "") ;;
    isaaclab*) fail "Isaac Lab is not installed for $python: name the bin/python of your Isaac Lab environment." ;;
    *) fail "RL Trainer is not installed for $python: run $python -m pip install -e '$here[standalone]'" ;;
  esac
  venv=$("$python" -c 'import sys; print(sys.prefix)')
}

make_venv() {
  # .unfinished says that what is in .venv is ours and was interrupted: nothing half-written in it can be trusted
  if [ -e "$venv/.unfinished" ] || { [ -e "$venv" ] && ! is_python_312 "$venv/bin/python"; }; then
    say "The installation in .venv is not usable (it was interrupted, or its Python is gone); making it again."
    rm -rf "$venv"
  fi
  local python
  if [ ! -e "$venv" ]; then
    python=$(find_python)
    mkdir "$venv"
    touch "$venv/.unfinished"
    "$python" -m venv "$venv"
  fi
  [ -x "$venv/bin/uv" ] ||
    step "Installing uv" "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
}

uv() {
  UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-300} VIRTUAL_ENV=$venv "$venv/bin/uv" pip "$@"
}

# install STAMP REQUIREMENTS…: brings .venv up to date, unless the stamp says that it is.
# The stamp is written last. It holds the path too: an installation that was moved is installed again.
install() {
  local stamp=$venv/.$1 lists=("${@:2}") wanted file text="" arguments=()
  wanted=$(cd "$here" && { cat -- "${lists[@]}" pyproject.toml && pwd; } | sha256sum)
  if [ -e "$stamp" ] && [ ! -e "$venv/.unfinished" ] && [ "$(<"$stamp")" = "$wanted" ] && [ -x "$venv/bin/python" ]; then
    return
  fi
  for file in "${lists[@]}"; do arguments+=(-r "$here/$file"); done
  [ -t 2 ] || arguments+=(--quiet) # without a terminal uv has no progress bar and lists every package instead
  (
    flock -n 9 || { say "Waiting for another start that is installing…" && flock 9; }
    make_venv
    rm -f "$stamp"
    if [ ! -e "$venv/.unfinished" ]; then text="Bringing .venv up to date"; fi
    touch "$venv/.unfinished"
    # the package is built with the setuptools of the list: an isolated build would fetch another one
    if ! step "${text:-Installing Python packages into .venv, about 8 GB}" uv install "${arguments[@]}" ||
      ! uv install --quiet --no-deps --no-build-isolation -e "$here" >&2; then
      # uv changes nothing before it has everything: what was whole still is
      [ -z "$text" ] || rm -f "$venv/.unfinished"
      fail "The Python packages could not be installed (see above): check the network and the disk, and start again."
    fi
    printf '%s' "$wanted" >"$stamp"
    rm -f "$venv/.unfinished"
  ) 9<"$here/rl_trainer.sh"
}

# --- System libraries: what the window and the viewport load; headless training needs none of them ------------------

prepare_system() {
  local libraries packages=()
  libraries=$(/sbin/ldconfig -p 2>/dev/null || true)
  has() { [[ $libraries == *"$1 "* ]]; }
  has libvulkan.so.1 || packages+=(libvulkan1)
  compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null || compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null ||
    packages+=(mesa-vulkan-drivers)
  has libEGL.so.1 || packages+=(libegl1)
  has libGL.so.1 || packages+=(libgl1)
  has libGLU.so.1 || packages+=(libglu1-mesa)
  local standin=$venv/lib/no-cuda/libcuda.so.1 source=$here/tools/libcuda_standin.c build=
  if ! has libcuda.so.1 && [ "$source" -nt "$standin" ]; then
    build=1
    command -v cc >/dev/null || packages+=(gcc libc6-dev)
  fi
  if [ ${#packages[@]} -gt 0 ] && ! apt_install "${packages[@]}"; then
    say "The window and the viewport need system libraries that are missing: sudo apt-get install ${packages[*]}"
  fi
  if [ -n "$build" ] && command -v cc >/dev/null && ! build_standin "$source" "$standin"; then
    say "The stand-in for the NVIDIA driver could not be compiled: without it the window cannot open on this machine."
  fi
}

build_standin() {
  mkdir -p "${2%/*}" && cc -shared -fPIC -Wl,-soname,libcuda.so.1 -o "$2.$$" "$1" && mv "$2.$$" "$2"
}

apt_install() {
  # tried once for the same packages: without a network every try takes its time
  local tried=$venv/.apt-failed
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && [ "$(cat "$tried" 2>/dev/null)" != "$*" ] || return
  printf '%s' "$*" >"$tried"
  step "Installing system libraries ($*)" apt_get "$@" && rm -f "$tried"
}

apt_get() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=60 "$@" >/dev/null
}

# --- Tests ----------------------------------------------------------------------------------------------------------

accept_kit_licence() {
  local answer=
  [ -n "${OMNI_KIT_ACCEPT_EULA:-}" ] && return
  if [ -t 0 ] && [ -t 2 ]; then
    say "Some tests use NVIDIA's Kit kernel (package omniverse-kit) and parts of Isaac Sim (isaacsim-core, isaacsim-gui)," \
      "whose use is under NVIDIA's Omniverse licence."
    read -rp "rl_trainer: Do you accept that licence? [y/N] " answer || true
  fi
  case $answer in
    [yY]*) export OMNI_KIT_ACCEPT_EULA=yes ;;
    *) say "Kit tests will be skipped: OMNI_KIT_ACCEPT_EULA=yes accepts NVIDIA's licence for Kit and runs them." ;;
  esac
}

# Parts of Isaac Sim for tests: widgets that are drawn beside the panel, its run loop, sources. They are kept where no
# import finds them: a package isaacsim without Isaac Sim would mislead others.
fetch_isaac_sim_parts() {
  local version=6.2.0.0
  local folder=$venv/lib/isaac-sim-$version
  [ "${OMNI_KIT_ACCEPT_EULA:-}" = yes ] && [ ! -e "$folder/isaacsim" ] || return 0
  step "Fetching parts of Isaac Sim for tests" uv install --quiet --no-deps --target "$folder" \
    "isaacsim-core==$version" "isaacsim-gui==$version" ||
    say "Parts of Isaac Sim could not be fetched: the tests that use them are skipped."
}

# A browser for the test of the panel in one.
install_chromium() {
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || apt_install chromium ||
    say "Chromium is not installed: the test that uses it is skipped."
}

# The tests train with RL-Games too. It cannot be one of the requirements: it asks for another psutil than the others.
install_rl_games() {
  uv install --quiet --no-deps -r "$here/requirements-rl-games.txt" >&2 ||
    fail "RL-Games could not be installed (see above): check the network and the disk, and start again."
}

# What the tests leave to Python: values that may be None, doubles in the place of what they stand for, lambdas.
lenient_for_tests() {
  local code
  # the package's own comments "type: ignore" are for codes that are disabled here
  printf -- '--allow-untyped-defs --allow-incomplete-defs --no-warn-unused-ignores'
  for code in arg-type assignment comparison-overlap func-returns-value has-type misc operator return-value type-var \
    union-attr var-annotated; do printf -- ' --disable-error-code=%s' "$code"; done
}

check_types() {
  # a cache for each platform: mypy reads all libraries again when the platform changes
  "$venv/bin/mypy" exts/rl_trainer_ext benchmarks
  "$venv/bin/mypy" --platform win32 --cache-dir .mypy_cache/win32 exts/rl_trainer_ext
  # shellcheck disable=SC2046
  MYPYPATH=exts/rl_trainer_ext:tests:tests/kit:. "$venv/bin/mypy" --cache-dir .mypy_cache/tests \
    --explicit-package-bases $(lenient_for_tests) tests
}

run_tests() {
  local options=()
  cd "$here"
  install tested requirements.txt requirements-test.txt
  install_rl_games
  if [ "${1:-}" = --fast ]; then
    shift
    options=(-m "not (slow or kit or subprocess)")
  else
    accept_kit_licence
    fetch_isaac_sim_parts
    install_chromium
  fi
  # two at a time, unless a part of the tests is named
  [ $# -gt 0 ] || options+=(--numprocesses 2 --dist loadfile --no-loadscope-reorder)
  if [ "$(id -u)" = 0 ]; then export OMNI_KIT_ALLOW_ROOT=1; fi
  unset PYTHONDONTWRITEBYTECODE # each of a hundred processes would compile again what it imports
  "$venv/bin/ruff" check .
  "$venv/bin/ruff" format --check .
  check_types
  exec "$venv/bin/python" -m pytest "${options[@]}" "$@"
}

# --------------------------------------------------------------------------------------------------------------------

[ "$(uname -sm)" = "Linux x86_64" ] || fail "RL Trainer needs Linux on x86-64; this is $(uname -sm)."
python=
if [ "${1:-}" = --python ]; then
  [ $# -ge 2 ] || fail "--python needs the path of the bin/python of your Isaac Lab environment."
  use_environment "$2"
  shift 2
  case ${1:-} in test | bench) fail "$1 needs the environment of this repository: leave --python out." ;; esac
else
  install installed requirements.txt
  python=$venv/bin/python
fi
prepare_system
if [ "${1:-}" = test ]; then
  shift
  run_tests "$@"
elif [ "${1:-}" = bench ]; then
  shift
  # -P: a folder "benchmarks" of the user's, where this is started, is not ours
  PYTHONPATH=$here${PYTHONPATH:+:$PYTHONPATH} exec "$venv/bin/python" -P -m benchmarks "$@"
fi
exec "$python" -m rl_trainer_ext "$@"
