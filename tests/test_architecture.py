"""The shape of the house: what import-linter cannot say about layers, sizes and names."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PORTAL = ROOT / "portal"
CODE = sorted(path for room in ("portal", "tests", "tools", "bench") for path in (ROOT / room).rglob("*.py"))
WRITTEN = {"", ".css", ".html", ".in", ".ini", ".js", ".json", ".mako", ".md", ".po", ".py", ".sh", ".toml", ".txt"}
UNREAD = {".git", "vendor", "__pycache__"}
ROOMS = ("portal", "templates", "static", "migrations", "tests", "tools", "bench", "deploy", "docs", ".ci")
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
PRIVATE_ROOMS = {"views", "tasks", "mails", "listeners"}
FACTORY_USERS = {"portal.whole", "portal.worker"}
MACHINE_PATH = re.compile(r"(?<![\w}).-])/(?:home|root|Users|opt|work|mnt)/\w")


def long_files(path: Path, text: str) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines > 300:
        yield f"{path}: {lines} lines"


def long_functions(path: Path, text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > 40:
                yield f"{path}: {node.name} has {lines} lines"


def modules_without_a_first_sentence(path: Path, text: str) -> Iterator[str]:
    if text and not re.match(r'"""[^"\n]*\.(?:"""|\n)', text):
        yield f"{path}: does not open with one sentence"


def vague_names(path: Path, text: str) -> Iterator[str]:
    if path.stem in VAGUE:
        yield f"{path}: a name that says nothing"


def legacy_queries(path: Path, text: str) -> Iterator[str]:
    """Find `Model.query` and `session.query()`, which SQLAlchemy and Flask-SQLAlchemy both call legacy."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr == "query":
            owner = ast.unparse(node.value)
            if re.search(r"(?:^|\.)(?:[A-Z]\w*|session(?:\(\))?)$", owner):
                yield f"{path}:{node.lineno}: {owner}.query"


def machine_paths(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), start=1):
        if MACHINE_PATH.search(line):
            yield f"{path}:{number}: {line.strip()}"


def everywhere(check: Callable[[Path, str], Iterator[str]], paths: list[Path]) -> list[str]:
    return [found for path in paths for found in check(path.relative_to(ROOT), path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    "check", [long_files, long_functions, modules_without_a_first_sentence, vague_names, legacy_queries]
)
def test_the_code_keeps_the_law_of(check):
    trespasses = everywhere(check, CODE)
    assert not trespasses, "\n".join(trespasses)


@pytest.mark.parametrize(
    ("check", "path", "text"),
    [
        (long_files, "portal/a.py", "x = 1\n" * 301),
        (long_functions, "portal/a.py", "def f():\n" + "    x = 1\n" * 40),
        (modules_without_a_first_sentence, "portal/a.py", "import os\n"),
        (modules_without_a_first_sentence, "portal/a.py", '"""No full stop"""\n'),
        (vague_names, "portal/utils.py", ""),
        (legacy_queries, "portal/a.py", "Customer.query.get(1)"),
        (legacy_queries, "portal/a.py", "models.Customer.query"),
        (legacy_queries, "portal/a.py", "db.session.query(Customer)"),
        (machine_paths, "docs/a.md", "See " + "/home" + "/ann/portal."),
        (machine_paths, "docs/a.md", "PATH=" + "/opt" + "/python/bin"),
    ],
)
def test_a_trespass_is_found_by(check, path, text):
    assert list(check(Path(path), text)) != []


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (legacy_queries, "statement = request.query_string; url.query; self.query"),
        (machine_paths, "https://demo.example/home/page and ../work/x and /usr/bin/chromium"),
        (modules_without_a_first_sentence, '"""One sentence.\n\nAnd more.\n"""\n'),
    ],
)
def test_what_is_allowed_is_not_found_by(check, text):
    assert list(check(Path("portal/a.py"), text)) == []


def test_no_file_knows_the_machine_it_was_written_on():
    files = [*ROOT.iterdir(), *(path for room in ROOMS for path in (ROOT / room).rglob("*"))]
    written = [path for path in files if path.is_file() and path.suffix in WRITTEN and not UNREAD & set(path.parts)]
    trespasses = everywhere(machine_paths, written)
    assert not trespasses, "\n".join(trespasses)


def test_the_locks_carry_hashes_and_name_no_index():
    locks = sorted(ROOT.glob("requirements*.txt"))
    assert len(locks) >= 2
    for lock in locks:
        text = lock.read_text()
        assert "://" not in text, lock.name
        assert "index" not in text, lock.name
        pinned = re.findall(r"^[\w.\[\],-]+==.*(?:\n .*)*", text, flags=re.MULTILINE)
        assert pinned, lock.name
        assert [entry for entry in pinned if "--hash=sha256:" not in entry] == [], lock.name


def test_private_rooms_are_entered_only_from_their_own_feature():
    graph = grimp.build_graph("portal")
    trespasses = [
        (importer, room)
        for room in graph.modules
        if PRIVATE_ROOMS & set(room.split(".")[2:3])
        for importer in graph.find_modules_that_directly_import(room)
        if importer not in ("portal", *FACTORY_USERS) and importer.split(".")[1] != room.split(".")[1]
    ]
    assert trespasses == []


def test_nobody_inside_imports_the_factory():
    graph = grimp.build_graph("portal")
    assert graph.find_modules_that_directly_import("portal") <= FACTORY_USERS
