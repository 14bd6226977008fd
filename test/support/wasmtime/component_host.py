"""Runs components in Wasmtime, between what the official runner links.

One JSON message a line. On standard input:

    {"load": path}                          compiles a component; it takes the place of the one before
    {"run": [request, ...], "fresh": bool}  calls `handler`; `fresh`: each request in an instance of its own
    {"ok": value} or {"err": error}         answer to a "call"

On standard output:

    {"loaded": {"imports": {name: type}, "handler": type}}
    {"call": "interface#function", "args": [...]}   a host function is called; its answer is the next line read
    {"answer": response} or {"trap": text}          for each request
    {"ran": {"printed": text}}                      after the last request
    {"refused": text}                               the component could not be compiled or linked
"""

from __future__ import annotations

import json
import sys
from typing import Any, Callable

from wasmtime import Config, Engine, Store, WasiConfig, WasmtimeError
from wasmtime import _ffi as ffi
from wasmtime import component as model

from values import describe_function, from_json, result_from_json, to_json

PACKAGE = "alga:extension/"
MEMORY_BYTES = 256 << 20


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message, allow_nan=False) + "\n")
    sys.stdout.flush()


def receive() -> dict[str, Any] | None:
    line = sys.stdin.readline()
    return json.loads(line) if line else None


class Guest:
    """A compiled component, linked as the official runner links it."""

    def __init__(self, engine: Engine, path: str, host_functions: frozenset[str]) -> None:
        self.engine = engine
        self.component = model.Component.from_file(engine, path)
        self.printed: list[bytes] = []
        # Linker and component have to outlive what is made from them.
        self.linker = model.Linker(engine)
        self.linker.add_wasip2()
        add_wasi_http(self.linker)
        self.imports: dict[str, str] = {}
        with self.linker.root() as root:
            for name, kind in self.component.type.imports(engine).items():
                self._import(root, name, kind, host_functions)
        handler = self.component.type.exports(engine).get("handler")
        if not isinstance(handler, model.FuncType):
            raise WasmtimeError("the component exports no function `handler`")
        self.handler = handler
        self.instantiate()

    def _import(self, root: model.LinkerInstance, name: str, kind: Any, known: frozenset[str]) -> None:
        if not name.startswith(PACKAGE) or not isinstance(kind, model.ComponentInstanceType):
            self.imports[name] = type(kind).__name__
            return
        interface = name[len(PACKAGE) :]
        functions = {
            member: function
            for member, function in kind.exports(self.engine).items()
            if isinstance(function, model.FuncType)
        }
        for member, function in functions.items():
            self.imports[f"{interface}#{member}"] = describe_function(function)
        provided = {member for member in functions if f"{interface}#{member}" in known}
        if not provided:
            return
        with root.add_instance(name) as instance:
            for member in provided:
                instance.add_func(member, host_function(f"{interface}#{member}", functions[member]))

    def instantiate(self) -> tuple[Store, model.Func]:
        store = Store(self.engine)
        store.set_limits(memory_size=MEMORY_BYTES)
        wasi = WasiConfig()
        # No environment, no folders, no sockets; standard input is this program's own and stays closed to guests.
        wasi.stdout_custom = self.printed.append
        wasi.stderr_custom = self.printed.append
        store.set_wasi(wasi)
        ffi.wasmtime_context_set_wasi_http(store._context())
        instance = self.linker.instantiate(store, self.component)
        handler = instance.get_func(store, "handler")
        assert handler is not None
        return store, handler


def add_wasi_http(linker: model.Linker) -> None:
    """The official runner links wasi:http too. The binding of this version has the call, but no method for it."""
    error = ffi.wasmtime_component_linker_add_wasi_http(linker.ptr())
    if error:
        raise WasmtimeError._from_ptr(error)


def host_function(name: str, kind: model.FuncType) -> Callable[..., Any]:
    """Asks the other side what a host function answers."""
    params = [param for _, param in kind.params]
    result = kind.result

    def call(_store: Any, *args: Any) -> Any:
        send({"call": name, "args": [to_json(param, arg) for param, arg in zip(params, args)]})
        answer = receive()
        if answer is None:
            raise WasmtimeError("the other side is gone")
        return result_from_json(result, answer)

    return call


def run(guest: Guest, requests: list[dict[str, Any]], fresh: bool) -> None:
    guest.printed.clear()
    store, handler = guest.instantiate()
    request_type, answer_type = guest.handler.params[0][1], guest.handler.result
    for index, request in enumerate(requests):
        if fresh and index > 0:
            store, handler = guest.instantiate()
        try:
            answer = handler(store, from_json(request_type, request))
            handler.post_return(store)
            send({"answer": to_json(answer_type, answer)})
        except WasmtimeError as error:
            send({"trap": str(error)})
    send({"ran": {"printed": b"".join(guest.printed).decode("utf-8", "replace")}})


def quick_to_compile(cache: str) -> Config:
    """The official runner's compiler without its optimisations: a component holds 10 MB of engine.

    `cache`: a file that says where compiled components are kept for the next time.
    """
    config = Config()
    config.cache = cache
    config.cranelift_opt_level = "none"
    ffi.wasmtime_config_cranelift_flag_set(config.ptr(), b"regalloc_algorithm", b"single_pass")
    return config


def main(cache: str, host_functions: frozenset[str]) -> None:
    engine = Engine(quick_to_compile(cache))
    guest: Guest | None = None
    while (message := receive()) is not None:
        try:
            if "load" in message:
                guest = None
                guest = Guest(engine, message["load"], host_functions)
                send({"loaded": {"imports": guest.imports, "handler": describe_function(guest.handler)}})
            elif guest is not None:
                run(guest, message["run"], message["fresh"])
        except WasmtimeError as error:
            send({"refused": str(error)})


main(sys.argv[1], frozenset(sys.argv[2:]))
