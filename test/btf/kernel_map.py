"""Maps of the running kernel whose values have a type: what bpftool map dump says of them."""
import ctypes
import json
import os
import platform
import struct
import subprocess

NR_BPF = {"x86_64": 321, "aarch64": 280}.get(platform.machine())
MAP_CREATE, MAP_UPDATE, GET_INFO, BTF_LOAD = 0, 2, 15, 18
ARRAY = 2

libc = ctypes.CDLL(None, use_errno=True)


class Unavailable(Exception):
    """The kernel does not do it: the reason is the text."""


def bpf(command, attr):
    """bpf(2) with the attributes as bytes; a file descriptor or 0."""
    buf = ctypes.create_string_buffer(attr, 144)
    got = libc.syscall(NR_BPF, command, buf, 144)
    if got < 0:
        raise Unavailable(f"bpf({command}): {os.strerror(ctypes.get_errno())}")
    return got


def address(data):
    buf = ctypes.create_string_buffer(data, len(data))
    return buf, ctypes.addressof(buf)


def load_btf(btf):
    if NR_BPF is None:
        raise Unavailable("no number of bpf(2) for this machine")
    keep, at = address(btf)
    log, log_at = address(bytes(65536))
    try:
        return bpf(BTF_LOAD, struct.pack("<QQIII", at, log_at, len(btf), len(log), 1))
    except Unavailable as error:
        raise Unavailable(f"{error}: {log.value.decode(errors='replace')[-300:]}") from None
    finally:
        del keep


def dump(btf_fd, type_id, value, key_type=0, style="-j"):
    """What bpftool map dump prints of an array map of one such value."""
    fd = bpf(
        MAP_CREATE,
        struct.pack(
            "<7I16s4I", ARRAY, 4, len(value), 1, 0, 0, 0, b"skep_test", 0, btf_fd, key_type, type_id
        ),
    )
    try:
        key, key_at = address(bytes(4))
        data, data_at = address(value)
        bpf(MAP_UPDATE, struct.pack("<IIQQQ", fd, 0, key_at, data_at, 0))
        info, info_at = address(bytes(256))
        bpf(GET_INFO, struct.pack("<IIQ", fd, 256, info_at))
        number = struct.unpack_from("<I", info.raw, 4)[0]
        command = ["bpftool", style, "map", "dump", "id", str(number)]
        return subprocess.run(
            [word for word in command if word], check=True, capture_output=True, text=True
        ).stdout
    finally:
        os.close(fd)
        del key, data


def formatted(btf_fd, type_id, value, key_type=0):
    """The value in bpftool's JSON."""
    return json.loads(dump(btf_fd, type_id, value, key_type))[0]["formatted"]["value"]
