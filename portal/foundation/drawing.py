"""How Jinja draws pages here: what a template prints is escaped to plain text, and what all may use is shared.

Most of a page's work is Jinja's own bookkeeping: a marked string for each value that is printed, a look for marks on
everything that is called, a chain of dictionaries at every import. None of it is seen in a page.
"""

from collections.abc import MutableMapping
from typing import Any

import flask.templating
import jinja2.runtime
from jinja2 import nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import EvalContext
from jinja2.runtime import Macro
from markupsafe import (  # type: ignore[attr-defined]  # it does not name the half of `escape` that marks nothing
    Markup,
    _escape_inner,
)

OF_THE_BLOCK = ("_block_vars", "_loop_vars")  # handed to every call in a template, for functions that take the context
TEXT = "printed_text"  # the name of `text` in every template


def text(value: Any) -> str:
    """A value as a page prints it: escaped unless it is marked as safe, and not marked itself."""
    if type(value) is str:
        return _escape_inner(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    return _escape_inner(str(value))


class Generator(CodeGenerator):
    """Writes templates that print by `text`: what is printed is joined at once, and nobody asks whether it is safe."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
            return
        self.write(f"{TEXT}(")
        if finalize.src is not None:
            self.write(finalize.src)

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's name
        """A whole template, with `text` at hand."""
        self.writeline(f"from {__name__} import text as {TEXT}")
        super().visit_Template(node, frame)


class Context(jinja2.runtime.Context):
    """Calls macros at once: Jinja looks for marks on everything that is called, and most of a page is macros."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        """What a macro or a function makes of its arguments."""
        if type(called) is not Macro:
            return super().call(called, *args, **kwargs)
        for name in OF_THE_BLOCK:
            kwargs.pop(name, None)
        return called(self.eval_ctx, *args, **kwargs)


class Environment(flask.templating.Environment):
    """Has templates share one dictionary of what all may use.

    Jinja chains a second one for each before it, and walks through both at every import of macros: an eighth of a page.
    """

    code_generator_class = Generator
    context_class = Context

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template may use besides what it is rendered with."""
        return super().make_globals(d) if d else self.globals


@pass_eval_context
def untranslated(place: EvalContext, words: str, /, **variables: object) -> str:
    """Words as they stand in a template; the extension's own way there goes through four functions a word."""
    # What a template says is trusted; what it fills in is escaped by the operator.
    return (Markup(words) if place.autoescape else words) % variables  # noqa: S704 - see above
