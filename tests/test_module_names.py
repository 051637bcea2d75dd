"""Names say what is in a module, and mark what is its own: docs/architecture.md has the rules."""

import ast

from test_directions import MODULES


def said(name, path):
    """Whether the first paragraph of a module has all words of its name."""
    paragraph = (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n\n")[0].lower()
    words = name.rpartition(".")[2].strip("_").split("_")
    return all(word.removesuffix("s") in paragraph.replace("-", " ") for word in words)


def test_modules_are_called_after_what_they_say_of_themselves():
    unsaid = sorted(name for name, path in MODULES.items() if not said(name, path))
    assert len(unsaid) < 0.12 * len(MODULES), unsaid
