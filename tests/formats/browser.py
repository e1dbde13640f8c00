"""A headless Chromium, spoken to by its DevTools protocol: what a page does when a person opens it."""
import asyncio
import json
import shutil
import subprocess
import tempfile
import time

import aiohttp

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-port=0",
         "--host-resolver-rules=MAP * ~NOTFOUND")


class Browser:
    """Opened once; page() gives a tab of it."""

    def __init__(self):
        program = shutil.which("chromium")
        assert program, "chromium is missing: script/bootstrap check installs it"
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.process = subprocess.Popen([program, *FLAGS, f"--user-data-dir={self.folder.name}", "about:blank"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.port = self._port()

    def _port(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process.poll() is None, "chromium has ended"
            try:
                with open(f"{self.folder.name}/DevToolsActivePort") as file:
                    return int(file.readline())
            except (OSError, ValueError):
                time.sleep(0.05)
        raise AssertionError("chromium did not start")

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.folder.cleanup()

    def run(self, visit):
        """Calls visit(page), a coroutine, with a fresh tab."""
        async def go():
            async with aiohttp.ClientSession() as session:
                async with session.put(f"http://127.0.0.1:{self.port}/json/new?about:blank") as answer:
                    address = (await answer.json())["webSocketDebuggerUrl"]
                async with session.ws_connect(address, max_msg_size=0) as socket:
                    page = Page(socket)
                    reader = asyncio.ensure_future(page.read())
                    try:
                        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
                            await page.ask(f"{domain}.enable")
                        return await asyncio.wait_for(visit(page), 60)
                    finally:
                        reader.cancel()
        return asyncio.run(go())


class Page:
    def __init__(self, socket):
        self.socket, self.number, self.waiting = socket, 0, {}
        self.events = []

    async def read(self):
        async for message in self.socket:
            data = json.loads(message.data)
            if "id" in data:
                self.waiting.pop(data["id"]).set_result(data)
            else:
                self.events.append(data)

    async def ask(self, method, **parameters):
        self.number += 1
        answer = self.waiting[self.number] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": self.number, "method": method, "params": parameters})
        data = await answer
        assert "error" not in data, (method, data["error"])
        return data["result"]

    async def open(self, path):
        self.events.clear()
        await self.ask("Page.navigate", url=f"file://{path}")
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            await asyncio.sleep(0.02)

    async def value(self, expression):
        result = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def requests(self):
        """Those that were let out."""
        stopped = {event["params"]["requestId"] for event in self.events
                   if event["method"] == "Network.loadingFailed" and event["params"].get("blockedReason") == "csp"}
        return [event["params"]["request"]["url"] for event in self.events
                if event["method"] == "Network.requestWillBeSent" and event["params"]["requestId"] not in stopped]

    def complaints(self):
        """What stands in the console."""
        return [event["params"] for event in self.events
                if event["method"] in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")]
