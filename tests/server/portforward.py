"""Port-forwards over WebSocket, as the API server, the kubelet and containerd do them together: to real ports of this
machine, which stand in for those of pods. And, on demand, as none of them ever would.

    server.forwards.targets[("default", "running", 80)] = port of this machine
    server.forwards.hostile["running"] = "bad-accept"   a key of HOSTILE, for every port of that pod; or
    server.forwards.hostile[("running", "81")] = ...    for one
"""
import asyncio
import base64
import hashlib
import struct

from aiohttp import WSMsgType, web

import status

SUBPROTOCOL = "v4.channel.k8s.io"
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
REFUSED = ('error forwarding port {port} to pod 0123abcd, uid : failed to execute portforward in network namespace '
           '"/var/run/netns/cni-1": failed to connect to localhost:{port} inside namespace "0123abcd", IPv4: dial tcp4 '
           '127.0.0.1:{port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found ')
RESET = ('error forwarding port {port} to pod 0123abcd, uid : failed to execute portforward in network namespace '
         '"/var/run/netns/cni-1": read tcp4 127.0.0.1:40000->127.0.0.1:{port}: read: connection reset by peer')


class Forwards:
    def __init__(self):
        self.targets = {}  # (namespace, pod, port): a port of this machine; a text: the runtime's error
        self.hostile = {}
        self.sent = []  # what clients sent into ports: (pod, port, bytes)
        self.open = 0
        self.most = 0  # forwards that were open at the same time

    def clear(self):
        self.__init__()

    async def answer(self, request, pod, ports):
        """pod: the object. The request has been authorised."""
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        hostile = self.hostile.get(name) or self.hostile.get((name, "".join(ports)))
        if hostile:
            return await HOSTILE[hostile](request)
        if not pod["spec"].get("nodeName"):
            return _refusal(400, status.bad_request(f"pod {name} does not have a host assigned"))
        if request.headers.get("Upgrade", "").lower() != "websocket" or len(ports) != 1 or not ports[0].isdigit():
            return _refusal(400, status.bad_request("Upgrade request required"))
        if "*/*" not in request.headers.get("Accept", "*/*"):
            return web.Response(status=406, text="406: Not Acceptable")  # so a kubelet of 1.20: a port is not JSON
        if SUBPROTOCOL not in request.headers.get("Sec-WebSocket-Protocol", ""):
            return web.Response(status=403)
        socket = web.WebSocketResponse(protocols=[SUBPROTOCOL], compress=False, timeout=0.5)
        await socket.prepare(request)
        port = int(ports[0])
        for channel in (b"\0", b"\1"):
            await socket.send_bytes(channel + struct.pack("<H", port))
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await self._forward(socket, name, port, self.targets.get((namespace, name, port)))
        finally:
            self.open -= 1
        return socket

    async def _forward(self, socket, name, port, target):
        if isinstance(target, str):
            await socket.send_bytes(b"\1" + target.encode())
            return await socket.close()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", target or 1)
        except OSError:
            await socket.send_bytes(b"\1" + REFUSED.format(port=port).encode())
            return await socket.close()
        upward = asyncio.ensure_future(self._from_client(socket, writer, name, port))
        downward = asyncio.ensure_future(self._from_port(socket, reader, port))
        done, left = await asyncio.wait({upward, downward}, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        writer.transport.abort()
        await socket.close()

    async def _from_client(self, socket, writer, name, port):
        async for message in socket:
            assert message.type == WSMsgType.BINARY and message.data[:1] == b"\0", message
            self.sent.append((name, port, message.data[1:]))
            writer.write(message.data[1:])
            try:
                await writer.drain()
            except ConnectionError:
                await asyncio.sleep(3600)  # what became of it is told by the other direction

    @staticmethod
    async def _from_port(socket, reader, port):
        try:
            while not socket.closed and (data := await reader.read(32 * 1024)):
                await socket.send_bytes(b"\0" + data)
        except ConnectionResetError as error:
            if "closing transport" not in str(error):  # the client's side, then, is not what ended
                await socket.send_bytes(b"\1" + RESET.format(port=port).encode())


def _refusal(code, document):
    return web.json_response(document, status=code)


# -- what no API server does -----------------------------------------------------------------------------------------


def _head(request, accept=None, protocol=SUBPROTOCOL, upgrade="websocket", more=""):
    if accept is None:
        key = request.headers["Sec-WebSocket-Key"] + MAGIC
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    lines = ["HTTP/1.1 101 Switching Protocols", f"Upgrade: {upgrade}", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Accept: {accept}"] if accept else []
    lines += [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
    return ("\r\n".join(lines) + "\r\n" + more + "\r\n").encode()


def frame(payload, first=0x82, length=None):
    """A frame of a server; length may lie."""
    count = len(payload) if length is None else length
    if count < 126:
        return struct.pack(">BB", first, count) + payload
    if count < 1 << 16:
        return struct.pack(">BBH", first, 126, count) + payload
    return struct.pack(">BBQ", first, 127, count) + payload


def _port(request):
    return struct.pack("<H", int(request.query["ports"]))


def _opening(request):
    return _head(request) + frame(b"\0" + _port(request)) + frame(b"\1" + _port(request))


def sends(make, then="hang"):
    """A hostile server that writes make(request), and then hangs, closes, or repeats the block that repeat(request) gives."""
    async def answer(request):
        transport = request.transport
        transport.write(make(request))
        while callable(then) and not transport.is_closing():
            if transport.get_write_buffer_size() < 1 << 20:
                transport.write(then(request))
            await asyncio.sleep(0)
        if then == "close":
            transport.close()
        else:
            await asyncio.sleep(3600)
        return web.Response()  # which goes nowhere
    return answer


HOSTILE = {
    "no-answer": sends(lambda request: b""),
    "closes-at-once": sends(lambda request: b"", "close"),
    "no-http": sends(lambda request: b"SSH-2.0-OpenSSH_9.2\r\n"),
    "half-a-head": sends(lambda request: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: web", "close"),
    "endless-head": sends(lambda request: b"HTTP/1.1 101 Switching Protocols\r\n", lambda request: b"X-A: b\r\n" * 1000),
    "endless-line": sends(lambda request: b"HTTP/1.1 101 Switching Protocols\r\nX: ", lambda request: b"a" * 10000),
    "endless-refusal": sends(lambda request: b"HTTP/1.1 500 Oops\r\n\r\n", lambda request: b"a" * 10000),
    "half-a-refusal": sends(lambda request: b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n{\"kind\"", "close"),
    "found": sends(lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"result\":\"open\"}"),
    "redirect": sends(lambda request: b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"),
    "html": sends(lambda request: b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 24\r\n\r\n<html>Bad Gateway</html>"),
    "plain-chunked": sends(lambda request: b"HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n"
                                           b"5\r\nerror\r\n9\r\n of mine \r\n0\r\n\r\n"),
    "bad-accept": sends(lambda request: _head(request, accept="s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") + frame(b"\0P\0")),
    "no-accept": sends(lambda request: _head(request, accept="")),
    "wrong-protocol": sends(lambda request: _head(request, protocol="v4.base64.channel.k8s.io")),
    "no-protocol": sends(lambda request: _head(request, protocol=None)),
    "other-upgrade": sends(lambda request: _head(request, upgrade="h2c")),
    "extension": sends(lambda request: _head(request, more="Sec-WebSocket-Extensions: permessage-deflate\r\n")),
    "silence": sends(_head),
    "closes-after-101": sends(_head, "close"),
    "closes-after-ports": sends(_opening, "close"),
    "one-port-only": sends(lambda request: _head(request) + frame(b"\0" + _port(request))),
    "short-port": sends(lambda request: _head(request) + frame(b"\0P")),
    "long-port": sends(lambda request: _head(request) + frame(b"\0" + _port(request) + b"x")),
    "wrong-port": sends(lambda request: _head(request) + frame(b"\0\xff\xff") + frame(b"\1\xff\xff")),
    "no-channel": sends(lambda request: _head(request) + frame(b"")),
    "wrong-channel": sends(lambda request: _opening(request) + frame(b"\7hello")),
    "text": sends(lambda request: _opening(request) + frame(b"\0hello", 0x81)),
    "fragments": sends(lambda request: _opening(request) + frame(b"\0hel", 0x02) + frame(b"lo", 0x80)),
    "compressed": sends(lambda request: _opening(request) + frame(b"\0hello", 0xC2)),
    "masked": sends(lambda request: _opening(request) + b"\x82\x86\0\0\0\0\0hello"),
    "unknown-opcode": sends(lambda request: _opening(request) + frame(b"\0hello", 0x83)),
    "huge-frame": sends(lambda request: _opening(request) + frame(b"\0", length=1 << 30), lambda request: b"a" * 10000),
    "huge-length": sends(lambda request: _opening(request) + frame(b"\0", length=(1 << 62) + 1)),
    "negative-length": sends(lambda request: _opening(request) + frame(b"\0", length=(1 << 63) + 1)),
    "pings": sends(_opening, lambda request: frame(b"are you there", 0x89) * 100),
    "errors": sends(_opening, lambda request: frame(b"\1" + b"e" * 1000, length=None) * 10),
    "endless-error": sends(lambda request: _opening(request) + frame(b"\1", length=1 << 19),
                           lambda request: b"e" * 10000),
    "close-1011": sends(lambda request: _opening(request) + frame(struct.pack(">H", 1011) + b"out of luck", 0x88)),
    "close-invalid": sends(lambda request: _opening(request) + frame(struct.pack(">H", 999), 0x88)),
    "closes-before-ports": sends(lambda request: _head(request) + frame(struct.pack(">H", 1000), 0x88)),
}
