"""Compiling a kernel that other kernels call: numba does it without machine code of its own.

numba optimises every function, emits its machine code with a wrapper for Python and one for C, and does it all again in every
caller, which contains it. What only kernels call is therefore kept as a part: typed and translated once, and optimised
and emitted where it ends up, in the kernel that Python calls. That is a third of the work, and the same results.

Of the two times that numba optimises what Python calls, the first is left, which puts all parts into one function. The second
took a quarter of all compiling, and days were not lived faster: they wait for memory.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import IntEnum
from functools import cache, partial
from hashlib import blake2b
from types import CodeType
from typing import TYPE_CHECKING, Any, ClassVar, Final
from weakref import ref

import numba
import numpy as np
from llvmlite.binding import Linkage, parse_assembly
from numba.core import cgutils, typed_passes, types, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)

from comity.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

_WATCHERS: list[Callable[[], object]] = []


@contextmanager
def watched(tell: Callable[[], object]) -> Iterator[None]:
    """Call ``tell`` whenever a part has been compiled."""
    _WATCHERS.append(tell)
    try:
        yield
    finally:
        _WATCHERS.remove(tell)


class _Part(JITCodeLibrary):
    """Code that its callers take in: linked with what it calls itself, and nothing more."""

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            code = library._get_module_for_linking()  # noqa: SLF001
            self._final_module.link_in(code, preserve=True)
        self._finalized = True


class _Whole(JITCodeLibrary):
    """Code that Python calls, optimised once."""

    def serialize_using_object_code(self) -> Any:
        """Return the machine code and the names in it.

        numba keeps all that it was made from, for others to take in. Nobody does, and to read it took a fifth of a short run.
        """
        self._ensure_finalized()
        here = (f.name for f in self._final_module.functions if not f.is_declaration)
        names = "\n".join(f'define void @"{name}"() {{ ret void }}' for name in here)
        return self.name, "object", (self._get_compiled_object(), parse_assembly(names).as_bitcode())

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage == Linkage.linkonce_odr and b"noinline" not in {*function.attributes}:
                function.add_function_attribute("alwaysinline")
        usual = {"opt": 0, "loop_vectorize": False, "slp_vectorize": False, "cost": "cheap"}
        manager, builder = self._codegen._module_pass_manager(**usual)  # noqa: SLF001
        manager.add_dead_code_elimination_pass()
        manager.add_global_dead_code_eliminate_pass()
        manager.run(self._final_module, builder)


@register_pass(mutates_CFG=True, analysis_only=False)
class _WholeLowering(NativeLowering):
    """Translation to LLVM's language, and from there to machine code."""

    _name = "whole_lowering"

    def run_pass(self, state: Any) -> bool:
        state.library = _Whole(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return bool(super().run_pass(state))


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(NativeLowering):
    """Translation to LLVM's language that leaves out the machine code."""

    _name = "part_lowering"

    def run_pass(self, state: Any) -> bool:
        context = state.targetctx
        state.library = _Part(context.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        lowered = state["cr"]
        key: Any = [].append  # numba looks functions up by something that Python could call; here nobody does
        context.insert_user_function(key, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=key)
        for tell in _WATCHERS:
            tell()
        return True


class _Typing:
    """numba's knowledge of types, which remembers what an operation on numbers comes to: it would try every meaning each time."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._known: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    def resolve_function_type(self, function: Any, args: Any, kws: Any) -> Any:
        """Return the signature that is called for these types."""
        if (
            kws
            or not isinstance(function, types.Function)
            or not all(isinstance(a, types.Number) for a in args)
        ):
            return self._context.resolve_function_type(function, args, kws)
        asked = (function, args)
        if asked not in self._known:
            self._known[asked] = self._context.resolve_function_type(function, args, kws)
        return self._known[asked]


_SPECIAL: Final = {
    untyped_passes.WithLifting,
    untyped_passes.InlineClosureLikes,
    untyped_passes.MakeFunctionToJitFunction,
    untyped_passes.LiteralUnroll,
    typed_passes.NopythonRewrites,
}
"""Steps for functions within functions, contexts, ``literal_unroll`` and expressions of whole arrays, a tenth of the work."""


def _plain(code: CodeType) -> bool:
    """Return whether a function has nothing for the special steps to do; whole arrays would allocate."""
    inner = any(isinstance(constant, CodeType) for constant in code.co_consts)
    return not inner and not {"literal_unroll", "objmode"} & {*code.co_names, *code.co_freevars}


def _with_lowering(pipelines: list[Any], lowering: Any, left_out: set[Any]) -> list[Any]:
    """Put another step in the place of numba's own translation, and leave some out."""
    for pipeline in pipelines:
        pipeline.passes = [
            (lowering if step is NativeLowering else step, text)
            for step, text in pipeline.passes
            if step not in left_out
        ]
    return pipelines


class _WholeCompiler(Compiler):
    """numba's compiler with `_WholeLowering` in the place of its own."""

    def define_pipelines(self) -> list[Any]:
        return _with_lowering(super().define_pipelines(), _WholeLowering, set())


class _PartCompiler(Compiler):
    """numba's compiler with `_PartLowering` in the place of its own."""

    typing: ClassVar[_Typing | None] = None

    def __init__(self, typingctx: Any, *rest: Any) -> None:
        kind = type(self)
        kind.typing = kind.typing or _Typing(typingctx)
        super().__init__(kind.typing, *rest)

    def define_pipelines(self) -> list[Any]:
        left_out = _SPECIAL if _plain(self.state.func_id.code) else set()
        return _with_lowering(super().define_pipelines(), _PartLowering, left_out)


class Part(types.Dispatcher):
    """A function as a part of the kernels that call it, and that it is compiled and inlined with.

    Whole numbers of up to 32 bits and literal ones are handed over as numbers of 64, so that a function is compiled once: the
    columns of tables are of many widths.
    """

    def __init__(self, function: Any, **options: Any) -> None:
        bare: Any = {"forceinline": True, "no_cpython_wrapper": True, **options}
        self.code = numba.njit(pipeline_class=_PartCompiler, **bare)(function)
        super().__init__(self.code)

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        """Return the signature that is called for these types."""
        return super().get_call_type(context, tuple(map(_wide, args)), kws)


register_model(Part)(models.OpaqueModel)


_NARROW = {types.int8, types.int16, types.int32, types.uint8, types.uint16, types.uint32}


def _wide(literal: Any) -> Any:
    """Return the type as which something of a type is handed over."""
    of: Any = types.unliteral(literal)
    return types.int64 if of in _NARROW else of


class Record(types.Type):
    """A named tuple that is handed from kernel to kernel as the address of its fields.

    numba would hand over every number that makes up every array, 278 for the state of a run.
    """

    def __init__(self, values: types.NamedTuple) -> None:
        self.values = values
        # All of it would be part of the name of every function.
        said = repr((values.fields, values.types)).encode()
        super().__init__(f"{values.instance_class.__name__}_{blake2b(said, digest_size=8).hexdigest()}")


@register_model(Record)
class _Address(models.PrimitiveModel):
    def __init__(self, manager: Any, of: Record) -> None:
        super().__init__(manager, of, manager.lookup(of.values).get_value_type().as_pointer())


@infer_getattr
class _Fields(AttributeTemplate):
    key = Record

    def generic_resolve(self, of: Record, name: str) -> Any:  # type: ignore[override]
        """Return the type of a field, or None if there is no such field."""
        return dict(zip(of.values.fields, of.values.types, strict=True)).get(name)


@lower_getattr_generic(Record)
def _field(_context: Any, builder: Any, of: Record, address: Any, name: str) -> Any:
    """Read a field at the address."""
    return builder.load(cgutils.gep_inbounds(builder, address, 0, of.values.fields.index(name)))


_KNOWN: Final[dict[tuple[int, ...], tuple[bytes, list[ref[Any]]]]] = {}
"""What was laid down, by the identity of its arrays, for as long as all of them live: a run has the same ones every day."""


def _laid_down(values: Any) -> bytes:
    """Return arrays as kernels see them: no owners, which nobody counts, then size, address, shape and strides."""
    key = tuple(map(id, values))
    if (known := _KNOWN.get(key)) is None:
        forget = partial(_KNOWN.pop, key, None)
        known = _KNOWN[key] = _lay_down(values), [ref(array, lambda _: forget()) for array in values]
    return known[0]


def _lay_down(values: Any) -> bytes:
    laid: list[int] = []
    for array in values:
        address, _ = array.__array_interface__["data"]
        laid += (0, 0, array.size, array.itemsize, address, *array.shape, *array.strides)
    return np.array(laid, np.int64).tobytes()


@unbox(Record)
def _from_python(of: Record, value: Any, c: Any) -> Any:
    """Lay the fields down for the time of one call; numba's own way is machine code for each number, in every kernel."""
    python, builder = c.pyapi, c.builder
    lay_down = python.unserialize(python.serialize_object(_laid_down))
    laid = python.call_function_objargs(lay_down, (value,))
    python.decref(lay_down)
    failed = cgutils.is_null(builder, laid)
    address = cgutils.alloca_once_value(builder, cgutils.get_null_value(c.context.get_value_type(of)))
    with builder.if_then(builder.not_(failed)):
        where = builder.bitcast(python.bytes_as_string(laid), c.context.get_value_type(of))
        builder.store(where, address)
    return NativeValue(builder.load(address), is_error=failed, cleanup=lambda: python.decref(laid))


_ARRAYS: Final[dict[object, Any]] = {}


def _type_of(array: NDArray[Any], context: Any) -> Any:
    """Return numba's type of an array; it would go through all columns of every table for every kernel."""
    flags = array.flags
    layout = type(array), array.ndim, flags.c_contiguous, flags.f_contiguous, flags.writeable, flags.aligned
    kind = array.dtype, *layout
    if kind not in _ARRAYS:
        _ARRAYS[kind] = typeof_impl(array, context)
    return _ARRAYS[kind]


@cache
def _members(enumeration: type[IntEnum]) -> Any:
    return numba.typeof(enumeration).member_type


@typeof_impl.register(IntEnum)
def _(member: IntEnum, _: Any) -> Any:
    """Say of what type a member is, which numba finds out anew from all members, in a quarter of a millisecond."""
    return _members(type(member))


def _register(tuple_class: type[Any]) -> None:
    """Tell numba to hand a class of named tuples over as an address."""

    @typeof_impl.register(tuple_class)
    def _(values: Any, context: Any) -> Record:
        return Record(types.NamedTuple([_type_of(value, context) for value in values], tuple_class))


_OPTIONS: Final = {"error_model": "numpy", "nogil": True, "_nrt": False, "no_cfunc_wrapper": True}
"""Kernels allocate nothing, so reference counting is switched off: its atomic operations on the many arrays of the state would
cost up to ten times the work itself."""


def whole(function: Any, records: list[type]) -> Any:
    """Return what Python calls of a kernel: machine code with a wrapper, which is kept on disk.

    Args:
        function: the kernel.
        records: classes of named tuples that go to kernels as an address, and that numba has not been told of; none are left.
    """
    while records:
        _register(records.pop())
    options: Any = _OPTIONS
    compiled: Any = numba.njit(pipeline_class=_WholeCompiler, **options)(function)
    compiled._cache = Kept(function)  # noqa: SLF001 - numba has no other way to it
    return compiled


@cache
def pause() -> Any:
    """Return the system's own function that lets other threads go on, for kernels."""
    found: Any = types.ExternalFunction(
        "SwitchToThread" if sys.platform == "win32" else "sched_yield", types.int32()
    )
    found.__name__ = found.symbol
    return found


def _fence(_context: Any) -> Any:
    """Let nothing that is read or written after this be so before it, as other threads see it."""

    def put(context: Any, builder: Any, _signature: Any, _arguments: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), put


fence: Any = intrinsic(_fence)
fence.py_func = _fence  # by which code that is kept on disk is told apart


def part(function: Any) -> Part:
    """Return what kernels call of a kernel."""
    return Part(function, **_OPTIONS)
