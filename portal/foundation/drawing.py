"""How Jinja draws pages here: what a template prints is escaped to plain text, and what all may use is shared.

Most of a page's work is Jinja's own bookkeeping: a marked string for each value that is printed, a look for marks on
everything that is called, a chain of dictionaries at every import. None of it is seen in a page. What is the same on
every page, such as words that nobody translates and icons, is put into the templates when they are compiled.
"""

import re
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from types import CodeType
from typing import Any

import flask.templating
import jinja2.runtime
from jinja2 import nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import EvalContext
from jinja2.runtime import Macro
from jinja2.visitor import NodeTransformer
from markupsafe import (  # type: ignore[attr-defined]  # it does not name the half of `escape` that marks nothing
    Markup,
    _escape_inner,
)

from portal.foundation import trimming
from portal.foundation.text import locale

OF_THE_BLOCK = ("_block_vars", "_loop_vars")  # handed to every call in a template, for functions that take the context
TEXT = "printed_text"  # the name of `text` in every template
KEPT = 256  # pieces of pages that are remembered
ICONS = "components/icons.html"
FIRST_GAP, LAST_GAP = 0xE000, 0xE0FF  # characters that no font has: they stand for words that are put in later
GAPS = re.compile(f"[{chr(FIRST_GAP)}-{chr(LAST_GAP)}]")

Known = Callable[..., nodes.Expr]  # what a call with constant arguments comes to


def text(value: Any) -> str:
    """A value as a page prints it: escaped unless it is marked as safe."""
    kind = type(value)
    if kind is str:
        return _escape_inner(value)
    if kind is Markup:  # what a macro drew: joining the pieces takes the mark off without another copy
        return value  # type: ignore[no-any-return]  # its type was asked for
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
        if type(called) is not Macro and called is not untranslated:
            return super().call(called, *args, **kwargs)
        for name in OF_THE_BLOCK:
            kwargs.pop(name, None)
        return called(self.eval_ctx, *args, **kwargs)


class Folding(NodeTransformer):
    """Puts what a call with constant arguments comes to in its place, for the functions that are known by name."""

    def __init__(self, known: dict[str, Known]) -> None:
        self.known = known

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        """A call, or what it comes to."""
        self.generic_visit(node)
        known = self.known.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if known is None or node.kwargs or node.dyn_args or node.dyn_kwargs:
            return node
        values = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
        return known(*values) if len(values) == len(node.args) else node


class Environment(flask.templating.Environment):
    """Has templates share one dictionary of what all may use, and folds what is the same on every page.

    Jinja chains a second one for each before it, and walks through both at every import of macros: an eighth of a page.
    """

    code_generator_class = Generator
    context_class = Context

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - as Jinja calls it
    ) -> str:
        known: dict[str, Known] = {} if name == ICONS else {"icon": self._drawn("icon"), "mark": self._drawn("mark")}
        if self.globals.get("_") is untranslated:
            known |= {"_": _as_it_stands, "gettext": _as_it_stands}
        return super()._generate(Folding(known).visit(source), name, filename, defer_init)

    def _compile(self, source: str, filename: str) -> CodeType:
        code = super()._compile(source, filename)
        trimming.trim_later()  # the trees that it was made of are megabytes
        return code

    def _drawn(self, name: str) -> Known:
        def draw(*values: object) -> nodes.Expr:
            macro = getattr(self.get_template(ICONS).module, name)
            return nodes.MarkSafe(nodes.Const(str(macro(*values))))

        return draw

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template may use besides what it is rendered with."""
        return super().make_globals(d) if d else self.globals


def drawer() -> Callable[..., str]:
    """A function that calls a macro with arguments, and remembers what it drew.

    For what many pages show alike, such as a list to choose from. The arguments must tell all that the macro draws, and
    that they are the same: tuples, no lists. What an address brings must not be among them, unless it was recognised.
    """

    @lru_cache(maxsize=KEPT)
    def draw(macro: Macro, language: str, given: tuple[Any, ...], named: tuple[tuple[str, Any], ...]) -> str:
        del language  # a macro asks for it by itself
        return str(macro(*given, **dict(named)))

    def drawn(macro: Macro, /, *given: Any, **named: Any) -> str:
        return Markup(draw(macro, locale(), given, tuple(named.items())))  # noqa: S704 - a macro escaped it

    return drawn


@dataclass(frozen=True)
class Stencil:
    """What a macro drew with gaps for words: `order` takes those that it has a place for, and where it has it."""

    text: str
    order: Callable[[Sequence[str]], object]

    def filled(self, words: Sequence[str]) -> str:
        """What it would have drawn of these words, which are escaped."""
        return self.text % self.order(words)


def gaps() -> Iterator[str]:
    """What stands for the first word, the second one and so on, when a macro draws a stencil."""
    return map(chr, range(FIRST_GAP, LAST_GAP + 1))


def stencil(drawn: str) -> Stencil:
    """The stencil that a macro drew of `gaps`: at least two of them, as one alone would not be taken apart."""
    places = [ord(gap) - FIRST_GAP for gap in GAPS.findall(drawn)]
    return Stencil(GAPS.sub("%s", str(drawn).replace("%", "%%")), itemgetter(*places))


def _as_it_stands(words: str) -> nodes.Expr:
    return nodes.MarkSafeIfAutoescape(nodes.Const(words % {}))


@pass_eval_context
def untranslated(place: EvalContext, words: str, /, **variables: object) -> str:
    """Words as they stand in a template; the extension's own way there goes through four functions a word."""
    # What a template says is trusted; what it fills in is escaped by the operator.
    return (Markup(words) if place.autoescape else words) % variables  # noqa: S704 - see above
