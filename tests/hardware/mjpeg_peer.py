"""A network camera: MJPEG over HTTP, as OpenCV reads it; it can hang, stop and come back."""

import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import cv2
import numpy as np

from hardware.contracts import Frame


def jpeg(frame: Frame) -> bytes:
    done, data = cv2.imencode(".jpg", frame)
    assert done
    return data.tobytes()


def flat(grey: int) -> Frame:
    """A frame of one shade, with noise as a sensor has it."""
    chance = np.random.default_rng(grey)
    return (chance.integers(-4, 5, (240, 320, 3)) + grey).clip(0, 255).astype(np.uint8)


class MjpegPeer:
    """Sends `frames` again and again, in shades that never repeat."""

    def __init__(self, port: int = 0, fps: float = 50) -> None:
        self.frames = [jpeg(flat(grey)) for grey in range(100, 140)]
        self.hangs = Event()
        self.freezes = Event()
        self._pace_s = 1 / fps
        self.opened = 0
        self._stopped = Event()
        self._lines: set[socket.socket] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/camera.mjpg"

    def close(self) -> None:
        """As if unplugged: nothing listens any more, connections are gone."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                peer.opened += 1
                peer._lines.add(self.connection)
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                with suppress(OSError):
                    self._stream()

            def _stream(self) -> None:
                number = 0
                while not peer._stopped.wait(peer._pace_s):
                    if peer.hangs.is_set():
                        continue
                    data = peer.frames[number % len(peer.frames)]
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}"
                    self.wfile.write(head.encode() + b"\r\n\r\n" + data + b"\r\n")
                    number += not peer.freezes.is_set()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
