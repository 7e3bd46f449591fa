"""A real database dumped into another by a job whose ssh connection is cut in the middle.

OUTLAST_TEST_POSTGRES_MB is the size of the database (150).
"""

# ctest: TIMEOUT 600 RUN_SERIAL TRUE

import glob
import os
import pwd
import shutil
import subprocess
import unittest

from harness import procs, sshd
from harness.case import OutlastCase
from harness.waiting import eventually

MEGABYTES = int(os.environ.get("OUTLAST_TEST_POSTGRES_MB", "150"))
ROW = 1000  # bytes of text in a row
USER = "nobody"  # postgres refuses to be root


def programs():
    """The newest of Debian's /usr/lib/postgresql/N/bin, or None."""
    found = [path for path in glob.glob("/usr/lib/postgresql/*/bin")
             if os.access(f"{path}/initdb", os.X_OK) and os.access(f"{path}/pg_dump", os.X_OK)]
    return max(found, key=lambda path: int(path.split("/")[4]), default=None)


class Postgres:
    """A server with its data in `folder`, reached over a socket in it."""

    def __init__(self, folder, env):
        self.folder, self.bin = folder, programs()
        self.env = {**env, "PGHOST": folder, "PGUSER": USER, "PATH": f"{self.bin}:{env['PATH']}"}
        os.mkdir(folder, 0o700)
        # Not a terminal, not our session: postgres looks after its own processes.
        self._options = {"env": self.env, "stdin": subprocess.DEVNULL, "cwd": "/"}
        if os.geteuid() == 0:
            account = pwd.getpwnam(USER)
            os.chown(folder, account.pw_uid, account.pw_gid)
            self._options.update(user=account.pw_uid, group=account.pw_gid, extra_groups=[])
        self._do("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", USER, "--no-sync",
                 "-E", "UTF8", "--no-locale")
        self._do("pg_ctl", "-D", f"{folder}/data", "-w", "-l", f"{folder}/server.log", "start",
                 "-o", f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off "
                       "-c max_wal_size=2GB -c autovacuum=off")

    def _do(self, *argv):
        done = subprocess.run(argv, executable=f"{self.bin}/{argv[0]}", check=False, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **self._options)
        if done.returncode:
            raise RuntimeError(f"{argv[0]}: {done.stdout.decode('utf-8', 'replace')}")

    def query(self, database, text):
        """The rows of one statement, columns separated by '|'."""
        done = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text],
            executable=f"{self.bin}/psql", env=self.env, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=300, check=False, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout.splitlines()

    def stop(self):
        """End the server, and with it its folder."""
        self._do("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipIf(programs() is None, "PostgreSQL is not installed")
class PostgresTest(OutlastCase):
    """`pg_dump a | psql b` as a job."""

    def setUp(self):
        super().setUp()
        os.chmod(self.world.folder, 0o711)  # the server's user has to reach its folder
        self.server = Postgres(f"{self.world.folder}/pg", self.world.env)
        self.addCleanup(self.server.stop)
        self.world.env.update(self.server.env, PGOPTIONS="-c client_min_messages=warning",
                              PATH=f"{self.world.folder}/bin:{self.server.env['PATH']}")
        for name in ("source", "target"):
            self.server.query("postgres", f"create database {name}")

    def fill(self, megabytes):
        """Two tables with about so much text; psql does not see the difference between them."""
        rows = megabytes * 1000 * 1000 // ROW
        self.server.query("source", f"""
            create table orders (id bigint primary key, note text);
            create table notes (id bigint primary key, note text);
            insert into orders select n, repeat(md5(n::text), {ROW // 32 + 1})
                from generate_series(1, {rows * 9 // 10}) n;
            insert into notes select n, 'note ' || n from generate_series(1, 1000) n;""")

    def contents(self, database):
        """Counts and checksums of both tables."""
        return [self.server.query(database, f"select count(*), sum(hashtext(note)) from {table}")
                for table in ("orders", "notes")]

    @unittest.skipIf(sshd.missing(), sshd.missing())
    def test_connection_cut_in_the_middle_of_a_copy(self):
        self.fill(MEGABYTES)
        with sshd.Sshd(self.world.env, base=self.world.folder) as server:
            session = server.terminal(
                "outlast run -n copy 'pg_dump source | psql -Xq -v ON_ERROR_STOP=1 target; "
                "s=$?; echo restored $s.; exit $s'")
            # In the middle: the table is there, its rows are not yet committed.
            eventually(lambda: self.server.query(
                "postgres", "select pid from pg_stat_activity where query like 'COPY public.orders%'"
                            " and datname = 'target'"), what="rows on their way to the target")
            job = self.record("copy")
            server.cut()
            self.assertTrue(procs.alive(job["pid"]), "the job died with its connection")
            self.assertNotIn(b"restored", session.output, "the copy was over before the cut")
            server.mend()
            done = server.run("outlast attach copy", timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
        fate = self.fate("copy", 300)
        self.assertEqual((fate["kind"], fate["code"]), ("exited", 0))
        self.assertIn(b"restored 0.", self.log("copy"))
        self.assertEqual(self.contents("target"), self.contents("source"))

    def test_a_dump_that_is_killed_fails_the_job(self):
        self.fill(60)
        gate = self.gate()
        # The reader waits, so that the dump is surely under way when its backend is killed.
        started = self.shell(
            f"outlast run -d -n copy 'pg_dump source | (cat {gate}; cat) | psql -Xq target'", check=0)
        self.assertEqual(started.stdout, b"1\n")
        backend = eventually(lambda: self.server.query(
            "postgres", "select pg_terminate_backend(pid) from pg_stat_activity where datname = "
                        "'source' and query like 'COPY public.orders%'"), what="the dump's backend")
        self.assertEqual(backend, ["t"])
        self.open_gate(gate)
        fate = self.fate("copy", 120)
        self.assertEqual((fate["kind"], fate["code"]), ("exited", 1), self.log("copy"))
        self.assertIn(b"pg_dump: error", self.log("copy"))
        # psql read what there was to its end and was content with it.
        attached = self.world.run("attach", "copy")
        self.assertEqual(attached.rc, 1, attached.said)

    def test_a_wrong_table_fails_the_job(self):
        self.server.query("source", "create table orders (id int)")
        done = self.shell("outlast run 'pg_dump -t no_such_table source | psql -Xq target'", check=1)
        self.assertIn(b"no matching tables were found", done.stdout + done.stderr)
        self.assertEqual(self.fate()["code"], 1)
        plain = self.shell("pg_dump -t no_such_table source | psql -Xq target")
        self.assertEqual(plain.returncode, 0, "the shell alone would hide it")


if __name__ == "__main__":
    unittest.main()
