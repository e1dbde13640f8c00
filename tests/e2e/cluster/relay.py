"""A relay between the program and the API server, in two forms:

    relay.py ADDRESS:PORT TO:PORT   passes bytes on; SIGUSR1 cuts every connection and takes none, SIGUSR2 takes them again
    relay.py ADDRESS:PORT           an HTTP proxy (CONNECT); says each CONNECT on stdout
"""
import asyncio
import signal
import sys

open_connections = set()
is_cut = False


async def pour(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, OSError):
        pass
    finally:
        writer.close()


async def asked_for(reader, writer):
    """Where CONNECT wants to go; the head of the request is taken off."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode(errors="replace")
    print(head.split("\r\n")[0], flush=True)
    method, target, _ = head.split(" ", 2)
    if method != "CONNECT":
        writer.write(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
        return None
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    return target


async def serve(reader, writer, fixed):
    if is_cut:
        writer.transport.abort()
        return
    try:
        target = fixed or await asked_for(reader, writer)
        if target is None:
            return
        host, port = target.rsplit(":", 1)
        to_reader, to_writer = await asyncio.open_connection(host, int(port))
    except (OSError, asyncio.IncompleteReadError, ValueError):
        writer.transport.abort()
        return
    pair = {writer, to_writer}
    open_connections.update(pair)
    await asyncio.gather(pour(reader, to_writer), pour(to_reader, writer))
    open_connections.difference_update(pair)


def cut():
    global is_cut
    is_cut = True
    for writer in list(open_connections):
        writer.transport.abort()


def mend():
    global is_cut
    is_cut = False


async def main():
    host, port = sys.argv[1].rsplit(":", 1)
    fixed = sys.argv[2] if len(sys.argv) > 2 else None
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, cut)
    loop.add_signal_handler(signal.SIGUSR2, mend)
    server = await asyncio.start_server(lambda reader, writer: serve(reader, writer, fixed), host, int(port))
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
