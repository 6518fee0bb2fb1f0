# SPDX-License-Identifier: Apache-2.0
"""Processes of kith in gdb: who they are, and where those that wait inside a handler wait.

    gdb -p PID -x tools/gdb/kith.py        or, inside gdb: source tools/gdb/kith.py
    (gdb) kith processes                   a line for each process of each system
    (gdb) kith where INDEX                 the stack of a parked one (not in core files)

INDEX is the middle number of a pid. See docs/adr/0012-stack-switch.md for the layout of a parked stack.
"""

import gdb

RED_ZONE = 128  # bytes between what was pushed and where the function left off
ASLEEP = 1 << 20  # the head of the inbox of a process that sleeps
WORKER = "kith::detail::(anonymous namespace)::current_worker"


def held(owner, type_name):
    """What a unique_ptr or an atomic pointer points to."""
    pointer = gdb.lookup_type(type_name).pointer()
    return owner.address.cast(pointer.pointer()).dereference()


def number(atomic):
    return int(atomic["_M_i"])


def current_worker():
    """Of the selected thread; 0 when it has none. An optimised library describes the variable more than
    once and says only in one place where it is."""
    for symbol in gdb.lookup_static_symbols(WORKER):
        value = symbol.value()
        if not value.is_optimized_out:
            return value
    return gdb.parse_and_eval("'%s'" % WORKER)


def workers():
    """The workers of all threads, each once."""
    chosen = gdb.selected_thread()
    found = {}
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        try:
            worker = current_worker()
            if int(worker) != 0:
                found[int(worker)] = worker.dereference()
        except gdb.error:  # a thread that has never called the library
            continue
    chosen.switch()
    return found.values()


def runtimes():
    return {int(w["runtime_"].address): w["runtime_"] for w in workers()}.values()


def slots(runtime):
    """The places of the process table that are in use."""
    chunk_type = gdb.lookup_type("kith::detail::Runtime::Chunk").pointer()
    chunks = runtime["chunks_"].address.cast(chunk_type.pointer().pointer()).dereference()
    for i in range((int(runtime["slots_made_"]) + 1023) // 1024):
        places = chunks[i].dereference()["slots"]["_M_elems"]
        for k in range(places.type.strip_typedefs().range()[1] + 1):
            if int(held(places[k]["process"], "kith::detail::Process")) != 0:
                yield places[k]


def text(string):
    return string["_M_dataplus"]["_M_p"].string() if int(string["_M_string_length"]) else ""


def label(process):
    relations = held(process["relations_"], "kith::detail::Relations")
    return text(relations["label"]) if int(relations) else ""


def last_message(process):
    kind = process["last_message_"]
    if int(kind) == 0:
        return ""
    mangled = gdb.Value(int(kind) + 8).cast(
        gdb.lookup_type("char").pointer().pointer()).dereference().string()
    try:
        # A program that stopped inside the C library is in C for gdb, which demangles nothing.
        readable = gdb.execute("with language c++ -- demangle -- _ZTS" + mangled.lstrip("*"),
                               to_string=True).splitlines()[0]
    except gdb.error:
        return mangled
    return readable.strip().replace("typeinfo name for ", "")


def state(slot, process):
    for worker in workers():
        if int(worker["running_"]) == int(process.address):
            return "running"
    if int(process["parked"]) != 0:
        return "parked on worker %d" % number(slot["pinned"])
    return "idle" if number(slot["inbox"]["head_"]) == ASLEEP else "ready"


def waiting_messages(inbox):
    """See actor/internal/inbox.hpp."""
    in_stack = number(inbox["head_"]) & (ASLEEP - 1)
    woke_it = number(inbox["first_"]) & 1
    return in_stack + woke_it + number(inbox["queued_"]) + number(inbox["uncounted_"])


def position(process):
    """Where the stack of a parked process begins."""
    fiber_state = held(process["parked"].dereference()["state_"], "kith::detail::Fiber::State")
    return int(fiber_state.dereference()["position"])


def word(address):
    return int(gdb.Value(address).cast(gdb.lookup_type("long").pointer()).dereference())


class Kith(gdb.Command):
    """kith processes; kith where INDEX"""

    def __init__(self):
        super().__init__("kith", gdb.COMMAND_STACK, gdb.COMPLETE_NONE, True)


class Processes(gdb.Command):
    """All processes: index.generation, state, waiting messages, label, last message."""

    def __init__(self):
        super().__init__("kith processes", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for runtime in runtimes():
            for slot in slots(runtime):
                process = held(slot["process"], "kith::detail::Process").dereference()
                waiting = waiting_messages(slot["inbox"])
                print("%d.%d  %-20s %6d  %s  %s" % (
                    int(slot["index"]), number(slot["generation"]), state(slot, process), waiting,
                    label(process) or "-", last_message(process)))


class Where(gdb.Command):
    """The stack of a parked process, given its index."""

    def __init__(self):
        super().__init__("kith where", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = int(argument)
        for runtime in runtimes():
            for slot in slots(runtime):
                if int(slot["index"]) != wanted:
                    continue
                process = held(slot["process"], "kith::detail::Process").dereference()
                if int(process["parked"]) == 0:
                    raise gdb.GdbError("process %d is not parked: it is %s" %
                                       (wanted, state(slot, process)))
                self.show(position(process))
                return
        raise gdb.GdbError("there is no process with the index %d" % wanted)

    @staticmethod
    def show(begin):
        names = ("rip", "rbp", "rsp")
        gdb.newest_frame().select()
        kept = [int(gdb.parse_and_eval("(long)$" + name)) for name in names]
        there = (word(begin), word(begin + 8), begin + 16 + RED_ZONE)
        try:
            for name, value in zip(names, there):
                gdb.execute("set $%s = %d" % (name, value))
            gdb.execute("backtrace")
        finally:
            for name, value in zip(names, kept):
                gdb.execute("set $%s = %d" % (name, value))


Kith()
Processes()
Where()
