#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every JSON body of /api/openapi.json with each of its fields, two levels deep, in turn of every other shape (list, list
of lists, object, number, text, true, null), at real records: an answer below 500 each time, and the server stays up. As the
administrator, with a session: nothing is kept from the parsers by a refusal of rights that could come first."""
from lib import Node, options, tap

WRONG = ([[1], "x", [2]], [], {"a": {"b": 1}}, {"": None}, 5, -1.5, "x", True, None)
LEAVES = ("/api/v1/session", "/api/v1/session/confirm")  # ends or throttles the session that asks


def resolve(document, schema):
    for _ in range(8):
        if "$ref" not in (schema or {}):
            break
        at = document
        for part in schema["$ref"].lstrip("#/").split("/"):
            at = at[part]
        schema = at
    return schema or {}


def sample(document, schema, depth=0):
    """Something of about the right shape: where the wrong value is looked at, what stands beside it is well-formed."""
    schema = resolve(document, schema)
    for key in ("allOf", "anyOf", "oneOf"):
        if schema.get(key):
            return sample(document, schema[key][0], depth)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" or "properties" in schema:
        return {k: sample(document, v, depth + 1) for k, v in schema.get("properties", {}).items()} if depth < 3 else {}
    if kind == "array":
        return [sample(document, schema.get("items"), depth + 1)] if depth < 3 else []
    return {"integer": 1, "number": 1, "boolean": True}.get(kind, "x")


def bodies(whole):
    """The body with one thing in it replaced, for each thing and each wrong value; and wrong as a whole."""
    for bad in WRONG:
        yield bad
    if not isinstance(whole, dict):
        return
    for key, value in whole.items():
        for bad in WRONG:
            yield {key: bad}
            yield {**whole, key: bad}
        inner = value[0] if isinstance(value, list) and value else value
        for k in inner if isinstance(inner, dict) else ():
            for bad in WRONG:
                changed = {**inner, k: bad}
                yield {**whole, key: [changed] if isinstance(value, list) else changed}


def ids_of(c):
    """A real record for each plural that has one."""
    circle = c.items("/api/v1/circles")[0]["id"]
    found = {"circles": circle, "teams": c.items("/api/v1/teams")[0]["id"]}
    for plural, body in (("incidents", {"title": "shapes"}), ("reports", {"title": "shapes", "description": "x"}), ("tasks", {"title": "shapes"}),
                         ("warnings", {"title": "shapes", "tlp": "TLP:GREEN"})):
        found[plural] = c.made(f"/api/v1/{plural}", body)["id"]
    return found


def paths_of(path, ids):
    """The path with real ids; of a path with {plural} one for each type that has a record."""
    if "{plural}" in path:
        return [q for plural in ids for q in paths_of(path.replace("{plural}", plural), ids)]
    plural = path.split("/")[3].split(":")[0] if path.startswith("/api/v1/") else ""
    if "/stix/" in path:
        plural = "nothing"
    path = path.replace("{id}", ids.get(plural, "indicator--11111111-1111-4111-8111-111111111111"))
    for name, value in (("type", "indicator"), ("file", "x"), ("transition", "close"), ("item", "x")):
        path = path.replace("{%s}" % name, value)
    return [path]


def drive(n, c, document, ids):
    counts, seen = {}, {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = (operation.get("requestBody") or {}).get("content", {})
            kind = next((k for k in content if "json" in k), None)
            if method not in ("post", "patch") or not kind or path in LEAVES or not path.startswith(("/api/", "/exchange/", "/taxii2/")):
                continue
            whole = sample(document, content[kind].get("schema"))
            for real in paths_of(path, ids):
                worst = 0
                for body in bodies(whole):
                    r = c.patch(real, body, "*") if method == "patch" else c.post(real, body)
                    worst = max(worst, r.status)
                    seen[r.status] = seen.get(r.status, 0) + 1
                    if r.status >= 500:
                        tap.ok(False, f"{method} {real} with {str(body)[:200]}", r)
                    counts[real] = counts.get(real, 0) + 1
                    if n.server.poll() is not None:
                        tap.ok(False, f"the server is down after {method} {real} with {str(body)[:300]}")
                        return counts
                tap.ok(worst < 500, f"{method} {real}: below 500, whatever the shape")
    tap.note(f"answers by status: {dict(sorted(seen.items()))}")
    return counts


def main():
    args = options(__doc__)
    n = Node(args)
    n.init("Shapes", "admin@shapes.example")
    n.must("circle", "create", "--title", "Some", "--member", "Shapes")
    n.user("lead@shapes.example", "lead", "Shapes")
    n.start()
    for who in ("admin@shapes.example", "lead@shapes.example"):
        c = n.client(who)
        document = c.read("/api/openapi.json")
        lead = n.client("lead@shapes.example")
        counts = drive(n, c, document, ids_of(lead))
        tap.ok(sum(counts.values()) > 1000, f"{sum(counts.values())} requests as {who}")
        if n.server.poll() is not None:
            tap.end()
    log = n.log_tail(10 ** 8)
    tap.equal([x for x in log.splitlines() if "level=error" in x][:5], [], "no server error was logged")
    tap.equal(n.stop(), 0, "the server stops in order")
    status, out, err = n.run("verify")
    tap.ok(status == 0, "verify says intact", out[-600:] + err)
    tap.end()


if __name__ == "__main__":
    main()
