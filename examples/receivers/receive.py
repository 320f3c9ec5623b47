# Receives events of a webhook. WEBHOOK_SECRET=whsec_… python3 receive.py, then create a webhook for http://<this machine>:4020/
import base64, hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

key = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))


def is_signed(headers, body):
    sent, signatures = headers.get("webhook-timestamp", ""), headers.get("webhook-signature", "")
    if not sent.isdecimal() or abs(time.time() - int(sent)) > 300:
        return False
    signed = f"{headers.get('webhook-id')}.{sent}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(one.encode(), wanted.encode()) for one in signatures.split(" "))


known = set()  # In a database, together with what you do about the event.


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        signed = is_signed(self.headers, body)
        event = json.loads(body) if signed else {}
        if signed and event["id"] not in known:
            print(event["event"], event["id"], json.dumps(event["payload"]), flush=True)
            known.add(event["id"])
        self.send_response(204 if signed else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "4020"))), Receiver)
print(f"receiving on http://127.0.0.1:{server.server_address[1]}/", flush=True)
server.serve_forever()
