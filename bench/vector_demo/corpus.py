"""The corpus: the packages that this machine's apt knows, with their descriptions."""

import hashlib
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


# Sections of packages that other packages need, rather than people.
FOR_PROGRAMMERS = (
    "cli-mono debug devel doc fonts gnu-r golang haskell introspection java javascript kernel libdevel "
    "libs lisp localization metapackages ocaml oldlibs perl php python ruby rust zope"
).split()


@dataclass(frozen=True)
class Package:
    name: str
    section: str
    summary: str  # one line
    description: str  # everything there is to read about it

    @property
    def is_for_people(self) -> bool:
        return self.section not in FOR_PROGRAMMERS


_EMPTY = re.compile(r"transitional|dummy|debug(ging)? symbols", re.IGNORECASE)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, errors="replace").stdout


def _private_lists(directory: Path) -> list[str]:
    """Options that give apt its own copy of the lists, with the long descriptions.

    Containers often leave those out. The machine's own lists stay as they are.
    """
    lists = directory.resolve() / "apt-lists"
    options = ["Acquire::Languages=en", f"Dir::State::lists={lists}", "APT::Sandbox::User=root"]
    options += ["Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache="]
    arguments = [argument for option in options for argument in ("-o", option)]
    if not any(lists.glob("*Translation-en*")):
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        try:
            _run("apt-get", "-qq", *arguments, "update")
        except subprocess.CalledProcessError as error:
            print(f"    apt-get update failed; going on without long descriptions\n{error.stderr}")
            return []
    return arguments


def _records(text: str) -> Iterator[dict[str, str]]:
    """Yields the stanzas of a control file as dictionaries of unfolded fields."""
    for stanza in text.split("\n\n"):
        unfolded = re.sub(r"\n[ \t]+", " ", stanza)
        yield dict(line.split(": ", 1) for line in unfolded.splitlines() if ": " in line)


def _long_descriptions(apt: list[str]) -> dict[str, str]:
    """The long descriptions by package."""
    targets = ("Created-By: Translations", "Language: en")
    files = _run("apt-get", *apt, "indextargets", "--format", "$(FILENAME)", *targets)
    descriptions = {}
    for name in files.split():
        for record in _records(_run("/usr/lib/apt/apt-helper", "cat-file", name)):
            if "Package" in record and "Description-en" in record:
                descriptions[record["Package"]] = record["Description-en"]
    return descriptions


def _words_of_tags(tags: str) -> str:
    """Debian's tags: "game::strategy, use::gameplaying" reads "game strategy use gameplaying"."""
    return re.sub(r"[^a-z]+", " ", tags.lower())


def read(directory: Path) -> list[Package]:
    """All packages; of those that share a summary, the one with the shortest name.

    Files that are fetched for this go to `directory`.
    """
    apt = _private_lists(directory)
    long_descriptions = _long_descriptions(apt)
    by_summary: dict[str, Package] = {}
    for record in _records(_run("apt-cache", *apt, "dumpavail")):
        summary = record.get("Description") or record.get("Description-en") or ""
        name = record.get("Package", "")
        text = long_descriptions.get(name, summary)
        summary = summary or text.split("  ")[0][:80]
        if not name or not summary or _EMPTY.search(summary) or record.get("Section") == "debug":
            continue
        # Name and summary count three times as much as the long description and the tags.
        text = f"{f'{name} {summary} ' * 3}{text} {_words_of_tags(record.get('Tag', ''))}"
        package = Package(name, record.get("Section", "").split("/")[-1], summary, text)
        rival = by_summary.get(summary)
        if rival is None or (len(name), name) < (len(rival.name), rival.name):
            by_summary[summary] = package
    return sorted(by_summary.values(), key=lambda package: package.name)


def fingerprint(packages: list[Package]) -> str:
    digest = hashlib.sha256()
    for package in packages:
        digest.update(f"{package.name}\t{package.description}\n".encode())
    return digest.hexdigest()[:16]
