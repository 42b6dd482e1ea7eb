"""Fetches WordPress out of Debian packages: finds the mirror, verifies, unpacks, mends links."""

from __future__ import annotations

import hashlib
import lzma
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError, LabUnavailable
from lab.where import SUITES, locked, state

# A Debian WordPress links files that other packages own. Which package owns what a link points
# at is told by the first folder of the link's target below /usr/share.
OWNERS = {
    "php/getid3": "php-getid3",
    "php/libphp-phpmailer": "libphp-phpmailer",
    "javascript/underscore": "libjs-underscore",
    "javascript/lodash": "libjs-lodash",
    "javascript/cropper": "libjs-cropper",
    "javascript/jquery-ui": "libjs-jquery-ui",
}
INDEX_AGE = 24 * 3600


@dataclass(frozen=True)
class Package:
    """One .deb as a mirror's index describes it."""

    name: str
    version: str
    url: str
    sha256: str


def mirrors() -> list[str]:
    """The Debian mirrors this machine already uses, the main archive's before security's."""
    try:
        found = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI) $(LABEL) $(ORIGIN)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise LabUnavailable(f"no apt-get here that names a Debian mirror ({error})") from None
    every = dict.fromkeys(
        line.split()[0].rstrip("/") for line in found.splitlines() if "Debian" in line
    )
    if not every:
        # Labels are only known after `apt-get update`: fall back to the shape of the address.
        plain = subprocess.run(
            ["apt-get", "indextargets", "--format", "$(REPO_URI)"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        every = dict.fromkeys(
            line.rstrip("/")
            for line in plain.splitlines()
            if line.rstrip("/").endswith(("/debian", "/debian-security"))
        )
    if not every:
        raise LabUnavailable("apt-get names no Debian mirror on this machine")
    return sorted(every, key=lambda url: url.endswith("security"))


def _read(url: str) -> bytes:
    last = ""
    for attempt in range(3):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            last = f"answered {error.code}"
            if error.code < 500:
                break
        except OSError as error:
            last = str(error)
        time.sleep(attempt)
    raise LabUnavailable(f"{url}: {last}")


def _index(mirror: str, suite: str) -> str:
    """The text of a suite's package index, kept for a day."""
    label = hashlib.sha256(f"{mirror} {suite}".encode()).hexdigest()[:8]
    cached = state() / "debs" / f"index-{suite}-{label}.xz"
    if not cached.exists() or time.time() - cached.stat().st_mtime > INDEX_AGE:
        data = _read(f"{mirror}/dists/{suite}/main/binary-all/Packages.xz")
        cached.parent.mkdir(exist_ok=True)
        _write(cached, data)
    return lzma.decompress(cached.read_bytes()).decode("utf-8", "replace")


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    temporary.replace(path)


def _entries(index: str, mirror: str, wanted: set[str]) -> Iterator[Package]:
    for block in index.split("\n\n"):
        first = block.partition("\n")[0]
        if first.partition(": ")[2] not in wanted:
            continue
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if ": " in line and line[0] != " "
        )
        yield Package(
            fields["Package"],
            fields["Version"],
            f"{mirror}/{fields['Filename']}",
            fields["SHA256"],
        )


def find(version: str) -> dict[str, Package]:
    """The packages that make up a WordPress version, by name."""
    wanted = {"wordpress", *OWNERS.values()}
    tried: list[str] = []
    found: dict[str, Package] = {}
    for suite in SUITES[version]:
        for mirror in mirrors():
            try:
                index = _index(mirror, suite)
            except LabUnavailable as error:
                tried.append(str(error))
                continue
            for package in _entries(index, mirror, wanted):
                found.setdefault(package.name, package)
        if "wordpress" in found:
            break
    else:
        reasons = "; ".join(tried) or "no suite lists it"
        raise LabUnavailable(f"WordPress {version} can't be had here: {reasons}")
    if not found["wordpress"].version.startswith(f"{version}."):
        raise LabUnavailable(
            f"WordPress {version} can't be had here: the mirror now carries "
            f"{found['wordpress'].version} in its place"
        )
    return found


def download(package: Package) -> Path:
    """The package's .deb, from the cache or the mirror, its digest proven."""
    folder = state() / "debs"
    folder.mkdir(exist_ok=True)
    path = folder / package.url.rpartition("/")[2]
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != package.sha256:
        data = _read(package.url)
        if hashlib.sha256(data).hexdigest() != package.sha256:
            raise LabUnavailable(f"{package.url}: the download's sha256 is not the index's")
        _write(path, data)
    return path


def wordpress(version: str) -> Path:
    """The folder with an unpacked WordPress (wp-load.php and all), fetched when missing."""
    code = state() / "code"
    with locked(f"code-{version}"):
        if ready := _unpacked(code, version):
            return ready
        packages = find(version)
        full = packages["wordpress"].version.partition("+")[0]
        target = code / full
        scratch = code / f"{full}.partial"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        _unpack(download(packages["wordpress"]), scratch)
        root = scratch / "usr/share/wordpress"
        for name in sorted(_owners_of_dangling(root, scratch)):
            if name in packages:
                _unpack(download(packages[name]), scratch)
        _mend(root)
        shutil.rmtree(scratch / "usr/share/doc", ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
        return target / "usr/share/wordpress"


def _unpacked(code: Path, version: str) -> Path | None:
    for folder in sorted(code.glob(f"{version}.*"), reverse=True):
        root = folder / "usr/share/wordpress"
        if not folder.name.endswith(".partial") and (root / "wp-load.php").exists():
            return root
    return None


def _unpack(deb: Path, into: Path) -> None:
    done = subprocess.run(
        ["dpkg-deb", "-x", str(deb), str(into)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LabError(f"{deb.name} does not unpack: {done.stderr.strip()}")


def _dangling(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_symlink() and not path.exists()]


def _owners_of_dangling(root: Path, scratch: Path) -> set[str]:
    share = scratch / "usr/share"
    owners: set[str] = set()
    for link in _dangling(root):
        target = Path(os.path.normpath(link.parent / link.readlink()))
        if share in target.parents:
            first = "/".join(target.relative_to(share).parts[:2])
            if first in OWNERS:
                owners.add(OWNERS[first])
    return owners


def _mend(root: Path) -> None:
    """Deal with what still points nowhere: a server's .htaccess goes, PHP must be there."""
    for link in _dangling(root):
        if link.suffix == ".php":
            raise LabError(f"{link} points at a file of no known package")
        link.unlink()
