#!/bin/bash
# Sees to it that what the build needs is there: Debian packages and node_modules. Does nothing, quickly, if all is.
#
# `setup.sh PACKAGE…` installs further Debian packages, which some tests and benchmarks use if they are there. Where it may
# not, it says so and that is all. `setup.sh --unpack FOLDER PACKAGE` only unpacks one, below build/: what is installed
# may start a service, and tests want no more than the program.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build

fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

version_at_least() { # version minimum
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$2" ]
}

# ------------------------------------------------------------------------------------------------------------- tools
for tool in cmake node npm git; do
  command -v "$tool" > /dev/null || fail "$tool is not installed"
done
command -v c++ > /dev/null || [ -n "${CXX-}" ] || fail 'no C++ compiler is installed (Debian: g++)'
version_at_least "$(cmake --version | sed -n '1s/.* //p')" 3.25 || fail 'CMake 3.25 or newer is needed'
version_at_least "$(node --version | tr -d v)" 20 || fail "Node 20 or newer is needed, this is $(node --version)"

# ---------------------------------------------------------------------------------------------------- Debian packages
has_llvm() {
  local folder
  for folder in /usr/lib/llvm-*; do
    [ -e "$folder/lib/libLLVMSupport.a" ] && [ -e "$folder/lib/cmake/llvm/LLVMConfig.cmake" ] && return 0
  done
  return 1
}

installable() { # package
  apt-cache policy "$1" 2> /dev/null | grep -q 'Candidate: [^(]'
}

llvm_package() {
  local version
  for version in 14 15 16 17 18 19; do
    if installable "llvm-$version-dev"; then
      echo "llvm-$version-dev"
      return
    fi
  done
  echo llvm-14-dev
}

as_root=()
may_install=1
if ! command -v apt-get > /dev/null; then
  may_install=0
elif [ "$(id -u)" != 0 ]; then
  if command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    as_root=(sudo -n)
  else
    may_install=0
  fi
fi

# A fresh container has no package lists at all, an old machine has stale ones.
update_lists() {
  echo '== updating the list of Debian packages'
  "${as_root[@]}" apt-get update -qq > build/apt.log 2>&1 || echo 'setup: apt-get update failed; trying with the list that is there' >&2
}

install_packages() { # package…
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" > build/apt.log 2>&1
}

if [ "${1-}" = --unpack ]; then
  folder=$2 package=$3
  [ ! -e "build/$folder" ] || exit 0
  mkdir -p "build/$folder.deb"
  if (cd "build/$folder.deb" && apt-get download -qq "$package" > ../apt.log 2>&1) && dpkg-deb -x "build/$folder.deb"/*.deb "build/$folder.new"; then
    mv "build/$folder.new" "build/$folder"
  else
    echo "setup: not unpacked, what uses it is left out: $package" >&2
  fi
  rm -rf "build/$folder.deb" "build/$folder.new"
  exit 0
fi

if [ $# -gt 0 ]; then
  wanted=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || wanted+=("$package")
  done
  if [ ${#wanted[@]} -gt 0 ]; then
    if [ $may_install = 1 ]; then
      update_lists
      echo "== installing ${wanted[*]}"
    fi
    { [ $may_install = 1 ] && install_packages "${wanted[@]}"; } || echo "setup: not installed, what uses it is left out: ${wanted[*]}" >&2
  fi
  exit 0
fi

missing=()
[ -e /usr/include/nlohmann/json.hpp ] || missing+=(nlohmann-json3-dev)
[ -e /usr/include/doctest/doctest.h ] || missing+=(doctest-dev)
[ -e /usr/include/curl/curl.h ] || compgen -G '/usr/include/*/curl/curl.h' > /dev/null || missing+=(libcurl4-openssl-dev)
wants_llvm=0
has_llvm || wants_llvm=1

if [ ${#missing[@]} -gt 0 ] || [ $wants_llvm = 1 ]; then
  command -v apt-get > /dev/null || fail 'LLVM (14 to 19), nlohmann-json 3.11, doctest and the headers of libcurl are needed, with static libraries'
  [ $may_install = 0 ] || update_lists
  [ $wants_llvm = 0 ] || missing+=("$(llvm_package)")
  if [ $may_install = 0 ]; then
    printf 'setup: some Debian packages are missing. Install them, then run make again:\n\n    sudo apt-get install --no-install-recommends %s\n\n' "${missing[*]}" >&2
    exit 1
  fi
  echo "== installing ${missing[*]} (LLVM takes a minute)"
  install_packages "${missing[@]}" ||
    { tail -n 20 build/apt.log >&2; fail "apt-get could not install ${missing[*]}"; }
fi

# ------------------------------------------------------------------------------------------------------- node_modules
# A linked node_modules belongs to another checkout, which looks after it.
stamp=node_modules/.foreload-package-lock.json
if [ ! -L node_modules ] && ! cmp -s package-lock.json "$stamp"; then
  echo '== installing npm packages (a minute)'
  # `npm ci` refuses a lock file without the packages of other platforms, which npm leaves out of the file when a registry
  # does not have them; `npm install` takes what the file has.
  npm ci --no-progress > build/npm.log 2>&1 || npm install --no-save --no-progress >> build/npm.log 2>&1 ||
    { tail -n 20 build/npm.log >&2; fail 'npm packages could not be installed (all of the output: build/npm.log)'; }
  cp package-lock.json "$stamp"
fi
