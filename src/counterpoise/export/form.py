"""What a file format is able to do, and packages that only some formats need."""

import importlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from counterpoise.errors import InputError
from counterpoise.export.check import Run, checked
from counterpoise.export.served import Served


class Form(ABC):
    """A file format.

    Attributes:
        ending: of its files.
        packages: that must be there.
    """

    ending: str
    packages: Sequence[str] = ()

    @abstractmethod
    def content(self, served: Served) -> bytes:
        """The file, with the description in it."""

    @abstractmethod
    def run(self, content: bytes, served: Served) -> Run:
        """Answers of the file alone."""

    def exported(self, served: Served) -> tuple[bytes, float]:
        """The file, and how far its answers lie from those of PyTorch; see `checked`."""
        content = self.content(served)
        return content, checked(served, self.run(content, served))

    def require(self) -> None:
        """Refuse a machine without the packages.

        Raises:
            InputError: one is missing.
        """
        for package in self.packages:
            needed(package)


def needed(package: str) -> Any:
    """The package.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise InputError(
            f"this format needs the package {package}, which is not here; install it with: pip install {package}"
        ) from error
