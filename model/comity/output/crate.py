"""An RO-Crate (Research Object Crate): what a folder of results holds and how it came about, in the words of schema.org.

Archives, catalogues and search engines read it. It lies beside the manifest, from which all of it is taken.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from comity import side_door

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CRATE: Final = "ro-crate-metadata.json"

_SPECIFICATION: Final = "1.2"

_MEDIA: Final = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
}

_LICENCE: Final = {
    "@type": "CreativeWork",
    "name": "No licence is stated in this folder",
    "description": "That of the archive or repository in which the folder lies holds, if there is one.",
}


def crate(about: Mapping[str, Any], manifest: str) -> str:
    """Return the metadata of an RO-Crate as JSON.

    Args:
        about: the content of a manifest, with the checksums of the other files in ``files``.
        manifest: its name.
    """
    side_door.enter("requests")  # which is for crates elsewhere
    from rocrate.rocrate import ROCrate  # noqa: PLC0415 - a tenth of a second, for those alone who write results

    made = ROCrate(version=_SPECIFICATION)
    made.metadata.extra_terms["sha256"] = "https://schema.org/sha256"
    files = [made.add_file(dest_path=name, properties=each) for name, each in _files(about, manifest)]
    software = [made.add_jsonld(each) for each in _software(about)]
    made.name = f"Results of comity: {_subject(about)}"
    made.description = f"How they came about is in {manifest}. {about['caveats']}"
    made.root_dataset["datePublished"] = _date(about)
    made.license = made.add_jsonld({"@id": "#licence", **_LICENCE})
    started = {"startTime": about["started"]} if "started" in about else {}
    action = {"@id": "#run", "@type": "CreateAction", "name": f"Computing {_subject(about)}", **started}
    made.root_dataset["mentions"] = made.add_jsonld(action)
    made.dereference("#run")["instrument"] = software
    made.dereference("#run")["result"] = files
    return f"{json.dumps(made.metadata.generate(), indent=2, ensure_ascii=False)}\n"


def _files(about: Mapping[str, Any], manifest: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield every file with what is said of it; the manifest, written last, has no checksum."""
    pictures = about.get("pictures", {})
    for name, digest in about["files"].items():
        path = PurePosixPath(name)
        known = {"encodingFormat": _MEDIA.get(path.suffix), "description": pictures.get(path.stem)}
        yield name, {"name": name, **{key: value for key, value in known.items() if value}, "sha256": digest}
    yield manifest, {"name": "How the results came about", "encodingFormat": _MEDIA[".json"]}


def _software(about: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for name, version in about["versions"].items():
        commit = {"identifier": about["git_commit"]} if name == "comity" and about.get("git_commit") else {}
        yield {
            "@id": f"#{name}",
            "@type": "SoftwareApplication",
            "name": name,
            "softwareVersion": version,
            **commit,
        }


def _subject(about: Mapping[str, Any]) -> str:
    """Return what was asked: the experiment, the study, or the place and the years of a run."""
    if name := about.get("experiment") or about.get("study", {}).get("name"):
        return str(name)
    if setup := about.get("scenario"):
        return f"{setup['place']}, {setup['start']} to {setup['end']}"
    return "several experiments"


def _date(about: Mapping[str, Any]) -> str:
    """Return when they were made, or, where that would tell apart what is the same, the day of the code."""
    return str(about.get("started") or about.get("written") or about["date"])
