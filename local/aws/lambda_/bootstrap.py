"""Run AWS's Python runtime client, as Lambda's /var/runtime/bootstrap.py does, with only /tmp writable.

    python -S bootstrap.py HANDLER TASK CLOCK BYTECODE PACKAGES [PROTECTED…]

TASK is the folder of the function's zip. BYTECODE keeps the bytecode of packages and of Python's own library, since
they cannot be written to: its folders for PACKAGES and for the library are the only others that stay writable. CLOCK
names a module that shifts the clock ("" for none). PROTECTED are folders that stay read-only even below /tmp. Where
the machine allows no mounts (no root, and no user namespaces), everything stays as writable as it is.

Kept to the standard library: this runs in the function's process, which sees nothing of the repository.
"""

import ctypes
import os
import sys

NEW_MOUNTS, NEW_USER = 0x0002_0000, 0x1000_0000  # linux/sched.h
BIND, RECURSIVE, PRIVATE = 0x1000, 0x4000, 1 << 18  # linux/mount.h
MOUNT_SETATTR, AT_FDCWD, BELOW = 442, -100, 0x8000  # the call's number on x86-64 and arm64; AT_FDCWD, AT_RECURSIVE
READ_ONLY = 1


class Attributes(ctypes.Structure):
    """Linux's `struct mount_attr`."""

    _fields_ = (("set", ctypes.c_uint64), ("clear", ctypes.c_uint64), ("propagation", ctypes.c_uint64), ("user", ctypes.c_uint64))  # fmt: skip  # noqa: E501


def leave_only_tmp_writable(writable: list[str], protected: list[str]) -> None:
    """Make every mount read-only for this process except /tmp and `writable`; below those, `protected` is read-only.

    Raises:
        OSError: the machine does not allow it.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _own_mounts(libc)
    _done(libc.mount(None, b"/", None, RECURSIVE | PRIVATE, None))
    for path in ("/tmp", *protected, *writable):  # noqa: S108 - Lambda's
        _done(libc.mount(path.encode(), path.encode(), None, BIND | RECURSIVE, None))
    _set(libc, "/", Attributes(set=READ_ONLY))
    _set(libc, "/tmp", Attributes(clear=READ_ONLY))  # noqa: S108
    for path in protected:
        _set(libc, path, Attributes(set=READ_ONLY))
    for path in writable:  # last: they lie below what is protected
        _set(libc, path, Attributes(clear=READ_ONLY))


def _own_mounts(libc: ctypes.CDLL) -> None:
    """Enter a mount namespace; without the right to, use a user namespace that keeps our identity."""
    if libc.unshare(NEW_MOUNTS) == 0:
        return
    user, group = os.getuid(), os.getgid()
    _done(libc.unshare(NEW_MOUNTS | NEW_USER))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text)


def _set(libc: ctypes.CDLL, path: str, attributes: Attributes) -> None:
    size = ctypes.sizeof(attributes)
    _done(libc.syscall(MOUNT_SETATTR, AT_FDCWD, path.encode(), BELOW, ctypes.byref(attributes), size))


def _done(status: int) -> None:
    if status:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main() -> None:
    """Set the process up, then serve calls; does not return."""
    handler, task, clock, bytecode, packages, *protected = sys.argv[1:]
    try:
        kept = [bytecode + folder for folder in (packages, sys.base_prefix)]
        for folder in kept:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - pathlib would be one more import of every start
        leave_only_tmp_writable(kept, [task, packages, *protected])
        sys.pycache_prefix = bytecode
    except (OSError, AttributeError):  # AttributeError: a C library without these calls, as macOS has
        pass  # bytecode then lies beside the packages
    os.chdir(task)  # again: the old one is below the mounts of before
    os.environ.pop("LC_CTYPE", None)  # Python sets it where the system lacks the locale that LANG names
    sys.path[0] = task
    if clock:
        __import__(clock)
    from awslambdaric.__main__ import main as serve

    serve(["bootstrap.py", handler])


if __name__ == "__main__":
    main()
