"""What can go wrong between a client and an API server, on demand.

A fault is a dictionary: "path", a regular expression searched in path and query; optionally "nth", a list of which of the
requests that match it hits (1 is the first; all when left out); "kind", and what the kind below needs. So a file of
them can be given to the server at its start.
"""
import asyncio
import functools
import gzip
import json
import re
import socket
import struct

from aiohttp import web

import status

PLAIN = "text/plain; charset=utf-8"


class Faults:
    def __init__(self, rules=()):
        self.set(rules)

    def set(self, rules):
        self.rules = [dict(rule, seen=0) for rule in rules]
        for rule in self.rules:
            if rule["kind"] not in KINDS:
                raise ValueError(f"no such fault: {rule['kind']}")

    def pick(self, path_and_query):
        """The first rule that hits this request. Every rule that matches it counts it."""
        hit = None
        for rule in self.rules:
            if re.search(rule["path"], path_and_query):
                rule["seen"] += 1
                if hit is None and rule["seen"] in rule.get("nth", [rule["seen"]]):
                    hit = rule
        return hit


def _json(code, document, headers=None):
    return web.Response(status=code, text=json.dumps(document) + "\n", content_type="application/json", headers=headers)


async def answer_status(request, rule, answer):
    """A Status object with this code, or "text" instead of it; "retry_after" in seconds."""
    code = rule["status"]
    headers = {"Retry-After": str(rule["retry_after"])} if "retry_after" in rule else {}
    if "text" in rule:
        return web.Response(status=code, text=rule["text"], headers={"Content-Type": rule.get("type", PLAIN), **headers})
    reasons = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests", 500: "InternalError",
               503: "ServiceUnavailable", 504: "Timeout"}
    reason = reasons.get(code, "")
    return _json(code, status.status(code, reason, rule.get("message", reason)), headers)


async def answer_expired(request, rule, answer):
    """410 to a page after the first; with "fresh", carrying the token to go on with."""
    token = request.query.get("continue")
    return _json(410, status.expired(token if rule.get("fresh") else None)) if token else await answer()


async def answer_slow(request, rule, answer):
    await asyncio.sleep(rule["seconds"])
    return await answer()


async def answer_hang(request, rule, answer):
    await asyncio.sleep(3600)


async def answer_truncated(request, rule, answer):
    """Half of the body that Content-Length promised, then the end of the connection."""
    body = (await answer()).body
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[:len(body) // 2])
    request.transport.close()
    return response


async def answer_cut(request, rule, answer):
    """Half of a chunked body, and no last chunk."""
    body = (await answer()).body
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(body[:len(body) // 2])
    request.transport.close()
    return response


async def answer_stalled(request, rule, answer):
    """Half of a body, and then nothing more for an hour."""
    body = (await answer()).body
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[:len(body) // 2])
    await asyncio.sleep(3600)
    return response


async def answer_flood(request, rule, answer):
    """"bytes" of "line", as a log, or of anything."""
    response = web.StreamResponse(headers={"Content-Type": rule.get("type", "text/plain")})
    response.enable_chunked_encoding()
    await response.prepare(request)
    line = (rule.get("line", "all work and no play makes a dull log") + "\n").encode()
    block = line * max(1, (1 << 18) // len(line))
    left = rule["bytes"]
    try:
        while left > 0:
            await response.write(block[:left])
            left -= len(block)
        await response.write_eof()
    except ConnectionResetError:
        pass  # the client has read enough, which is what this fault is for
    return response


@functools.lru_cache
def _squeezed(count):
    return gzip.compress(b" " * count, 1)


async def answer_bomb(request, rule, answer):
    """Small on the wire, "bytes" long once decoded."""
    body = await asyncio.get_running_loop().run_in_executor(None, _squeezed, rule["bytes"])
    return web.Response(body=body, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"})


async def answer_reset(request, rule, answer):
    linger = struct.pack("ii", 1, 0)
    request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    request.transport.abort()
    return web.Response()  # which goes nowhere


async def answer_body(request, rule, answer):
    """200 with this text: no JSON, an HTML page, an object of a wrong kind."""
    return web.Response(text=rule["text"], headers={"Content-Type": rule.get("type", "application/json")})


async def answer_redirect(request, rule, answer):
    return web.Response(status=rule.get("status", 302), headers={"Location": rule["location"]})


KINDS = {"status": answer_status, "expired": answer_expired, "slow": answer_slow, "hang": answer_hang,
         "truncated": answer_truncated, "cut": answer_cut, "stalled": answer_stalled, "flood": answer_flood,
         "bomb": answer_bomb, "reset": answer_reset, "body": answer_body, "redirect": answer_redirect}
