"""The source of the library as syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "counterpoise"
TESTS = Path(__file__).parents[1]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class File:
    path: Path

    @property
    def name(self) -> str:
        """The path below the package, such as data/sources/load.py."""
        return self.path.relative_to(SOURCE).as_posix()

    @property
    def room(self) -> str:
        """The first part of the name, such as data, or counts for counts.py."""
        return self.name.partition("/")[0].removesuffix(".py")

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text)))

    @property
    def imports(self) -> set[str]:
        """Full names of all that is imported, anywhere in the file."""
        plain = {alias.name for node in self.nodes if isinstance(node, ast.Import) for alias in node.names}
        return plain | {
            name for node in self.nodes if isinstance(node, ast.ImportFrom) for name in named(node)
        }

    @property
    def rooms(self) -> set[str]:
        """The other rooms of the library that the file imports from."""
        ours = {name.split(".")[1] for name in self.imports if name.startswith("counterpoise.")}
        return ours - {self.room}

    @property
    def functions(self) -> Iterator[Function]:
        return (node for node in self.nodes if isinstance(node, Function))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))


def named(node: ast.ImportFrom) -> Iterator[str]:
    assert not node.level, "imports are absolute"
    return (f"{node.module}.{alias.name}" for alias in node.names)


def files() -> list[File]:
    found = [File(path) for path in sorted(SOURCE.rglob("*.py"))]
    assert len(found) > 80, "the source was not found"
    return found
