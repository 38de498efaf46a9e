"""The playground's parts: the library under Pyodide, beside the documentation.

    python scripts/playground.py        fetch Pyodide and the wheels into build/playground, each checked by its hash

`docs/conf.py` puts them into the site with `assemble`, which needs no network: with what was fetched the page works,
without it says what is missing.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["CSP", "FETCHED", "PAGE", "PYODIDE", "assemble", "fetch", "packages"]

ROOT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = ROOT / "docs" / "_playground"
FETCHED: Final = ROOT / "build" / "playground"
PYODIDE: Final = "314.0.7"
#: As the npm registry states it, of the whole package.
_INTEGRITY: Final = "0YvXxEhfEdpLfb/XkM2BFAeMROq0iMUX2bzzH9pOttyMcWkwq+HbE5uyuGD82LN7y2q+SNvi/6V5JEsOlD2R1A=="
#: What of it is loaded; the rest is for Node, for types and for packages that are not needed here.
_RUNTIME: Final = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
#: The Python in that Pyodide, and the platform that its wheels are made for (PEP 783).
_PYTHON: Final = ("--python-version", "3.14", "--implementation", "cp", "--abi", "cp314")
_PLATFORM: Final = "pyemscripten_2026_0_wasm32"
#: Of Babel: the data of the root and of the languages that have texts here, English in the sources among them.
_LOCALES: Final = ("root", "en", "zh")
#: What no page asks for: what Babel's own tools and pydantic's past need, what needs an extra, files or a terminal.
_LEFT_OUT: Final = (
    *("babel/messages/", "babel/locale-data/", "pydantic/v1/"),
    *[f"settlement/{room}/" for room in ("batch", "commands", "ext", "testing")],
)
#: What the page and its worker may do: run what this site serves, and ask nobody else.
CSP: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self';"
    " style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"
)


def fetch() -> None:
    """Fetch what is not there yet. Raises `ValueError` where a hash differs."""
    FETCHED.mkdir(parents=True, exist_ok=True)
    package = FETCHED / f"pyodide-{PYODIDE}.tgz"
    if not package.exists():
        asked = ["npm", "pack", "--silent", "--pack-destination", str(FETCHED), f"pyodide@{PYODIDE}"]
        subprocess.run(asked, check=True, stdout=subprocess.DEVNULL)
    if b64encode(hashlib.sha512(package.read_bytes()).digest()).decode() != _INTEGRITY:
        package.unlink()
        raise ValueError(f"{package.name} is not what was locked; it was deleted")
    wheels = FETCHED / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)  # of a lock that is no more
    pip = [sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input", "download"]
    which = ["--only-binary", ":all:", "--platform", _PLATFORM, *_PYTHON, "--no-deps", "--require-hashes"]
    subprocess.run(
        [*pip, *which, "-r", str(ROOT / "requirements" / "runtime.txt"), "-d", str(wheels)], check=True, cwd=ROOT
    )


def packages() -> bytes:
    """The library, and what it stands on, as one archive: the same bytes from the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(_files()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    for path in (ROOT / "src" / "settlement").rglob("*"):
        name = path.relative_to(ROOT / "src").as_posix()
        if path.is_file() and path.suffix not in {".pyc", ".po"} and not name.startswith(_LEFT_OUT):
            yield name, path.read_bytes()
    for name in ("LICENSE", "NOTICE"):
        yield f"settlement/{name}", (ROOT / name).read_bytes()
    for wheel in (FETCHED / "wheels").glob("*.whl"):
        with zipfile.ZipFile(wheel) as packed:
            for name in packed.namelist():
                locale = name.startswith("babel/locale-data/") and Path(name).stem.split("_")[0] in _LOCALES
                if name.endswith("/RECORD"):
                    continue  # of files that are not all there
                if not name.startswith(_LEFT_OUT) or (locale and not Path(name).stem.startswith("en_")):
                    yield name, packed.read(name)


def assemble(site: Path) -> int | None:
    """Put the page into a site, with what was fetched; how many bytes a first visit loads, None without it."""
    to = site / "playground"
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(PAGE, to, ignore=shutil.ignore_patterns("__pycache__"))
    examples = to / "examples"
    examples.mkdir()
    for name in ("mall-cart", "simple", "five-mistakes"):
        shutil.copy(ROOT / "examples" / f"{name}.json", examples)
    package = FETCHED / f"pyodide-{PYODIDE}.tgz"
    if not (package.exists() and (FETCHED / "wheels").is_dir()):
        return None
    with tarfile.open(package) as packed:
        for name in _RUNTIME:
            if (member := packed.extractfile(f"package/{name}")) is not None:
                (to / name).write_bytes(member.read())
    (to / "packages.zip").write_bytes(packages())
    sizes = {name: (to / name).stat().st_size for name in (*_RUNTIME, "packages.zip")}
    whole = sum(sizes.values())
    (to / "files.json").write_text(json.dumps({"pyodide": PYODIDE, "bytes": whole, "files": sizes}, indent=1) + "\n")
    return whole


if __name__ == "__main__":
    fetch()
    print(f"{FETCHED.relative_to(ROOT)}: Pyodide {PYODIDE}, {len([*(FETCHED / 'wheels').iterdir()])} wheels")
