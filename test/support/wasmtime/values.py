"""Values of the component model as JSON, under the names that JavaScript gives them.

Bytes are {"bytes": base64} and 64-bit integers {"bigint": decimal}, because JSON has neither. Absent options
are left out of records and null elsewhere.
"""

from __future__ import annotations

import base64
from typing import Any

from wasmtime import component as model

_SCALARS = {
    model.Bool: "bool",
    model.U8: "u8",
    model.S8: "s8",
    model.U16: "u16",
    model.S16: "s16",
    model.U32: "u32",
    model.S32: "s32",
    model.U64: "u64",
    model.S64: "s64",
    model.F32: "f32",
    model.F64: "f64",
    model.Char: "char",
    model.String: "string",
}

# Left to itself the binding guesses by class whether a Python value is the answer or the error, and takes any
# value for an absent option: `result<option<t>, e>` would never be an error. With this, results say which they are.
model._types.ResultType._tagged = lambda self: True


def camel(name: str) -> str:
    """The JavaScript name of a WIT name."""
    first, *rest = name.split("-")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def describe(kind: Any) -> str:
    """A type in the notation of the runner's table of signatures."""
    if kind is None:
        return "_"
    if type(kind) in _SCALARS:
        return _SCALARS[type(kind)]
    if isinstance(kind, model.ListType):
        return f"list<{describe(kind.element)}>"
    if isinstance(kind, model.OptionType):
        return f"option<{describe(kind.payload)}>"
    if isinstance(kind, model.ResultType):
        return f"result<{describe(kind.ok)},{describe(kind.err)}>"
    if isinstance(kind, model.TupleType):
        return f"tuple<{','.join(map(describe, kind.elements))}>"
    if isinstance(kind, model.EnumType):
        return f"enum({','.join(kind.names)})"
    if isinstance(kind, model.RecordType):
        return "{" + ",".join(f"{camel(name)}:{describe(field)}" for name, field in kind.fields) + "}"
    return type(kind).__name__


def describe_function(kind: model.FuncType) -> str:
    """A function's type in the same notation."""
    return f"({','.join(describe(param) for _, param in kind.params)})->{describe(kind.result)}"


def to_json(kind: Any, value: Any) -> Any:
    """What a guest gave, for JavaScript."""
    if isinstance(kind, model.OptionType):
        return None if value is None else to_json(kind.payload, value)
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(kind, (model.U64, model.S64)):
        return {"bigint": str(value)}
    if isinstance(kind, model.ListType):
        element = kind.element
        return [to_json(element, item) for item in value]
    if isinstance(kind, model.TupleType):
        return [to_json(element, item) for element, item in zip(kind.elements, value)]
    if isinstance(kind, model.RecordType):
        fields = ((camel(name), to_json(field, getattr(value, name))) for name, field in kind.fields)
        return {name: field for name, field in fields if field is not None}
    return value


def from_json(kind: Any, value: Any) -> Any:
    """What JavaScript gave, for a guest."""
    if isinstance(kind, model.OptionType):
        return None if value is None else from_json(kind.payload, value)
    if isinstance(value, dict) and "bytes" in value:
        return base64.b64decode(value["bytes"])
    if isinstance(value, dict) and "bigint" in value:
        return int(value["bigint"])
    if isinstance(kind, (model.F32, model.F64)):
        return float(value)
    if isinstance(kind, model.ListType):
        element = kind.element
        return [from_json(element, item) for item in value]
    if isinstance(kind, model.TupleType):
        return tuple(from_json(element, item) for element, item in zip(kind.elements, value))
    if isinstance(kind, model.RecordType):
        record = model.Record()
        for name, field in kind.fields:
            setattr(record, name, from_json(field, value.get(camel(name))))
        return record
    return value


def result_from_json(kind: Any, answer: dict[str, Any]) -> Any:
    """What a host function answered: {"ok": value}, or {"err": error} where its type has one."""
    if not isinstance(kind, model.ResultType):
        return None if kind is None else from_json(kind, answer.get("ok"))
    tag = "err" if "err" in answer else "ok"
    payload = kind.err if tag == "err" else kind.ok
    return model.Variant(tag, None if payload is None else from_json(payload, answer.get(tag)))
