"""Carries pickled messages, each after its length, between our own processes.

Pickle is safe here because both ends are this program and the pipe is private to them; nothing
that came from an image or a registry is ever unpickled unless we had pickled it ourselves.
"""

from __future__ import annotations

import os
import pickle
import socket
import struct
import sys
import threading
import traceback
from typing import BinaryIO

_LENGTH = struct.Struct(">Q")
_LARGEST = 1 << 30  # a length beyond this is a broken stream, not a message


class Closed(Exception):
    """The other end is gone."""


class Channel:
    """One end of a conversation.  ``send`` may be called from any thread, ``receive`` from one."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._sending = threading.Lock()

    def send(self, message: object) -> None:
        """Raises Closed when the other end is gone, and what pickle raises for odd values."""
        body = pickle.dumps(message, protocol=5)
        with self._sending:
            try:
                self._outgoing.write(_LENGTH.pack(len(body)))
                self._outgoing.write(body)
                self._outgoing.flush()
            except (OSError, ValueError) as error:
                raise Closed from error

    def receive(self) -> object:
        """Wait for the next message; raises Closed at the end of the stream, and for a message
        that cannot be read: then the two ends are not of one program."""
        (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
        if length > _LARGEST:
            raise Closed
        body = self._exactly(length)
        try:
            return pickle.loads(body)
        except Exception as error:  # unpickling may raise anything
            traceback.print_exc()
            raise Closed from error

    def close(self) -> None:
        """Hang up: the other end sees the end of its stream."""
        for stream in (self._outgoing, self._incoming):
            try:
                stream.close()
            except OSError:
                continue  # what could not be flushed has nobody left to read it

    def hang_up(self) -> None:
        """Close only the outgoing half, from any thread, while another one is receiving."""
        with self._sending:
            try:
                self._outgoing.close()
            except OSError:
                return  # as in close

    def _exactly(self, count: int) -> bytes:
        try:
            data = self._incoming.read(count)
        except (OSError, ValueError) as error:
            raise Closed from error
        if len(data) < count:
            raise Closed
        return data


def over_stdio() -> Channel:
    """The channel of a child process to its parent.

    Takes standard input and output away from everybody else: what the program or a library prints
    from now on goes to standard error and cannot damage the protocol.
    """
    incoming = os.fdopen(os.dup(0), "rb")
    outgoing = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # started without a standard error, as programs with a window may be
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # stays open as long as the process
    return Channel(incoming, outgoing)


def over_socket(connection: socket.socket) -> Channel:
    """A channel over a connected stream socket, which it takes over."""
    descriptor = connection.detach()
    return Channel(os.fdopen(descriptor, "rb"), os.fdopen(os.dup(descriptor), "wb"))


def portable(error: Exception) -> Exception:
    """The error as it may travel: itself if it survives pickling, else its words.

    The traceback goes along as a note, because it does not survive.
    """
    words = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error, protocol=5))
    except Exception:  # any class may fail here in any way, and then only words can travel
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(words)
    return error
