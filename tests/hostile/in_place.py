"""Puts a defect into a portal that is loaded already, where its line is in the body of a function or is a constant."""

import ast
import gc
import inspect
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.hostile.defect import ROOT, Defect


class NotHere(Exception):
    """The line runs while its module is loaded: only a fresh process can tell what the mistake does."""


def spoil(defect: Defect) -> None:
    """Put a defect into this process, which is not to be used for anything else afterwards.

    Raises:
        NotHere: the defect is not in the body of a function, and no constant either.
    """
    right = defect.source()
    wrong = defect.spoil(right)
    file = str(ROOT / defect.file)
    module = sys.modules[defect.module]
    old, new = _compiled(right, file), _compiled(wrong, file)
    if _own(old) != _own(new):
        _set_constant(module, right, wrong)
        return
    functions = _functions(file)
    for before, after, is_there in _changed(old, new):
        found = functions.get((before.co_qualname, before.co_firstlineno), [])
        if (is_there and not found) or (found and before.co_freevars != after.co_freevars):
            raise NotHere(before.co_qualname)
        for function in found:
            function.__code__ = after


def _compiled(source: str, file: str) -> CodeType:
    return compile(source, file, "exec", dont_inherit=True)


def _changed(old: CodeType, new: CodeType, *, is_there: bool = True) -> Iterator[tuple[CodeType, CodeType, bool]]:
    """The functions that differ, each as it is and as it is to be, and whether it must have been made already."""
    before, after = _inner(old), _inner(new)
    if [one.co_qualname for one in before] != [one.co_qualname for one in after]:
        if is_there:
            raise NotHere(old.co_qualname)
        return  # a function that was changed has what it needs within
    for one, other in zip(before, after, strict=True):
        if _whole(one) == _whole(other):
            continue
        is_function = bool(one.co_flags & inspect.CO_NEWLOCALS)
        if not is_function and _own(one) != _own(other):
            raise NotHere(one.co_qualname)
        if is_function:
            yield one, other, is_there
        yield from _changed(one, other, is_there=is_there and not is_function)


def _inner(code: CodeType) -> list[CodeType]:
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def _own(code: CodeType) -> tuple[Any, ...]:
    """What a piece of code does by itself, whatever stands in the functions within."""
    told = [repr(one) for one in code.co_consts if not isinstance(one, CodeType)]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, told


def _whole(code: CodeType) -> tuple[Any, ...]:
    return _own(code), [_whole(one) for one in _inner(code)]


def _functions(file: str) -> dict[tuple[str, int], list[FunctionType]]:
    """Every function of a file that there is, also behind decorators."""
    gc.unfreeze()
    found: dict[tuple[str, int], list[FunctionType]] = {}
    for one in gc.get_objects():
        if type(one) is FunctionType and one.__code__.co_filename == file:
            found.setdefault((one.__code__.co_qualname, one.__code__.co_firstlineno), []).append(one)
    return found


def _set_constant(module: ModuleType, right: str, wrong: str) -> None:
    """Give a name of a module its wrong value, wherever it was imported."""
    before, after = ast.parse(right).body, ast.parse(wrong).body
    differing = [(one, other) for one, other in zip(before, after, strict=False) if ast.dump(one) != ast.dump(other)]
    if len(before) != len(after) or len(differing) != 1:
        raise NotHere(module.__name__)
    line = differing[0][1]
    if not isinstance(line, ast.Assign | ast.AnnAssign):
        raise NotHere(module.__name__)
    targets = line.targets if isinstance(line, ast.Assign) else [line.target]
    names = [one.id for one in targets if isinstance(one, ast.Name)]
    held = {name: vars(module)[name] for name in names}
    exec(compile(ast.Module([line], []), str(module.__file__), "exec"), vars(module))  # noqa: S102 - our own
    for other in [one for name, one in sys.modules.items() if name.startswith("portal.")]:
        for name, value in held.items():
            if vars(other).get(name) is value:
                setattr(other, name, vars(module)[name])
