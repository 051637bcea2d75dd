"""How numba compiles a kernel that other kernels call: without machine code of its own.

numba optimises every function, emits its machine code with a wrapper for Python and one for C, and does it all again in every
caller, which contains it. What only kernels call is therefore kept as a part: typed and translated once, and optimised
and emitted where it ends up, in the kernel that Python calls. That is a third of the work, and the same results.
"""

from __future__ import annotations

from typing import Any

import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import NativeLowering


class _Part(JITCodeLibrary):
    """Code that its callers take in: linked with what it calls itself, and nothing more."""

    def finalize(self) -> None:
        for library in dict.fromkeys(self._linking_libraries):
            code = library._get_module_for_linking()  # noqa: SLF001
            self._final_module.link_in(code, preserve=True)
        self._finalized = True


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
        return True


class _PartCompiler(Compiler):
    """numba's compiler with `_PartLowering` in the place of its own."""

    def define_pipelines(self) -> list[Any]:
        pipelines: list[Any] = super().define_pipelines()
        for pipeline in pipelines:
            pipeline.passes = [
                (_PartLowering if step is NativeLowering else step, text) for step, text in pipeline.passes
            ]
        return pipelines


def part(function: Any, **options: Any) -> Any:
    """Return ``function`` as a part of the kernels that call it, and that it is compiled and inlined with."""
    bare: Any = {"forceinline": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    return numba.njit(pipeline_class=_PartCompiler, **bare, **options)(function)
