"""Looks at the console in a real browser: Chromium, without a window, by its DevTools protocol (Python's own library alone).

usage: console_browser.py CHROMIUM ORIGIN TOKEN CONTACT DIRECTORY

ORIGIN is where the server is, TOKEN one of its tokens with every role, CONTACT somebody it knows. The pages run without
JavaScript, in light and dark, wide and narrow, in English and Spanish. Screenshots go into DIRECTORY. Prints a line for each
thing that is wrong, and exits with 1 if there is any.
"""

import base64
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

LONGEST_SECONDS = 150


class Socket:
    """A WebSocket (RFC 6455), as far as DevTools needs one."""

    def __init__(self, port, path):
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        self.connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.connection.recv(65536)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(head.decode())

    def take(self, count):
        while len(self.buffer) < count:
            more = self.connection.recv(1 << 20)
            if not more:
                raise RuntimeError("the browser ended")
            self.buffer += more
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def send(self, text):
        data = text.encode()
        mask = os.urandom(4)
        size = len(data)
        length = bytes([0x80 | size]) if size < 126 else (
            b"\xfe" + struct.pack(">H", size) if size < 65536 else b"\xff" + struct.pack(">Q", size))
        self.connection.sendall(
            b"\x81" + length + mask + bytes(byte ^ mask[place % 4] for place, byte in enumerate(data)))

    def receive(self):
        message = b""
        while True:
            first, second = self.take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack(">H", self.take(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", self.take(8))[0]
            data = self.take(size)
            if first & 0x0F in (0, 1):
                message += data
                if first & 0x80:
                    return message.decode()


class Browser:
    def __init__(self, program):
        self.home = tempfile.mkdtemp(prefix="console-browser-")
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
             "--force-color-profile=srgb", "--remote-debugging-port=0", f"--user-data-dir={self.home}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        place = os.path.join(self.home, "DevToolsActivePort")
        while not (os.path.exists(place) and open(place).read().count("\n") >= 1):
            if self.process.poll() is not None:
                raise RuntimeError(f"{program} ended with {self.process.returncode}")
            time.sleep(0.05)
        port, path = open(place).read().split("\n")[:2]
        self.socket = Socket(int(port), path)
        self.number = 0
        self.session = None
        self.events = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log"):
            self.ask(domain + ".enable")

    def ask(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.receive())
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def run(self, expression):
        """What an expression is in the page: ours, not the page's, which may run none."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def settle(self):
        """Waits until a page is there, whole."""
        while True:
            if any(event.get("method") == "Page.loadEventFired" for event in self.events):
                break
            self.events.append(json.loads(self.socket.receive()))
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]

    def go(self, address):
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]
        self.ask("Page.navigate", url=address)
        self.settle()

    def send_form(self, action, values):
        """Fills the form and presses Enter in its last field, or its button."""
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]
        self.run(
            "(() => { const form = document.querySelector('form[action=\"%s\"]');" % action
            + "".join(
                "form.elements[%s].value = %s;" % (json.dumps(name), json.dumps(value))
                for name, value in values.items())
            + "form.querySelector('button').click(); })()")
        self.settle()

    def key(self, name, code):
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code)

    def look(self, width, scheme, language):
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.ask("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})

    def picture(self, path):
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


# The contrast of every text with what is behind it, as it is painted.
CONTRASTS = """(() => {
  const light = c => { const p = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
      if (!/, 0\\)$/.test(c) && c !== 'transparent') return c; }
    return getComputedStyle(document.documentElement).colorScheme.includes('dark')
        && matchMedia('(prefers-color-scheme: dark)').matches ? 'rgb(0,0,0)' : 'rgb(255,255,255)'; };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('svg') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const a = light(getComputedStyle(e).color), b = light(behind(e));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) bad.push(e.tagName + ' ' + e.className + ' ' + contrast.toFixed(2) + ' ' + e.textContent.trim().slice(0, 40));
  }
  return bad; })()"""

# Which controls are smaller than a finger needs (WCAG 2.5.8), those within sentences excepted.
SMALL = """[...document.querySelectorAll('button, input:not([type=hidden]), select, textarea, nav a, summary')]
  .filter(e => { const r = e.getBoundingClientRect(); return r.width && (r.height < 24 && e.type !== 'checkbox'); })
  .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40))"""


# What is wider than its place can be scrolled there by keyboard, and says so.
SIDEWAYS = """[...document.querySelectorAll('.wide')].filter(e => {
    if (e.scrollWidth <= e.clientWidth || !e.checkVisibility()) return false;
    const hint = e.previousElementSibling;
    return e.tabIndex !== 0 || e.getAttribute('role') !== 'region'
        || !(hint && hint.classList.contains('sideways') && hint.checkVisibility()); })
  .map(e => e.textContent.trim().replace(/\\s+/g, ' ').slice(0, 40))"""

# The smallest text of a picture, in pixels, as it is painted.
PICTURE_TEXT = """(() => { const e = document.querySelector('main svg'); return e
    ? parseFloat(getComputedStyle(e.querySelector('text')).fontSize) * e.getScreenCTM().a : 99; })()"""


def main():
    program, origin, token, contact, directory = sys.argv[1:]
    wrong = []
    browser = Browser(program)

    def check(what):
        for bad in browser.run(CONTRASTS):
            wrong.append(f"{what}: too little contrast: {bad}")
        for bad in browser.run(SMALL):
            wrong.append(f"{what}: too small: {bad}")
        for bad in browser.run(SIDEWAYS):
            wrong.append(f"{what}: nothing says that it can be scrolled: {bad}")
        if browser.run(PICTURE_TEXT) < 11:
            wrong.append(f"{what}: the picture's text has {browser.run(PICTURE_TEXT)} pixels")
        wide = browser.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            wrong.append(f"{what}: {wide} pixels wider than the window")
        if not browser.run("getComputedStyle(document.body).margin === '0px'"):
            wrong.append(f"{what}: the style sheet does not count")

    def shot(name):
        check(name)
        browser.picture(os.path.join(directory, name + ".png"))

    try:
        # Pages may run no script at all; what this script asks of them is not theirs.
        browser.ask("Emulation.setScriptExecutionDisabled", value=True)
        browser.look(1100, "light", "en")
        browser.go(origin + "/console/")
        shot("sign-in")
        # By keyboard alone: past the link that skips, to the field, which the text goes into, and Enter.
        order = []
        for _ in range(3):
            browser.key("Tab", 9)
            order.append(browser.run("document.activeElement.className || document.activeElement.id || document.activeElement.tagName"))
            if not browser.run("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"):
                wrong.append(f"the focus on {order[-1]} is not seen")
            if order[-1] == "token":
                break
        if order != ["skip", "token"]:
            wrong.append(f"Tab leads to {order}")
        browser.ask("Input.insertText", text=token)
        browser.events = []
        for kind in ("keyDown", "keyUp"):
            browser.ask("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13)
        browser.settle()
        if not browser.run("location.pathname === '/console/'"):
            wrong.append("signing in by keyboard leads to " + browser.run("location.pathname + document.body.innerText"))
        if browser.run("document.cookie"):
            wrong.append("scripts could read the cookies: " + browser.run("document.cookie"))
        shot("start")
        browser.go(origin + "/console/find")
        browser.send_form("/console/find", {"contact": contact})
        person = browser.run("location.pathname")
        if not person.startswith("/console/people/"):
            wrong.append(f"finding leads to {person}")
        browser.go(origin + "/console/log")
        browser.send_form("/console/log/verification", {})
        browser.go(origin + "/console/log/verification/live")
        for _ in range(60):
            if not browser.run("document.querySelector('meta[http-equiv]') !== null"):
                break
            browser.settle()
        if not browser.run("document.querySelector('.message.yes') !== null"):
            wrong.append("the verification: " + browser.run("document.body.innerText"))
        pages = {
            "start": "/console/", "find": "/console/find", "person": person, "erase": person + "/erase",
            "log": "/console/log", "verification": "/console/log/verification", "activity": "/console/activity",
            "sources": "/console/sources", "notices": "/console/notices", "try": "/console/notices/try",
            "error": "/console/nothing", "asked": person + "?at=2026-03-04+10:50&known-at=2026-03-04+10:49",
            "unclear": person + "?at=yesterday",
        }
        for width, scheme, language in (
            (1100, "light", "en"), (1100, "dark", "es"), (360, "light", "es"), (360, "dark", "en")):
            browser.look(width, scheme, language)
            for name, path in pages.items():
                browser.go(origin + path)
                if browser.run("document.documentElement.lang") != language:
                    wrong.append(f"{name} is not in {language}")
                shot(f"{name}-{width}-{scheme}-{language}")
        # A moment is asked about by keyboard alone; what is no time is told where it was typed.
        browser.look(1100, "light", "en")
        browser.go(origin + person)
        browser.send_form(person, {"at": "yesterday"})
        if browser.run("document.activeElement.id") != "at" or not browser.run("document.title").startswith("Error: "):
            wrong.append("after a fault the focus is on " + browser.run("document.activeElement.outerHTML"))
        if browser.run("document.activeElement.value") != "yesterday":
            wrong.append("what was typed is lost")
        browser.send_form(person, {"at": "2025-01-01 12:00"})
        if browser.run("location.search") != "?at=2025-01-01+12%3A00&known-at=" + (
                "&sender=" if browser.run("document.querySelector('#sender') !== null") else ""):
            wrong.append("a moment is asked about by " + browser.run("location.search"))
        if "As of 2025-01-01 12:00:00 UTC" not in browser.run("document.body.innerText"):
            wrong.append("a moment is not answered: " + browser.run("document.body.innerText"))
        # On paper it still says which ledger it is of, and that this one is for trying out.
        browser.look(1100, "light", "en")
        browser.go(origin + person)
        browser.ask("Emulation.setEmulatedMedia", media="print",
                    features=[{"name": "prefers-color-scheme", "value": "dark"}])
        shot("person-printed")
        for place in (".test", "footer bdi", "h1"):
            if not browser.run("document.querySelector('%s')?.getClientRects().length > 0" % place):
                wrong.append(f"printed, a page has no {place}")
        if browser.run("[...document.querySelectorAll('nav, form')].some(e => e.getClientRects().length > 0)"):
            wrong.append("printed, a page has what can only be pressed")
        if not browser.run("document.querySelectorAll('details').length > 0"):
            wrong.append("nothing is folded on the person's page")
        if browser.run("[...document.querySelectorAll('details > :not(summary)')].some(e => !e.checkVisibility() || e.offsetHeight === 0)"):
            wrong.append("printed, a page lacks what is folded")
        browser.ask("Emulation.setEmulatedMedia", media="")
        browser.look(1100, "light", "en")
        browser.go(origin + "/console/")
        browser.send_form("/console/sign-out", {})
        browser.go(origin + person)
        if browser.run("location.pathname") != "/console/sign-in":
            wrong.append("signed out, the person's page is still there")
        browser.send_form("/console/sign-in", {"token": token})
        if browser.run("location.pathname") != person:
            wrong.append("signing in again leads to " + browser.run("location.pathname"))
        for event in browser.events:
            if event.get("method") == "Log.entryAdded":
                entry = event["params"]["entry"]
                # The page that is not there says so, and the question that is none.
                if entry["level"] == "error" and "404" not in entry["text"] and "422" not in entry["text"]:
                    wrong.append(f"the browser says: {entry['text']} {entry.get('url', '')}")
    finally:
        browser.end()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


def end(*_):
    raise TimeoutError(f"it took longer than {LONGEST_SECONDS} seconds")


signal.signal(signal.SIGALRM, end)
signal.alarm(LONGEST_SECONDS)
sys.exit(main())
