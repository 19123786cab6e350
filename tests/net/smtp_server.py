#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A real SMTP server (aiosmtpd) that stores each mail in a directory as 0001.eml, 0002.eml, ...

Used by unit and end-to-end tests. Prints its port on stdout when it listens; ends on SIGTERM or when
stdin closes with --until-eof. Recipients beginning with "busy" are answered 451, with "refused" 550.
The envelope is kept in the fields X-Mail-From and X-Rcpt-To at the top of the file.
"""
import argparse
import asyncio
import pathlib
import signal
import sys

try:
    from aiosmtpd.smtp import SMTP
except ImportError:
    print("smtp_server.py needs aiosmtpd (pip install aiosmtpd)", file=sys.stderr)
    sys.exit(77)


class Store:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("busy"):
            return "451 4.3.0 try again later"
        if address.startswith("refused"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.count += 1
        head = f"X-Mail-From: {envelope.mail_from}\r\n"
        head += "".join(f"X-Rcpt-To: {to}\r\n" for to in envelope.rcpt_tos)
        part = self.directory / f"{self.count:04d}.part"
        part.write_bytes(head.encode() + envelope.original_content)
        part.rename(part.with_suffix(".eml"))
        return "250 Message accepted"


async def serve(args):
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    for sig in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sig, end.set)
    if args.until_eof:
        loop.add_reader(sys.stdin.fileno(), lambda: end.set() if not sys.stdin.buffer.read1(1) else None)
    store = Store(args.dir)
    server = await loop.create_server(
        lambda: SMTP(store, hostname="mail.example", enable_SMTPUTF8=True), args.host, args.port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await end.wait()
    server.close()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, default=0, help="0: any free port")
    p.add_argument("--dir", required=True)
    p.add_argument("--until-eof", action="store_true", help="end when stdin closes")
    asyncio.run(serve(p.parse_args()))


if __name__ == "__main__":
    main()
