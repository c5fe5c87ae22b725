"""A dovecot of our own: the server, a mailbox as people use it, and a rig for the contract suite."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from connector_contract import SECRET
from rig_email import ACCOUNT, EmailRig
from slamon.sim.email import PretendMail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path
    from typing import Self

    from slamon.connectors.email import Email
    from slamon.model import Instant

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
OPENSSL = shutil.which("openssl")
HOUR = 3_600.0
CERTIFY = (
    *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
    *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
)


CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
protocols = imap
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Trash {{
    special_use = \\Trash
    auto = create
  }}
  mailbox Archive {{
    auto = create
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
  chroot =
}}
"""


class Dovecot:
    """A dovecot of our own, on free ports of loopback; every user name is a mailbox, and all have one password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain, self.tls = free_port(), free_port()
        self.certificate = folder / "cert.pem"

    @contextmanager
    def running(self) -> Iterator[None]:
        self._certify()
        config = self.folder / "dovecot.conf"
        config.write_text(CONFIG.format(**self._facts()), encoding="utf-8")
        assert DOVECOT
        with subprocess.Popen([DOVECOT, "-F", "-c", config], stdout=subprocess.DEVNULL) as process:
            try:
                self._until_it_answers(process)
                yield
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(20)

    def _facts(self) -> dict[str, Any]:
        """As root, dovecot wants its own users, and mail that is not root's; as anybody else, it stays that one."""
        me = pwd.getpwuid(os.getuid())
        owner = pwd.getpwnam("nobody") if me.pw_uid == 0 else me
        mail = self.folder / "mail"
        mail.mkdir()
        os.chown(mail, owner.pw_uid, owner.pw_gid)
        internal, login = ("dovecot", "dovenull") if me.pw_uid == 0 else (me.pw_name, me.pw_name)
        group = "dovecot" if me.pw_uid == 0 else grp.getgrgid(me.pw_gid).gr_name
        users = {"internal": internal, "login": login, "group": group, "uid": owner.pw_uid, "gid": owner.pw_gid}
        return {"folder": self.folder, "password": SECRET, "plain": self.plain, "tls": self.tls, **users}

    def _certify(self) -> None:
        assert OPENSSL
        subprocess.run(
            [OPENSSL, *CERTIFY, "-keyout", self.folder / "key.pem", "-out", self.certificate],
            check=True,
            capture_output=True,
        )

    def _until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        log = self.folder / "log"
        for _ in range(200):
            if process.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", self.plain)) == 0:
                        return
            time.sleep(0.05)
        raise AssertionError(log.read_text(encoding="utf-8") if log.exists() else "dovecot does not start")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Meddler:
    """Stands between a client and a server, and adds words of its own behind some of the server's."""

    def __init__(self, port: int, behind: bytes, words: bytes) -> None:
        self.server = port
        self.behind, self.words = behind, words
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.open: list[socket.socket] = [self.listener]
        self.threads: list[threading.Thread] = []

    def __enter__(self) -> int:
        self._start(self._accept)
        return int(self.listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.threads[0].join()
        for each in self.open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for each in self.open:
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server))
                self.open += [client, server]
                self._start(self._pass, server, client, self.behind)
                self._start(self._pass, client, server, b"")

    def _pass(self, source: socket.socket, to: socket.socket, behind: bytes) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                to.sendall(data + self.words if behind and data.endswith(behind) else data)
            to.shutdown(socket.SHUT_WR)

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()


class Desk:
    """One mailbox, as customers, agents and their mail programs use it: by IMAP itself."""

    numbers: ClassVar[Iterator[int]] = count(1)

    def __init__(self, server: Dovecot) -> None:
        self.address = f"care{next(self.numbers)}@acme.example"
        self.imap = imaplib.IMAP4("127.0.0.1", server.plain, timeout=10)
        self.imap.login(self.address, SECRET)

    def customer(self, words: str, *, ago: float = 2 * HOUR, reply_to: str = "", **headers: str) -> str:
        mail = self.letter("Ann <ann@customers.example>", self.address, words, reply_to, headers)
        return self.put("INBOX", mail, ago)

    def answer(self, words: str, to: str, *, ago: float = HOUR / 2, **headers: str) -> str:
        return self.put("Sent", self.letter(self.address, "ann@customers.example", words, to, headers), ago)

    def letter(self, sender: str, to: str, words: str, reply_to: str, headers: dict[str, str]) -> EmailMessage:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Message-ID"] = sender, to, f"<m{next(self.numbers)}@mail.example>"
        if reply_to:
            mail["In-Reply-To"] = mail["References"] = f"<{reply_to}>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(words)
        return mail

    def put(self, folder: str, mail: EmailMessage, ago: float = 2 * HOUR) -> str:
        self.file(folder, mail.as_bytes(), ago)
        return str(mail["Message-ID"]).strip("<>")

    def file(self, folder: str, raw: bytes, ago: float) -> None:
        at = imaplib.Time2Internaldate(time.time() - ago)
        assert self.imap.append(folder, "", at, raw)[0] == "OK"

    def uid(self, folder: str, ident: str) -> str:
        assert self.imap.select(folder)[0] == "OK"
        _, found = self.imap.uid("SEARCH", "HEADER", "Message-ID", f'"{ident}"')
        return str(found[0].decode())

    def delete(self, ident: str) -> None:
        self.imap.uid("STORE", self.uid("INBOX", ident), "+FLAGS", r"(\Deleted)")
        self.imap.expunge()

    def move(self, ident: str, to: str) -> None:
        assert self.imap.uid("MOVE", self.uid("INBOX", ident), to)[0] == "OK"

    def unseen(self) -> int:
        assert self.imap.select("INBOX")[0] == "OK"
        return len(self.imap.search(None, "UNSEEN")[1][0].split())

    def close(self) -> None:
        self.imap.logout()


class Filed(PretendMail):
    """Writes mails as the practice range does, and lays them into dovecot."""

    def __init__(self, clock: Callable[[], Instant], imap: imaplib.IMAP4) -> None:
        super().__init__(clock, address=ACCOUNT, password=SECRET)
        self.imap = imap

    def append(self, folder: str, raw: bytes, at: Instant | None = None, flags: Iterable[str] = ()) -> int:
        when = self.clock() if at is None else at
        date = imaplib.Time2Internaldate(when / 1_000)
        assert self.imap.append(folder, " ".join(flags), date, raw)[0] == "OK"
        return super().append(folder, raw, at, flags)

    def expunge(self, ident: str) -> None:
        for folder, _ in self.places(ident):
            self.imap.select(folder.name)
            _, found = self.imap.uid("SEARCH", "HEADER", "Message-ID", f'"{ident}"')
            self.imap.uid("STORE", found[0].decode(), "+FLAGS", r"(\Deleted)")
            self.imap.expunge()
        super().expunge(ident)


class DovecotRig(EmailRig):
    there: ClassVar[Dovecot]
    numbers: ClassVar[Iterator[int]] = count(1)

    def __init__(self) -> None:
        super().__init__()
        self.mail.close()
        self.box = f"contract{next(self.numbers)}"
        self.imap = imaplib.IMAP4("127.0.0.1", self.there.plain, timeout=10)
        self.mail = Filed(self.clock, self.imap)

    def __enter__(self) -> Self:
        self.imap.login(self.box, SECRET)
        return self

    def __exit__(self, *_: object) -> None:
        self.imap.logout()
        self.mail.close()

    def connector(self, **keys: Any) -> Email:
        return super().connector(**{"port": self.there.plain, "user": self.box} | keys)
