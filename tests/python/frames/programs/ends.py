"""Releases, failures, misuses, locks: each in a function of its own, noted on its own line."""
import ctypes
import sys

from noting import O_RDONLY, held, os, note

libc = ctypes.CDLL(None)


def open_files():
    return [os.open(held(f"file {number}"), O_RDONLY) for number in range(4)]


def release(fd):
    note(["released", fd]), os.close(fd)


def release_by_object(fd):
    file = os.fdopen(fd)
    note(["released", fd]), file.close()


class Dropped:
    def __init__(self, fd):
        self.fd = fd

    def __del__(self):
        note(["released", self.fd]), os.close(self.fd)


def drop(fd):
    dropped = Dropped(fd)
    return fd, len(str(dropped))


def release_in_a_callback(fd):
    sorted([1], key=lambda _: (note(["released", fd]), os.close(fd)))


def misuse():
    fd = os.open(os.devnull, O_RDONLY)
    os.close(fd)
    try:
        note(["misuse", fd]), os.close(fd)
    except OSError:
        pass


def fail():
    libc.fopen.restype = ctypes.c_void_p
    full = libc.fopen(b"/dev/full", b"w")
    libc.fputs(b"lost", ctypes.c_void_p(full))
    note(["failed", "fclose"]), libc.fclose(ctypes.c_void_p(full))


def lock():
    mutex = ctypes.create_string_buffer(64)
    note(["lock", ctypes.addressof(mutex)]), libc.pthread_mutex_lock(mutex)
    return mutex


def lock_with_the_interpreters_lock_held():
    mutex = ctypes.create_string_buffer(64)
    note(["lock", ctypes.addressof(mutex)]), ctypes.PyDLL(None).pthread_mutex_lock(mutex)
    return mutex


def stream():
    note(["stream", "tmpfile"]), libc.tmpfile()


def main():
    files = open_files()
    held_locks = lock(), lock_with_the_interpreters_lock_held()
    stream()
    misuse()
    fail()
    release(files[0])
    release_by_object(files[1])
    drop(files[2])
    release_in_a_callback(files[3])
    sys.stdout.write(f"{len(held_locks)} {ctypes.addressof(held_locks[0])}\n")


main()
