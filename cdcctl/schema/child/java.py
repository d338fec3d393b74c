"""What is needed of Java beside the connectors' classes: maps, non-public members, exceptions as data."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import jpype

# A driver gets no further with more: the causes that matter are the first and the last.
_CAUSES = 8


@functools.cache
def java_class(name: str) -> Any:
    """The class of that name.

    :raises jpype.JException: it is not on the class path.
    """
    # Python's other threads go on while it initializes itself, which they do not in JClass.
    jpype.JClass("java.lang.Class").forName(name)
    return jpype.JClass(name)


def has_class(name: str) -> bool:
    """Whether the class path has the class."""
    try:
        java_class(name)
    except (TypeError, jpype.JException):
        return False
    return True


def java_map(values: Mapping[str, Any]) -> Any:
    """A ``java.util.HashMap``."""
    made = java_class("java.util.HashMap")()
    for key, value in values.items():
        made.put(key, value)
    return made


def sub_properties(config: Mapping[str, str], prefix: str) -> dict[str, str]:
    """The properties below a prefix, without it."""
    return {key[len(prefix) :]: value for key, value in config.items() if key.startswith(prefix)}


def call(owner: Any, name: str, *arguments: Any) -> Any:
    """Call a method of an object that need not be public."""
    owners_class: Any = type(owner)
    return member(owners_class, name, len(arguments)).invoke(owner, list(arguments))


@functools.cache
def member(owner: Any, name: str, parameters: int | None = None) -> Any:
    """A method of a class or of one it extends, made accessible; ``parameters`` is how many it takes.

    :raises AttributeError: there is none.
    """
    searched = owner.class_
    while searched is not None:
        for method in searched.getDeclaredMethods():
            if str(method.getName()) == name and parameters in (None, len(method.getParameterTypes())):
                method.setAccessible(True)
                return method
        searched = searched.getSuperclass()
    raise AttributeError(f"{owner} has no method {name}")


@functools.cache
def constructor(owner: Any) -> Any:
    """The first constructor of a class, made accessible."""
    found = owner.class_.getDeclaredConstructors()[0]
    found.setAccessible(True)
    return found


def described(error: Any) -> dict[str, Any]:
    """A Java exception as data: class, message, and its causes outermost first.

    What reflection wraps around an exception is taken off.
    """
    if not isinstance(error, java_class("java.lang.Throwable")):
        return {"class": type(error).__name__, "message": str(error), "causes": []}
    while isinstance(error, java_class("java.lang.reflect.InvocationTargetException")) and error.getCause():
        error = error.getCause()
    chain: list[dict[str, Any]] = []
    while error is not None and len(chain) < _CAUSES:
        chain.append(_summary(error))
        # MultipleParsingExceptions says itself only that they are several.
        chain += [_summary(each) for each in error.getErrors()] if hasattr(error, "getErrors") else []
        error = error.getCause()
    return {**chain[0], "causes": chain[1:]}


def _summary(error: Any) -> dict[str, Any]:
    return {"class": str(error.getClass().getName()), "message": str(error.getMessage() or "")}
