"""Read source as syntax: modules, imports, functions, sizes. Facts only; test_house_rules.py judges them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar, ast.Match)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True)
class Module:
    """One source file: `path` is relative to the root, `name` is how it is imported."""

    path: str
    name: str
    tree: ast.Module
    line_count: int


@dataclass(frozen=True)
class Import:
    """One imported thing by its absolute dotted name; `from a.b import c` is `a.b.c`."""

    name: str
    line: int


@dataclass(frozen=True)
class Function:
    """A function or method at any depth; `name` is qualified by its classes and functions."""

    name: str
    node: FunctionNode
    is_method: bool

    @property
    def line(self) -> int:
        return self.node.lineno


def parse_module(path: str, text: str) -> Module:
    parts = list(Path(path).with_suffix("").parts)
    if parts[-1] == "__init__":
        parts.pop()
    return Module(path, ".".join(parts), ast.parse(text, path), text.count("\n"))


def read_modules(root: Path, folders: tuple[str, ...]) -> list[Module]:
    files = sorted(file for folder in folders for file in (root / folder).rglob("*.py"))
    return [parse_module(file.relative_to(root).as_posix(), file.read_text("utf-8")) for file in files]


def imports(module: Module) -> Iterator[Import]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = _origin(module, node)
            yield from (Import(f"{origin}.{alias.name}", node.lineno) for alias in node.names)


def _origin(module: Module, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    drop = node.level - module.path.endswith("__init__.py")
    package = module.name.split(".")[: len(module.name.split(".")) - drop]
    return ".".join([*package, *([node.module] if node.module else [])])


def import_cycle(modules: list[Module]) -> list[str]:
    """Give one cycle of module names, or an empty list."""
    known = {module.name for module in modules}
    graph = {module.name: _imported_modules(module, known) for module in modules}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _imported_modules(module: Module, known: set[str]) -> set[str]:
    targets = {_longest_known(item.name, known) for item in imports(module)}
    return targets - {"", module.name}


def _longest_known(name: str, known: set[str]) -> str:
    while name and name not in known:
        name = name.rpartition(".")[0]
    return name


def functions(module: Module) -> Iterator[Function]:
    yield from _functions_in(module.tree, "", in_class=False)


def _functions_in(node: ast.AST, prefix: str, *, in_class: bool) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FunctionNode):
            yield Function(prefix + child.name, child, in_class)
            yield from _functions_in(child, f"{prefix}{child.name}.", in_class=False)
        elif isinstance(child, ast.ClassDef):
            yield from _functions_in(child, f"{prefix}{child.name}.", in_class=True)
        else:
            yield from _functions_in(child, prefix, in_class=in_class)


def body_lines(node: FunctionNode) -> int:
    """Count the lines from the first statement after the docstring to the last."""
    statements = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


def nesting(node: ast.AST) -> int:
    """Give the depth of blocks in a function; an `elif` is no deeper than its `if`."""
    children = [child for child in ast.iter_child_nodes(node) if not isinstance(child, SCOPES)]
    return max((nesting(child) + _adds_depth(node, child) for child in children), default=0)


def _adds_depth(parent: ast.AST, child: ast.AST) -> bool:
    is_elif = isinstance(parent, ast.If) and isinstance(child, ast.If) and parent.orelse == [child]
    return isinstance(child, BLOCKS) and not is_elif


def positional_parameters(function: Function) -> list[str]:
    arguments = function.node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    return names[1:] if function.is_method and names[:1] in (["self"], ["cls"]) else names


def parameter_count(function: Function) -> int:
    return len(positional_parameters(function)) + len(function.node.args.kwonlyargs)


def undocumented(module: Module) -> Iterator[tuple[str, int]]:
    """Give the public module, classes, functions and methods that have no docstring."""
    if ast.get_docstring(module.tree) is None:
        yield module.path, 1
    yield from _undocumented_in(module.tree, "", inherits=False)


def _undocumented_in(
    node: ast.Module | ast.ClassDef, prefix: str, *, inherits: bool
) -> Iterator[tuple[str, int]]:
    for child in node.body:
        if not isinstance(child, FunctionNode | ast.ClassDef) or child.name.startswith("_"):
            continue
        is_class = isinstance(child, ast.ClassDef)
        if ast.get_docstring(child) is None and (is_class or not inherits):
            yield prefix + child.name, child.lineno
        if isinstance(child, ast.ClassDef):
            yield from _undocumented_in(child, f"{child.name}.", inherits=bool(child.bases))


def dotted(node: ast.AST) -> str:
    """Write `a.b.c` for a chain of names, or an empty string for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def calls(module: Module) -> Iterator[tuple[str, int]]:
    """Give every call by the dotted name of what is called; `x().read()` is `.read`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            yield dotted(node.func), node.lineno


def broad_excepts(module: Module) -> Iterator[int]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            yield node.lineno


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_is_broad(item) for item in caught.elts)
    return caught is None or dotted(caught).rpartition(".")[2] in {"Exception", "BaseException"}
