"""What can be changed in a file of code: one operator, number, condition, statement or returned value at a time."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = "model/comity/"
COMPARED: Final = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
COMPUTED: Final = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
CALLED: Final = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "any": "all",
    "all": "any",
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file."""

    room: str
    module: str
    line: int
    before: str
    after: str
    text: str  # of the whole file, changed


def _changed(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.deepcopy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other


def _expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what an expression is changed to."""
    match node:
        case ast.Compare(ops=ops):
            for k, op in enumerate(ops):
                for other in COMPARED[type(op)]:
                    yield _changed(node, ops=[*ops[:k], other(), *ops[k + 1 :]])
        case ast.BinOp(op=op) if type(op) in COMPUTED:
            yield _changed(node, op=COMPUTED[type(op)]())
        case ast.BoolOp(op=op):
            yield _changed(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.IfExp(test=test):
            yield _changed(node, test=ast.UnaryOp(ast.Not(), test))


def _values(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a number or the name of a function is changed to."""
    match node:
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield ast.Constant(value + 1)
        case ast.Constant(value=float() as value):
            yield ast.Constant(value * 1.5 if value else 1.0)
        case ast.Call(func=ast.Name(id=name)) if name in CALLED:
            yield _changed(node, func=ast.Name(CALLED[name]))
        case ast.Call(func=ast.Attribute(attr=name, value=value)) if name in CALLED:
            yield _changed(node, func=ast.Attribute(value, CALLED[name]))


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a statement is changed to."""
    match node:
        case ast.AugAssign(op=op):
            yield ast.Pass()
            if type(op) in COMPUTED:
                yield _changed(node, op=COMPUTED[type(op)]())
        case ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield ast.Return(ast.Constant(None))
        case ast.Break():
            yield ast.Continue()
        case ast.Continue():
            yield ast.Break()


def _conditions(node: ast.AST) -> Iterator[tuple[ast.expr, ast.AST]]:
    if isinstance(node, ast.If) and ast.unparse(node.test) != "TYPE_CHECKING":
        yield node.test, ast.UnaryOp(ast.Not(), node.test)


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is executed: no annotations, decorators, layouts of tables, messages or blocks for the type checker."""
    skipped = {"annotation", "returns", "decorator_list", "type_comment", "exc"}
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or name in skipped or isinstance(child, ast.JoinedStr):
                continue
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Call) and ast.unparse(child.func) in {"np.dtype", "warnings.warn"}:
                continue
            yield child
            yield from _code(child)


def mutants(room: str, file: Path) -> list[Mutant]:
    """Return all mutants of a file."""
    source = file.read_bytes()
    starts = [0, *(n + 1 for n, byte in enumerate(source) if byte == ord("\n"))]
    module = file.relative_to(ROOT / PACKAGE).as_posix()
    found = []
    for node in _code(ast.parse(source)):
        parts = [
            *_conditions(node),
            *((node, other) for change in (_expressions, _values, _statements) for other in change(node)),
        ]
        for old, new in parts:
            first = starts[old.lineno - 1] + old.col_offset  # type: ignore[attr-defined]
            last = starts[old.end_lineno - 1] + old.end_col_offset  # type: ignore[attr-defined]
            before, after = source[first:last].decode(), ast.unparse(ast.fix_missing_locations(new))
            after = f"({after})" if isinstance(new, ast.expr) else after
            text = (source[:first] + after.encode() + source[last:]).decode()
            found.append(Mutant(room, module, old.lineno, " ".join(before.split()), after, text))  # type: ignore[attr-defined]
    return found
