#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""public_links: a warning for the public over a link. The other node's teams can read it and are asked nothing; their own
public pages do not carry it; a warning that is addressed to them still comes by mail.
"""
from lib import Client, Mail, Node, Tap, moment, options, wait_for

tap = Tap()


def node(args, name, team, mail):
    n = Node(args, name)
    n.admin = f"admin@{name}.example"
    n.init(team, n.admin)
    n.configure(f"[mail]\nurl = smtp://127.0.0.1:{mail.port}\nfrom = node@{name}.example\n")
    n.start("--tls")
    return n


def issued(c, title, **more):
    body = {"title": title, "summary": "s", "class": "advisory", "urgency": "high", "severity": "high", "tlp": "TLP:CLEAR", "language": "en",
            "what": {"event_type": "attack", "impact": "i"}, "when": {"known_at": moment(-60), "valid_until": moment(86400 * 9), "ack_by": moment(2)},
            "why": {"rationale": "r", "confidence": "high", "basis": "vendor"}, "how": {"mitigate": [{"text": "m"}], "report_back": "b"}, "who": {"contact": "c"}}
    w = c.made("/api/v1/warnings", {**body, **more})
    path = f"/api/v1/warnings/{w['id']}"
    for name, with_it in (("submit", {}), ("approve", {"reason": "alone"}), ("issue", {})):
        r = c.step(path, name, with_it)
        if r.status != 200:
            raise RuntimeError(f"{name}: {r}")
    return w["id"], w["number"]


def main():
    args = options(__doc__)
    mail = Mail()
    a, b = node(args, "aoi", "Aoi CSIRT", mail), node(args, "beni", "Beni CSIRT", mail)
    a.must("peer", "accept", b.must("peer", "invite").strip())
    circle = a.must("circle", "create", "--title", "Ring", "--member", "Aoi CSIRT", "--member", "Beni CSIRT").strip()
    ca, cb = a.client(a.admin), b.client(b.admin)
    tap.ok(wait_for(lambda: any(x["id"] == circle for x in cb.items("/api/v1/circles")), 60), "the nodes know each other")
    public, number = issued(ca, "For everybody", whom={"public": True})
    addressed, own = issued(ca, "For the ring", tlp="TLP:AMBER", circles=[circle])
    tap.ok(wait_for(lambda: cb.get(f"/api/v1/warnings/{addressed}").status == 200, 60), "what is addressed to it arrives")
    tap.ok(wait_for(lambda: cb.get(f"/api/v1/warnings/{public}").status == 200, 60), "what is public can be read there")
    tap.equal((cb.read(f"/api/v1/warnings/{public}").get("addressed"), cb.read(f"/api/v1/warnings/{addressed}").get("addressed")), (False, None),
              "and says that it asks nothing of them")
    told = wait_for(lambda: [m for m in mail.to(b.admin) if own in m["Subject"]], 60)
    tap.ok(told, "who is addressed is told by mail")
    tap.ok(wait_for(lambda: [m for m in mail.to(b.admin) if own in m["Subject"] and "Reminder" in m["Subject"]], 90), "and reminded when the time is up")
    tap.equal([m["Subject"] for m in mail.to(b.admin) if number in m["Subject"]], [], "nobody is mailed or reminded of what is public")
    tap.ok("For everybody" in Client(a).get("/public/warnings").text and "For everybody" not in Client(b).get("/public/warnings").text,
           "it stands on the pages of the node that issued it alone")
    tap.end()


main()
