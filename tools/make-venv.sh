#!/bin/sh
# Makes a virtual environment: make-venv.sh PYTHON FOLDER. Works a second time; asks nothing.
# A fresh Debian's Python has no venv of its own: as root it is installed, else the way is shown.
set -eu
python=$1
folder=$2

if ! command -v "$python" >/dev/null 2>&1; then
    echo "There is no $python here. Install Python 3.11 or later, or name it: make PYTHON=..." >&2
    exit 2
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "wp-sync needs Python 3.11 or later; $python is $("$python" -V 2>&1)." >&2
    echo "Name a newer one: make PYTHON=python3.12 ..." >&2
    exit 2
fi
for place in "$folder/bin/python" "$folder/Scripts/python.exe"; do
    if [ -x "$place" ] && "$place" -m pip --version >/dev/null 2>&1; then
        exit 0
    fi
done
if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $package, which $python needs to make an environment ..."
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -qq -y "$package" >/dev/null 2>&1 ||
            { apt-get update -qq && apt-get install -qq -y "$package" >/dev/null; }
    else
        echo "$python can't make virtual environments. Install its package, then try again:" >&2
        echo "    sudo apt install $package" >&2
        exit 2
    fi
fi
echo "Making the environment $folder ..."
rm -rf "$folder"
"$python" -m venv "$folder"
