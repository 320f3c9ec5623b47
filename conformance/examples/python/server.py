#!/usr/bin/env python3
"""The chat operations of the Parley contract in one file of Python's standard library (3.9 or later).

It serves listChats, getChat, listChatMessages, readChat and setChatPresence from memory, and sends nothing to WhatsApp.
Written from openapi.json alone: a starting point for other implementations, and a proof that the suite judges the contract and
not one server. Read it from the end: `Handler` is HTTP, `OPERATIONS` the contract's table, `World` the stored copy.

    python3 server.py --port 8787
"""

import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_to_bytes

BASE = "/api/v1"
MAX_BODY_BYTES = 1_048_576
MAX_SAFE_INTEGER = 2**53 - 1

# A fault to be found by the suite (`--bug`); none unless asked for.
BUG = None


class Refusal(Exception):
    """An answer in the error envelope."""

    def __init__(self, status, code, message, headers=None, errors=None):
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body = {"error": {"code": code, "message": message}}
        if errors is not None:
            self.body["error"]["details"] = {"errors": errors}


def unreadable(path, message):
    error = {"path": path, "message": message, "code": "malformed"}
    return Refusal(400, "validation_error", message, errors=[error])


def invalid(path, message, code):
    error = {"path": path, "message": message, "code": code}
    return Refusal(422, "validation_error", message, errors=[error])


def not_found(what):
    return Refusal(404, "not_found", what + " not found")


# What is stored


class Chat:
    def __init__(self, number, session, jid, name):
        self.number, self.session, self.jid, self.name = number, session, jid, name
        self.aliases = []  # its other JIDs
        self.unread = 0
        self.messages = []  # in order of arrival

    def newest_first(self):
        return sorted(self.messages, key=lambda message: (message["timestamp"], message["arrival"]), reverse=True)

    def last_at(self):
        return max((message["timestamp"] for message in self.messages), default=0)

    def shown(self):
        chat = {
            "id": self.number,
            "jid": self.jid,
            "sessionId": self.session,
            "type": "group" if self.jid.endswith("@g.us") else "dm",
            "name": self.name,
            "unreadCount": self.unread,
            "archived": False,
            "pinned": False,
        }
        if self.aliases:
            chat["aliases"] = self.aliases
        if self.messages:
            chat["lastMessageAt"] = self.last_at()
        return chat


class World:
    """Two organizations, four sessions and their chats; one lock around all of it."""

    LIVE = "sess_00000000000000000000000001"
    OFFLINE = "sess_00000000000000000000000002"
    THEIRS = "sess_00000000000000000000000003"
    THEIRS_OFFLINE = "sess_00000000000000000000000004"

    def __init__(self, now):
        self.lock = threading.Lock()
        self.sessions = {
            self.LIVE: {"organization": "org_shop", "connected": True, "chats": []},
            self.OFFLINE: {"organization": "org_shop", "connected": False, "chats": []},
            self.THEIRS: {"organization": "org_garage", "connected": True, "chats": []},
            self.THEIRS_OFFLINE: {"organization": "org_garage", "connected": False, "chats": []},
        }
        self.keys = {
            "wa_shop_everything": ("org_shop", {"read", "send", "manage", "events"}),
            "wa_shop_read": ("org_shop", {"read"}),
            "wa_shop_send": ("org_shop", {"send"}),
            "wa_shop_manage": ("org_shop", {"manage"}),
            "wa_garage_everything": ("org_garage", {"read", "send", "manage", "events"}),
        }
        self.arrivals = 0
        self.numbers = 0
        self.lent = set()
        minute = 60_000
        self.main = self.seed(self.LIVE, "6281200000001@s.whatsapp.net", "Budi", 230, now - minute, unread=3)
        self.other = self.seed(self.LIVE, "6281200000002@s.whatsapp.net", "Citra", 12, now - 10 * minute)
        self.seed(self.LIVE, "120363000000000017@g.us", "Warehouse", 20, now - 20 * minute, unread=5)
        self.calm = [
            self.seed(self.LIVE, f"628120000001{n}@s.whatsapp.net", f"Guest {n}", 3, now - (60 + 10 * n) * minute)
            for n in range(4)
        ]
        self.busy = [
            self.seed(self.LIVE, f"628120000002{n}@s.whatsapp.net", f"Caller {n}", 8, now - (600 + 60 * n) * minute)
            for n in range(4)
        ]
        self.seed(self.OFFLINE, "6281200000001@s.whatsapp.net", "Budi", 6, now - 3 * minute, unread=1)
        self.offline_chat = self.seed(self.OFFLINE, "6281200000031@s.whatsapp.net", "Dewi", 4, now - 9 * minute)
        self.other_org_chat = self.seed(self.THEIRS, "6281200000041@s.whatsapp.net", "Fajar", 7, now - 2 * minute)
        self.other.aliases.append("98765432101234@lid")
        # One person, who writes to all three.
        for session in (self.LIVE, self.OFFLINE, self.THEIRS):
            self.twin = self.seed(session, "6281200000051@s.whatsapp.net", "Gita", 5, now - 40 * minute, unread=2)

    def seed(self, session, jid, name, count, newest, unread=0):
        self.numbers += 1
        chat = Chat(self.numbers, session, jid, name)
        self.sessions[session]["chats"].append(chat)
        for index in reversed(range(count)):
            # Pairs share a timestamp: then the later arrival is the newer one.
            self.receive(chat, newest - index // 2 * 61_000, from_me=index % 3 == 2)
        chat.unread = unread
        return chat

    def receive(self, chat, timestamp, from_me=False):
        self.arrivals += 1
        message = {
            "id": f"msg_{self.arrivals:026d}",
            "waMessageId": f"3EB0{self.arrivals:016X}",
            "sessionId": chat.session,
            "chatJid": chat.jid,
            "direction": "out" if from_me else "in",
            "fromMe": from_me,
            "type": "text",
            "body": f"message {self.arrivals}",
            "hasMedia": False,
            "edited": False,
            "deleted": False,
            "timestamp": timestamp,
            "createdAt": int(time.time() * 1000),
            "arrival": self.arrivals,
        }
        chat.messages.append(message)
        chat.unread += 0 if from_me else 1
        return message

    def session_of(self, request):
        """A session of another organization answers exactly as one that does not exist."""
        session = self.sessions.get(request.session)
        is_own = session is not None and session["organization"] == request.organization
        if session is None or not (is_own or BUG == "foreign-served"):
            raise not_found("session")
        return session

    def chat_of(self, request):
        for chat in self.session_of(request)["chats"]:
            if request.cid in (chat.jid, *chat.aliases):
                return chat
        raise not_found("chat")


# Lists


class Cursors:
    """A position, bound to the one list that gave it. Nobody else can make one, and it opens nothing."""

    def __init__(self):
        self.key = secrets.token_bytes(32)

    def seal(self, scope, payload):
        return hmac.new(self.key, "\0".join(scope).encode() + b"\0" + payload, hashlib.sha256).digest()[:16]

    def write(self, scope, position):
        payload = json.dumps(position).encode()
        return base64.urlsafe_b64encode(self.seal(scope, payload) + payload).decode().rstrip("=")

    def read(self, scope, text):
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            sealed = b""
        is_canonical = base64.urlsafe_b64encode(sealed).decode().rstrip("=") == text
        if not is_canonical or not hmac.compare_digest(self.seal(scope, sealed[16:]), sealed[:16]):
            raise invalid("/query/cursor", "cursor is not one that this list has returned", "cursor")
        return tuple(json.loads(sealed[16:]))


CURSORS = Cursors()


def limit_of(query):
    text = query.get("limit", "0")
    if not re.fullmatch("[0-9]{1,16}", text) or int(text) > MAX_SAFE_INTEGER:
        raise invalid("/query/limit", "limit must be a whole number from 0 on", "type")
    return min(int(text) or 50, 200)


def page_of(request, entries, position_of, shown):
    """`entries` newest first, each with a position that never changes: what arrives meanwhile moves nothing."""
    if request.after is not None:
        entries = [entry for entry in entries if position_of(entry) < request.after]
    page = entries[: request.limit]
    more = len(entries) > request.limit
    return {
        "data": [shown(entry) for entry in page],
        "nextCursor": CURSORS.write(request.scope(), position_of(page[-1])) if more else None,
    }


# The operations. Whatever does not depend on what is stored has been looked at before; they return (status, body).


def list_chats(world, request):
    chats = sorted(world.session_of(request)["chats"], key=chat_position, reverse=True)
    return 200, page_of(request, chats, chat_position, Chat.shown)


def chat_position(chat):
    return (chat.last_at(), chat.number)


def get_chat(world, request):
    return 200, world.chat_of(request).shown()


def list_chat_messages(world, request):
    messages = world.chat_of(request).newest_first()
    return 200, page_of(
        request,
        messages,
        lambda message: (message["timestamp"], message["arrival"]),
        lambda message: {name: value for name, value in message.items() if name != "arrival"},
    )


def read_chat(world, request):
    chat = world.chat_of(request)
    chat.unread = 0
    return 200, chat.shown()


LIVE_JID = re.compile(r"[1-9][0-9]{4,19}@(s\.whatsapp\.net|lid)|[1-9][0-9]{0,24}(-[0-9]{1,20})?@g\.us")


def set_chat_presence(world, request):
    if len(request.cid) > 64 or not LIVE_JID.fullmatch(request.cid):
        raise invalid("/path/cid", "cid must look like 6281398765432@s.whatsapp.net", "format")
    body = request.body
    if not isinstance(body, dict):
        raise invalid("/body", "the body must be an object", "type")
    for name in body:
        if name != "state":
            raise invalid(f"/body/{name}", f"{name} is not known", "unknown")
    if "state" not in body:
        raise invalid("/body/state", "state is required", "required")
    if not isinstance(body["state"], str) or body["state"] not in ("composing", "recording", "paused"):
        raise invalid("/body/state", "state must be composing, recording or paused", "enum")
    if not world.session_of(request)["connected"]:
        raise Refusal(501, "not_implemented", "the session has no connected WhatsApp client")
    return 204, None


# Method, path, capability, query parameters, has it a body, function.
OPERATIONS = {
    "listChats": ("GET", "/sessions/{session}/chats", "read", {"limit", "cursor"}, False, list_chats),
    "getChat": ("GET", "/sessions/{session}/chats/{cid}", "read", set(), False, get_chat),
    "listChatMessages": (
        "GET",
        "/sessions/{session}/chats/{cid}/messages",
        "read",
        {"limit", "cursor"},
        False,
        list_chat_messages,
    ),
    "readChat": ("POST", "/sessions/{session}/chats/{cid}/read", "send", set(), False, read_chat),
    "setChatPresence": ("PUT", "/sessions/{session}/chats/{cid}/presence", "send", set(), True, set_chat_presence),
}


def route(path):
    """The operations of a path by method, and the texts of its parameters, still encoded."""
    segments = path.split("/")
    found, texts = {}, {}
    for name, (method, template, *_rest) in OPERATIONS.items():
        parts = (BASE + template).split("/")
        if len(parts) != len(segments):
            continue
        pairs = list(zip(parts, segments))
        if all(segment != "" if part.startswith("{") else part == segment for part, segment in pairs):
            found[method] = name
            texts = {part[1:-1]: segment for part, segment in pairs if part.startswith("{")}
    return found, texts


def decoded(text, where):
    if re.search("%(?![0-9A-Fa-f]{2})", text):
        raise unreadable(where, "has broken percent-encoding")
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise unreadable(where, "is not UTF-8") from None


def query_of(text):
    """Every parameter as (name, value), decoded: what is wrong with the encoding comes before what is wrong with a name."""
    pairs = [pair.split("=", 1) for pair in text.split("&") if pair != ""]
    return [
        (decoded(name.replace("+", " "), "/query"), decoded("".join(value).replace("+", " "), "/query"))
        for name, *value in pairs
    ]


def json_of(data, headers):
    """The body as JSON; None where there is none."""
    if len(data) > MAX_BODY_BYTES:
        raise Refusal(413, "payload_too_large", "the body is larger than 1 MiB")
    if data == b"":
        return None
    media_type = headers.get("Content-Type", "").split(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal(415, "unsupported_media_type", "the body must be application/json")
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Refusal(415, "unsupported_media_type", "the body must not be compressed")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", headers.get("Content-Type", ""), re.IGNORECASE)
    if charset is not None and charset[1].lower() not in ("utf-8", "utf8"):
        raise unreadable("/body", "must be UTF-8")
    try:
        return json.loads(data.decode("utf-8"), parse_constant=float_that_json_lacks)
    except (ValueError, RecursionError):
        raise unreadable("/body", "is not JSON") from None


def float_that_json_lacks(name):
    raise ValueError(name)


# HTTP


class Request:
    """What was asked, read and admitted, but not yet looked for."""

    operation = organization = session = cid = ""
    body = None
    limit = 50
    after = None  # position in a list

    def scope(self):
        return [self.operation, self.session, self.cid]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer leaves in one piece: in two, each would wait for the other side's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    world = None
    headers = None

    def respond(self):
        path, _, query = self.path.partition("?")
        try:
            data = self.read_body()
            if path == "/fixtures":
                return self.send(*hook(self.world, self.command, json.loads(data)))
            return self.send(*self.answer(path, query, data))
        except Refusal as refusal:
            return self.send(refusal.status, refusal.body, refusal.headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def answer(self, path, query, data):
        """From the caller outwards: who, may, said, named, possible now."""
        methods, texts = route(path)
        if not methods:
            raise not_found("path")
        allow = {"Allow": ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])}
        if self.command == "OPTIONS":
            return 204, None, allow
        name = methods.get("GET" if self.command == "HEAD" else self.command)
        if name is None:
            raise Refusal(405, "method_not_allowed", "the path has other methods", allow)
        _method, _template, capability, parameters, has_body, run = OPERATIONS[name]

        request = Request()
        request.operation = name
        request.organization = self.admitted(capability)
        request.session = decoded(texts["session"], "/path/session")
        request.cid = decoded(texts.get("cid", ""), "/path/cid")
        pairs = query_of(query)
        if has_body:
            request.body = json_of(data, self.headers)
        query = dict(pairs)
        for parameter in query:
            if parameter not in parameters:
                raise invalid(f"/query/{parameter}", f"{parameter} is not known", "unknown")
        if len(query) < len(pairs):
            raise invalid("/query", "the query has a parameter twice", "repeated")
        if len(request.cid) > 128:
            raise invalid("/path/cid", "cid must have at most 128 characters", "too_long")
        request.limit = limit_of(query)
        if "cursor" in query:
            request.after = CURSORS.read(request.scope(), query["cursor"])
        with self.world.lock:
            return run(self.world, request)

    def admitted(self, capability):
        """The caller's organization. Of two valid tokens the one in Authorization counts."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        for key in (token if scheme.lower() == "bearer" else "", self.headers.get("x-api-key", "")):
            for known, (organization, capabilities) in self.world.keys.items():
                if hmac.compare_digest(known.encode(), key.encode("utf-8", "replace")):
                    if capability not in capabilities:
                        raise Refusal(403, "forbidden", f"the token lacks the capability {capability}")
                    return organization
        raise Refusal(401, "unauthorized", "a valid token is needed", {"WWW-Authenticate": "Bearer"})

    def read_body(self):
        """Bounded: of what is longer, no more is kept than shows that it is."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self.read_chunks()
        if "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise unreadable("/header/Transfer-Encoding", "must be chunked")
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,12}", length):
            self.close_connection = True
            raise unreadable("/body", "has no length that can be read")
        data = self.rfile.read(min(int(length), MAX_BODY_BYTES + 1))
        # Read to its end, or the client would be cut off while it sends and never see the answer.
        rest = int(length) - len(data)
        while rest > 0:
            part = self.rfile.read(min(rest, 65_536))
            if part == b"":
                break
            rest -= len(part)
        return data

    def read_chunks(self):
        """As bounded as what comes with its length."""
        data = b""
        while True:
            size = self.rfile.readline(80).split(b";")[0].strip()
            if not re.fullmatch(b"[0-9a-fA-F]{1,8}", size):
                self.close_connection = True
                raise unreadable("/body", "has a chunk without its length")
            rest = int(size, 16)
            while rest > 0:
                part = self.rfile.read(min(rest, 65_536))
                if part == b"":
                    self.close_connection = True
                    raise unreadable("/body", "ends too early")
                data = (data + part)[: MAX_BODY_BYTES + 1]
                rest -= len(part)
            # The line break behind a chunk; behind the last one, what trails the body, up to an empty line.
            line = self.rfile.readline(1_024)
            while size.strip(b"0") == b"" and line not in (b"\r\n", b"\n", b""):
                line = self.rfile.readline(1_024)
            if size.strip(b"0") == b"":
                return data

    def send(self, status, body=None, headers=None):
        data = b"" if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8")
        self.send_response(status)
        self.send_header("X-Request-Id", self.request_id())
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def request_id(self):
        """The caller's own where it is well-formed; of what can't be read there are no headers."""
        own = "" if self.headers is None else self.headers.get("X-Request-Id", "")
        return own if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", own) else secrets.token_hex(16)

    def send_error(self, code, message=None, explain=None):
        """What http.server itself refuses: a request that it can't read, a method that nothing has."""
        self.close_connection = True
        if code == 501:
            self.send(405, {"error": {"code": "method_not_allowed", "message": "no path has it"}}, {"Allow": "OPTIONS"})
        else:
            self.headers = None
            refusal = unreadable("/", "is not a request that can be read")
            self.send(refusal.status, refusal.body)

    def log_message(self, *_args):
        pass


def hook(world, method, wish):
    """What no caller of the API can do, for the suite alone: not part of the contract, and never for the open network."""
    with world.lock:
        state, params = wish["state"], wish.get("params", {})
        if method == "DELETE":
            world.lent.discard(wish["value"]["id"])
            return 200, {}
        if state == "chat":
            ids = [message["waMessageId"] for message in world.main.newest_first()]
            return 200, {"id": world.main.jid, "messageIds": ids, "unread": world.main.unread}
        if state == "aliasedChat":
            return 200, {"id": world.other.jid, "aliases": world.other.aliases}
        named = {
            "otherChat": world.other,
            "offlineChat": world.offline_chat,
            "otherOrgChat": world.other_org_chat,
            "twinChat": world.twin,
        }
        if state in named:
            return 200, {"id": named[state].jid}
        if state in ("unreadChat", "busyChat"):
            chats = world.calm if state == "unreadChat" else world.busy
            chat = next(chat for chat in chats if chat.jid not in world.lent)
            world.lent.add(chat.jid)
            if state == "busyChat":
                return 200, {"id": chat.jid}
            chat.unread = 2
            return 200, {"id": chat.jid, "unread": 2}
        if state == "incomingMessage":
            chat = next(chat for chat in world.busy if chat.jid == params["chat"])
            at = chat.last_at() + 1_000 - params.get("ageMs", 0)
            return 200, {"id": world.receive(chat, at)["waMessageId"]}
        return 404, {}


def main():
    parser = argparse.ArgumentParser(description="The chat operations of the Parley contract, from memory.")
    parser.add_argument("--port", type=int, default=8787, help="on 127.0.0.1; 0 is any free one")
    parser.add_argument("--bug", choices=["foreign-served"], help="be wrong in one way")
    options = parser.parse_args()
    global BUG
    BUG = options.bug
    Handler.world = World(int(time.time() * 1000))
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Handler)
    server.daemon_threads = True
    print(f"API http://127.0.0.1:{server.server_address[1]}{BASE}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
