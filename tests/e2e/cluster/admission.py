"""An admission webhook that refuses every pod with the label e2e.krunbook/refuse."""
import http.server
import json
import ssl
import sys

LABEL = "e2e.krunbook/refuse"


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802, the name is http.server's
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        labels = (review["request"]["object"]["metadata"].get("labels") or {})
        answer = {"uid": review["request"]["uid"], "allowed": LABEL not in labels}
        if not answer["allowed"]:
            answer["status"] = {"code": 403, "message": "images must come from registry.example.com"}
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    address, port, certificate, key = sys.argv[1:]
    server = http.server.ThreadingHTTPServer((address, int(port)), Webhook)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
