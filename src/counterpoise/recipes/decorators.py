"""What makes a function a recipe or a modifier: facts about where it applies, and a check of what it built."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from counterpoise.data.data import Facts
from counterpoise.errors import InputError
from counterpoise.recipes.dry_run import dry_run
from counterpoise.training.stage import Call, Claim, Experiment


@dataclass(frozen=True)
class Word:
    """A recipe or a modifier, as the command line knows it.

    Attributes:
        name: of the function.
        role: "recipe" or "modifier".
        function: what builds the experiment.
        tasks: the tasks it is for.
        claim: published numbers.
    """

    name: str
    role: Literal["recipe", "modifier"]
    function: Callable[..., Experiment]
    tasks: tuple[str, ...]
    claim: tuple[Claim, ...]

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]


def recipe(
    *, task: str | tuple[str, ...], claim: tuple[Claim, ...] = ()
) -> Callable[[Callable], Callable[..., Experiment]]:
    """Make ``f(data, *, ...) -> Experiment`` a recipe.

    The experiment remembers the call with all effective arguments, and is refused with the reason if it cannot
    run: see `dry_run`.

    Args:
        task: the task of the data it needs, or several.
        claim: published numbers of this recipe.

    Raises:
        InputError: the recipe makes no sense on these data or with these arguments.
    """
    tasks = (task,) if isinstance(task, str) else task

    def decorate(function: Callable) -> Callable[..., Experiment]:
        @functools.wraps(function)
        def build(data: Any, **options: Any) -> Experiment:
            require_task(build.word, data.facts)  # pyright: ignore
            arguments = effective_arguments(function, options)
            training = arguments.pop("training")
            inner = function(data, **options)
            call = Call(function.__name__, arguments)
            built = replace(inner, calls=(call,), claim=claim, training=training)
            if not inner.calls:
                dry_run(built)
            return built

        build.word = Word(function.__name__, "recipe", build, tasks, claim)  # pyright: ignore
        return build

    return decorate


def modifier(*, task: str | tuple[str, ...]) -> Callable[[Callable], Callable[..., Experiment]]:
    """Make ``f(experiment, *, ...) -> Experiment`` a modifier, like `recipe`.

    A modifier that reads a file writes its own call, with what it read in place of the path.

    Raises:
        InputError: the modifier makes no sense here, or was applied already.
    """
    tasks = (task,) if isinstance(task, str) else task

    def decorate(function: Callable) -> Callable[..., Experiment]:
        @functools.wraps(function)
        def build(experiment: Experiment, **options: Any) -> Experiment:
            require_task(build.word, experiment.data.facts)  # pyright: ignore
            if function.__name__ in (call.word for call in experiment.calls):
                raise InputError(f"{function.__name__} was applied twice; name it once")
            call = Call(function.__name__, effective_arguments(function, options))
            inner = function(experiment, **options)
            if inner.calls and inner.calls[-1].word == call.word:
                call = inner.calls[-1]
            built = replace(inner, calls=(*experiment.calls, call), claim=())
            dry_run(built)
            return built

        build.word = Word(function.__name__, "modifier", build, tasks, ())  # pyright: ignore
        return build

    return decorate


def require_task(word: Word, facts: Facts) -> None:
    """Refuse data of another task, and name the words that are for it."""
    if facts.task in word.tasks:
        return
    from counterpoise.recipes.words import all_words

    fitting = [one.name for one in all_words().values() if one.role == word.role and facts.task in one.tasks]
    hint = f"; {word.role}s for it are {', '.join(fitting)}" if fitting else ""
    raise InputError(
        f"{word.name} is for {' or '.join(word.tasks)}, but {facts.name} is data for {facts.task}{hint}"
    )


def effective_arguments(function: Callable, options: dict[str, Any]) -> dict[str, Any]:
    """All keyword arguments of a call, defaults included."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    unknown = set(options) - {parameter.name for parameter in parameters}
    if unknown:
        raise InputError(f"{function.__name__} has no option {sorted(unknown)[0]!r}")
    return {parameter.name: options.get(parameter.name, parameter.default) for parameter in parameters}
