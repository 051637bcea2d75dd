"""What is true of every folder of results, whoever wrote it."""

import hashlib
import json

COMMON = {"versions", "git_commit", "date", "caveats", "files"}


def manifest_of(folder):
    """The manifest of a folder that was just written: its pictures have nothing in them but the picture."""
    for picture in folder.rglob("*.png"):
        assert b"Software" not in picture.read_bytes(), picture
    return sealed(folder)


def sealed(folder):
    """The manifest of a folder, which says what all say and names every file with its checksum."""
    about = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert about.keys() >= COMMON, folder
    assert {"python", "comity", "numpy", "numba", "mesa"} <= about["versions"].keys()
    there = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert about["files"] == there, folder
    return about
