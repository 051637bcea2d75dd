"""Which version of the model's behaviour this is: what was computed by another one is never mixed with its results.

The version is read off the code: every module that what lives and measures a run imports, at whatever remove and also
within functions, without what does nothing (comments, docstrings, layout); the data that lie beside these modules; and
the libraries that do the arithmetic. Nothing is imported to find out, so it takes a fraction of a second.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from comity.extensions import Extension

LIVES: Final = "comity.model"
"""What lives a run; who measures it (`comity.sweeps.measurers`) says which modules do."""

DOOR: Final = "comity"
"""Names everything for those who use the package, and imports what they ask for; the package itself asks for nothing there."""

LIBRARIES: Final = ("numpy", "numba")
"""Other versions have given other numbers: other sums, other machine code, or none where numba is absent."""

DATA: Final = (".csv", ".npz", ".toml")
PACKAGE: Final = Path(__file__).parent


@cache
def behaviour(
    modules: tuple[str, ...] = (), libraries: tuple[str, ...] = (), extensions: tuple[Extension, ...] = ()
) -> str:
    """Return a hash over everything on which the result of a scenario depends, and the versions of libraries.

    A resolved scenario names a regime, and knows the values of parameters; what they do is in the code. The rest of the
    package (command line, files, pictures) may change without making stored results worthless.

    Args:
        modules: that measure the run, if any do.
        libraries: that do arithmetic besides those of the model.
        extensions: what adds to the model.
    """
    code = fingerprint(PACKAGE, (LIVES, *modules))
    named = (f"{name} {installed(name)}" for name in (*LIBRARIES, *libraries))
    return ", ".join([code, *named, *(f"{each.name} {extension(each)}" for each in extensions)])


@cache
def extension(added: Extension) -> str:
    """Return a hash over what an extension declares, and over the code of its functions and of all that they call."""
    digest = hashlib.sha256(repr(added.declared()).encode())
    functions = [*(phase.kernel for phase in added.phases), *(e.compute for e in added.estimates)]
    for function in functions:
        digest.update(_code_of(getattr(function, "py_func", function)).encode())
    return digest.hexdigest()[:16]


def _code_of(function: Any) -> str:
    """Return a hash over the package of a function, over its file if that is of no package, or where it has none over itself."""
    top = sys.modules.get(function.__module__.partition(".")[0])
    if file := getattr(top, "__file__", None) if hasattr(top, "__path__") else None:
        return fingerprint(Path(file).parent, [function.__module__])
    file = getattr(sys.modules.get(function.__module__), "__file__", None)
    if file:
        return fingerprint(Path(file).with_suffix(""), [Path(file).stem])
    from comity.bytecode import identity  # noqa: PLC0415 - what has no file is of a notebook

    return identity(function)


def installed(library: str) -> str:
    """Return the version of a library, or ``absent``."""
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"


def fingerprint(package: Path, roots: Iterable[str]) -> str:
    """Return a hash over the import closure of modules, and over the data beside it.

    Args:
        package: folder of the package.
        roots: names of modules.
    """
    modules = closure(package, roots)
    digest = hashlib.sha256()
    for name, (_, code) in sorted(modules.items()):
        digest.update(f"{name} {code}\n".encode())
    folders = {source.parent for source, _ in modules.values()} if package.is_dir() else set()
    for path in sorted({path for folder in folders for path in _data(folder)}):
        content = path.read_bytes()
        text = content if path.suffix == ".npz" else content.replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(package).as_posix()} {hashlib.sha256(text).hexdigest()}\n".encode())
    return digest.hexdigest()[:16]


def closure(package: Path, roots: Iterable[str]) -> dict[str, tuple[Path, str]]:
    """Return every module of a package that some modules import, directly or not, with its file and a hash of its code."""
    found: dict[str, tuple[Path, str]] = {}
    wanted = list(roots)
    while wanted:
        name = wanted.pop()
        path = _source(package, name)
        if name in found or name == DOOR or path is None:
            continue
        home = name if path.stem == "__init__" else name.rpartition(".")[0]
        code, imported = _understood(path.read_bytes(), home)
        found[name] = path, code
        wanted += [name.rpartition(".")[0], *imported]
    return found


@lru_cache(maxsize=256)
def _understood(text: bytes, home: str) -> tuple[str, tuple[str, ...]]:
    """Return a hash over what a module does, and what it may import; ``home`` is the package that it is in."""
    tree = ast.parse(text)
    code = hashlib.sha256(repr(_meaning(tree)).encode()).hexdigest()
    return code, tuple(dict.fromkeys(_imported(home, tree)))


def _source(package: Path, name: str) -> Path | None:
    """Return the file of a module; None if it is no module of the package, but a name in one."""
    path = package.parent.joinpath(*name.split("."))
    files = (path.with_name(f"{path.name}.py"), path / "__init__.py")
    ours = name.partition(".")[0] == package.name
    return next((file for file in files if file.is_file()), None) if ours else None


def _imported(home: str, tree: ast.Module) -> Iterator[str]:
    """Yield what a module may import, wherever it does so; a text that names a module stands for it, too."""
    for node in _running(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(home.split(".")[: len(home.split(".")) + 1 - node.level]) if node.level else ""
            source = ".".join(filter(None, (above, node.module)))
            yield from (source, *(f"{source}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Constant) and str(node.value).startswith(f"{DOOR}."):
            yield str(node.value)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield every node that may run: all but what is there for type checkers."""
    left = [tree]
    while left:
        node = left.pop()
        yield node
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            left += node.orelse
        else:
            left += ast.iter_child_nodes(node)


def _meaning(node: Any) -> Any:
    """Return code in plain tuples and lists, the same on every version of Python, without texts that do nothing."""
    if isinstance(node, list):
        return [_meaning(child) for child in node if not _idle(child)]
    if not isinstance(node, ast.AST):
        return repr(node)
    fields = ((name, getattr(node, name, None)) for name in node._fields)
    return type(node).__name__, *((n, _meaning(value)) for n, value in fields if value not in (None, []))


def _idle(node: Any) -> bool:
    """Whether a statement is a text: a docstring."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _data(folder: Path) -> Iterator[Path]:
    """Yield the data beside a module, and those in a folder of data that is no package."""
    yield from (path for path in folder.iterdir() if path.suffix in DATA)
    if (folder / "data").is_dir() and not (folder / "data" / "__init__.py").exists():
        yield from (path for path in (folder / "data").iterdir() if path.suffix in DATA)
