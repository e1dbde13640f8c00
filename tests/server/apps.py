"""Applications for probes to meet: each a port of this machine that behaves in one way.

    with Apps(folder) as apps:
        port = apps.start("web")          a key of BEHAVIOURS
        port = apps.start("web", tls=True)  with a self-made certificate for web.example.com
"""
import asyncio
import socket
import ssl
import struct
import threading

from certificates import Authority

WELCOME = b"Welcome to nginx!\n"
BLOCK = b"0123456789abcdef" * 4096


def _response(status, body, *headers):
    head = [f"HTTP/1.1 {status}", "Server: nginx/1.22.1", f"Content-Length: {len(body)}", *headers, "Connection: close"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


async def _request(reader):
    return (await reader.readuntil(b"\r\n\r\n")).decode()


async def web(reader, writer, app):
    """nginx-like: /, /teapot, /redirect, /echo (the request itself), /cookie, and 404 for the rest."""
    request = await _request(reader)
    app.requests.append(request)
    method, target, _ = request.split("\r\n")[0].split(" ")
    answers = {"/": _response("200 OK", WELCOME, "Content-Type: text/plain"),
               "/teapot": _response("418 I'm a teapot", b"short and stout"),
               "/redirect": _response("302 Found", b"", "Location: http://127.0.0.1:1/"),
               "/cookie": _response("200 OK", b"", "Set-Cookie: session=hunter2; Path=/", "Set-Cookie: other=hunter3",
                                    "X-Twice: a", "X-Twice: b"),
               "/echo": _response("200 OK", request.encode()),
               "/bytes": _response("200 OK", b"\0\xff\xfe<b>\x1b[31m")}
    answer = answers.get(target.partition("?")[0], _response("404 Not Found", b"no such page"))
    writer.write(answer.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" else answer)


async def _endless(reader, writer, head, block, count=1 << 60):
    await _request(reader)
    writer.write(head)
    for _ in range(count):
        if writer.is_closing():
            return
        writer.write(block)
        await writer.drain()
        await asyncio.sleep(0)


async def huge(reader, writer, app):
    """1 GB, with its length."""
    await _endless(reader, writer, b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", BLOCK, (1 << 30) // len(BLOCK))


async def endless(reader, writer, app):
    await _endless(reader, writer, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                   b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK))


async def endless_headers(reader, writer, app):
    await _endless(reader, writer, b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n" * 100)


async def endless_hints(reader, writer, app):
    """No answer, but the promise of one, for ever."""
    await _endless(reader, writer, b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 100)


async def events(reader, writer, app):
    """A stream of which a little comes, and then nothing."""
    await _request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
    await asyncio.sleep(3600)


async def silent(reader, writer, app):
    """Accepts, reads, and never answers."""
    while await reader.read(65536):
        pass
    await asyncio.sleep(3600)


async def closes(reader, writer, app):
    """Reads the request, and closes without a word."""
    await reader.read(65536)


async def half(reader, writer, app):
    """A part of the body that was promised, then the end."""
    await _request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")


async def half_head(reader, writer, app):
    await _request(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")


async def to_the_end(reader, writer, app):
    """HTTP/1.0: the body ends with the connection."""
    await _request(reader)
    writer.write(b"HTTP/1.0 200 OK\r\n\r\nold but gold")


async def bare(reader, writer, app):
    """An answer without a body that does not close the connection."""
    await _request(reader)
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    await asyncio.sleep(3600)


async def resets(reader, writer, app):
    """Reads the request, and resets the connection."""
    await reader.read(65536)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def greets(reader, writer, app):
    """No HTTP: speaks first."""
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    await reader.read(65536)


async def binary(reader, writer, app):
    """No HTTP: answers with bytes."""
    await reader.read(65536)
    writer.write(b"\x15\x03\x01\x00\x02\x02\x46")


BEHAVIOURS = {"web": web, "huge": huge, "endless": endless, "endless-headers": endless_headers,
              "endless-hints": endless_hints, "events": events, "silent": silent, "closes": closes, "half": half,
              "half-head": half_head, "to-the-end": to_the_end, "bare": bare, "resets": resets, "greets": greets,
              "binary": binary}


class App:
    def __init__(self, behaviour):
        self.behaviour = behaviour
        self.connections = 0
        self.requests = []  # of "web": their heads

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            await self.behaviour(reader, writer, self)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()


class Apps:
    def __init__(self, folder):
        Authority(folder, "app-ca").server("app", hosts=("web.example.com", "www.example.com"))
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(folder / "app.crt", folder / "app.key")
        self.by_port = {}

    def start(self, behaviour, tls=False):
        app = App(BEHAVIOURS[behaviour])

        async def listen():
            server = await asyncio.start_server(app.serve, "127.0.0.1", 0, ssl=self._tls if tls else None)
            return server.sockets[0].getsockname()[1]

        port = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(10)
        self.by_port[port] = app
        return port

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: None)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        async def stop():
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
