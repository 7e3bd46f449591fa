"""`pg_dump | psql` in a real ssh session, adopted in the middle of its work; then the network is cut.

OUTLAST_TEST_POSTGRES_MB is the size of the database (150).
"""

# ctest: TIMEOUT 600 RUN_SERIAL TRUE

import os
import re
import unittest

from harness import procs, sshd
from harness.adopting import AdoptCase
from harness.waiting import eventually
from postgres_test import MEGABYTES, ROW, Postgres, programs


@unittest.skipIf(programs() is None, "PostgreSQL is not installed")
@unittest.skipIf(sshd.missing(), sshd.missing())
class Pipeline(AdoptCase):
    def setUp(self):
        super().setUp()
        os.chmod(self.world.folder, 0o711)  # the server's user has to reach its folder
        self.server = Postgres(f"{self.world.folder}/pg", self.world.env)
        self.addCleanup(self.server.stop)
        self.world.env.update(self.server.env, PGOPTIONS="-c client_min_messages=warning",
                              PATH=f"{self.world.folder}/bin:{self.server.env['PATH']}")
        for name in ("source", "target"):
            self.server.query("postgres", f"create database {name}")
        rows = MEGABYTES * 1000 * 1000 // ROW
        self.server.query("source", f"""
            create table orders (id bigint primary key, note text);
            insert into orders select n, repeat(md5(n::text), {ROW // 32 + 1})
                from generate_series(1, {rows}) n;""")

    def contents(self, database):
        return self.server.query(database, "select count(*), sum(hashtext(note)) from orders")

    def test_in_the_middle_of_its_work(self):
        with sshd.Sshd(self.world.env, base=self.world.folder) as server:
            session = server.terminal("PS1='ready> ' exec bash --norc --noprofile -i")
            session.wait_for("ready> ")
            session.send_line("pg_dump source | psql -X -v ON_ERROR_STOP=1 target")
            # The table is there, its rows are on their way and not yet committed.
            eventually(lambda: self.server.query(
                "postgres", "select pid from pg_stat_activity where query like 'COPY public.orders%'"
                            " and datname = 'target'"), what="rows on their way to the target")
            done = server.run("outlast adopt pg_dump -n copy")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b"and 1 more process", done.stderr)
            job = self.record("copy")
            session.wait_for("ready> ")
            server.cut()
            self.assertTrue(procs.alive(job["pid"]), "it died with its connection")
            server.mend()
            done = server.run("outlast wait copy", timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
        # psql, which ends after pg_dump, has said how many rows it has restored.
        rows = self.contents("source")[0].split("|")[0]
        eventually(lambda: re.search(rb"COPY " + rows.encode() + rb"\r\n.*ALTER TABLE\r\n",
                                     self.log("copy"), re.DOTALL), what="the end of psql")
        self.assertEqual(self.contents("target"), self.contents("source"))


if __name__ == "__main__":
    unittest.main()
