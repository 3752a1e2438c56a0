# Run by gdb: walks through native code, instruction by instruction, and looks at the backtrace at
# each. From the entry into the code to the return out of it, every backtrace has to go on with
# the callers that were there at the entry, whose registers do not change. What lies below the stack
# pointer is overwritten before, for it may be lost at any time.
#
#     gdb -ex 'source gdb_walk.py' --args skep prog run FILE sample --announce gdb ...
#
# Prints each backtrace of native code that it met, innermost function first, once; then "whole".
import gdb

CALLEE_SAVED = ("rip", "rsp", "rbx", "rbp", "r12", "r13", "r14", "r15")
BELOW = 128


def frames():
    frame = gdb.newest_frame()
    while frame is not None:
        yield frame
        frame = frame.older()


def is_native(frame):
    return "/" in (frame.name() or "")


def outside():
    """What is true of the callers: their names, and the registers of the innermost one."""
    callers = [frame for frame in frames() if not is_native(frame)]
    return (
        [frame.name() for frame in callers],
        [int(callers[0].read_register(name)) for name in CALLEE_SAVED],
    )


def native_part():
    return " ".join(frame.name() for frame in frames() if is_native(frame))


def enter():
    """Goes to the first instruction of native code that runs. A breakpoint of GDB's in a function
    may stand behind its first instructions: then the next run is meant."""
    gdb.execute("break sk_native_enter", to_string=True)
    gdb.execute("break 'sample/main'", to_string=True)
    gdb.execute("run", to_string=True)
    gdb.execute("delete")
    if is_native(gdb.newest_frame()):
        gdb.execute("break *'sample/main'", to_string=True)
        gdb.execute("continue", to_string=True)
        gdb.execute("delete")
    while not is_native(gdb.newest_frame()):
        gdb.execute("stepi", to_string=True)


def walk():
    enter()
    names, registers = outside()
    gdb.write("from " + " ".join(names) + "\n")
    seen = []
    while True:
        if is_native(gdb.newest_frame()):
            stack = int(gdb.newest_frame().read_register("sp"))
            gdb.selected_inferior().write_memory(stack - BELOW, b"\xa5" * BELOW)
            if native_part() not in seen:
                seen.append(native_part())
            here = outside()
            if here != (names, registers):
                gdb.execute("backtrace")
                gdb.execute("x/3i $pc")
                gdb.write("broken: %s\n" % (here,))
                return
        elif gdb.newest_frame().older() and any(map(is_native, frames())):
            gdb.execute("finish", to_string=True)
            continue
        else:
            break
        gdb.execute("stepi", to_string=True)
    for part in seen:
        gdb.write("met " + part + "\n")
    gdb.write("whole\n")


walk()
