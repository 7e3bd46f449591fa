"""What cannot be started: an error with the right code, and no job left behind."""

# ctest: TIMEOUT 120

import json
import os
import subprocess
import unittest

from harness import network, other_user, procs
from harness.case import OutlastCase
from harness.outlast import Result

NO_NAMESPACES = network.available()


class StartFailuresTest(OutlastCase):
    """Each with a job that was there before, which has to stay as it was."""

    def setUp(self):
        super().setUp()
        self.world.must("run", "-n", "before", "true")
        self.before = self.listing()

    def listing(self):
        """What `ls -a --json` shows of the jobs, and the names and keys on disk."""
        root = f"{self.world.env['XDG_STATE_HOME']}/outlast"
        links = [sorted(os.listdir(f"{root}/{name}")) if os.path.isdir(f"{root}/{name}") else []
                 for name in ("names", "keys")]
        return self.world.json("ls", "-a"), [os.path.basename(f) for f in self.world.job_folders()], links

    def refused(self, code, words, *arguments, **options):
        """`run` fails with this code and says these words; nothing is left of it."""
        done = self.world.run("run", "-n", "after", "--key", "k", *arguments, **options)
        self.check(code, words, done)
        return done

    def check(self, code, words, done):
        """As refused(), of a call that was made already."""
        self.assertEqual((done.rc, done.out), (code, b""), done.said)
        self.assertTrue(done.said.startswith("error: "), done.said)
        self.assertIn("fix: ", done.said)
        for word in words if isinstance(words, tuple) else (words,):
            self.assertIn(word, done.said)
        self.assertEqual(self.listing(), self.before)
        self.assertFalse([procs.describe(pid) for pid in self.world.processes()])

    def test_not_found(self):
        for options in ((), ("-t",), ("-d",)):
            self.refused(127, "command not found", *options, "no-such-command")
            self.refused(127, "no such file", *options, "./no-such-file")
        self.refused(127, "shell's own command", "cd", "/")
        self.refused(127, "is empty", "")
        self.refused(127, "command not found", "sh", env={"PATH": "/no/such/folder"})
        # A dangling link is found, and leads nowhere.
        os.symlink("/no/such/file", self.world.path("link"))
        self.refused(127, "no such file", "./link")

    def test_not_executable(self):
        self.file("plain", "text")
        self.file("badinterpreter", "#!/no/such/interpreter\n", 0o755)
        self.file("binary", "\x7fELF nonsense", 0o755)
        for options in ((), ("-t",), ("-d",)):
            self.refused(126, ("cannot be run", "chmod +x"), *options, "./plain")
            self.refused(126, "is a directory", *options, "/tmp")
            self.refused(126, "interpreter in its first line does not exist", *options,
                         "./badinterpreter")
        self.refused(126, "cannot be run", "./plain/below")
        os.mkdir(self.world.path("bin"))
        self.file("bin/tool", "text")
        self.refused(126, "cannot be run", "tool",
                     env={"PATH": f"{self.world.path('bin')}:{self.world.env['PATH']}"})

    def test_a_script_without_a_first_line_is_for_the_shell(self):
        self.file("script", "echo $1; exit 4\n", 0o755)
        done = self.world.run("run", "./script", "word")
        self.assertEqual((done.rc, done.out), (4, b"word\n"))

    def test_wrong_options(self):
        self.refused(125, "No such file", "-C", "/no/such/folder", "true")
        self.refused(125, "Not a directory", "-C", "/etc/passwd", "true")
        for arguments in (("--no-such-option", "true"), ("--timeout", "soon", "true"), ("-t", "-T", "true"),
                          ("--size", "0x0", "true"), ("--stop-signal", "NONE", "true"),
                          ("--log-max", "1", "true"), ("--stdin", "/no/such/file", "true"), (),
                          ("--env-file", "/no/such/file", "true"), ("--tag", "a b", "true"),
                          ("-t", "--stderr", "true"), ("-d", "--yield", "1s", "true"),
                          ("--nice", "abc", "true"), ("--no-log", "--stderr", "true"),
                          ("--tag", "x") * 17 + ("true",)):
            with self.subTest(arguments):
                done = self.world.run("run", *arguments)
                self.assertEqual((done.rc, done.out), (125, b""), done.said)
                self.assertIn("error: ", done.said)
                self.assertIn("fix: ", done.said)
                self.assertEqual(self.listing(), self.before)

    @other_user.needs_root()
    @unittest.skipIf(NO_NAMESPACES, NO_NAMESPACES)
    def test_no_terminal_to_be_had(self):
        # A devpts of our own, which has one to give, and that is taken.
        mount = ("mount -t devpts -o newinstance,ptmxmode=0666,max=1 none /dev/pts && "
                 "mount --bind /dev/pts/ptmx /dev/ptmx && exec 9<>/dev/ptmx && exec outlast run -t true")
        done = subprocess.run(["unshare", "-m", "sh", "-c", mount], env=self.world.env,
                              cwd=self.world.work, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=30, check=False)
        self.check(125, ("no terminal for the job", "pseudo-terminals of this host are in use",
                         "outlast run -T"), self._result(done))

    @other_user.needs_root()
    @unittest.skipIf(NO_NAMESPACES, NO_NAMESPACES)
    def test_no_devpts_at_all(self):
        mount = "mount --bind /dev/null /dev/ptmx && exec outlast run -t true"
        done = subprocess.run(["unshare", "-m", "sh", "-c", mount], env=self.world.env,
                              cwd=self.world.work, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=30, check=False)
        self.check(125, ("no terminal for the job", "outlast run -T"), self._result(done))

    def test_no_process_to_be_had(self):
        line = "ulimit -u 1; exec outlast run true"
        if os.geteuid() == 0:
            self.skipTest("root has no such limit")
        done = self.shell(line)
        self.check(125, "start the keeper", self._result(done))

    def test_a_runtime_directory_that_others_may_enter(self):
        path = self.world.path("open")
        os.mkdir(path)
        os.chmod(path, 0o755)
        env = {"OUTLAST_RUNTIME_DIR": path}
        self.refused(125, (f"{path} is not private", "others than its owner may enter it",
                           f"fix: chmod 700 {path}"), "true", env=env)
        os.chmod(path, 0o700)
        self.world.must("run", "true", env=env)

    def test_errors_as_json(self):
        for code, word in ((127, "no-such-command"), (126, "/tmp")):
            done = self.world.run("--json", "run", word)
            self.assertEqual(done.rc, code)
            self.assertIn(b'"ok":false', done.out)

    def test_mistakes_as_json_wherever_it_was_asked_for(self):
        for code, line, said in ((125, "--json run --bogus", "has no option --bogus"),
                                 (125, "run --json --bogus true", "has no option --bogus"),
                                 (125, "run --bogus --json true", "has no option --bogus"),
                                 (125, "--json run --timeout", "--timeout needs a value"),
                                 (125, "--json run -Z true", "has no option -Z"),
                                 (2, "--json bogus", 'no command "bogus"'),
                                 (2, "bogus --json", 'no command "bogus"'),
                                 (2, "--json help nojob", 'no command "nojob"'),
                                 (2, "ls --bogus --json", "has no option --bogus")):
            with self.subTest(line):
                done = self.world.run(*line.split())
                self.assertEqual((done.rc, done.err), (code, b""))
                error = json.loads(done.out)["error"]
                self.assertEqual(error["code"], "usage")
                self.assertIn(said, error["message"])
        # What the command itself is given is none of our options.
        done = self.world.run("run", "--bogus", "true", "--json")
        self.assertEqual((done.rc, done.out), (125, b""))

    def test_an_unknown_option_in_front_of_the_command_is_named(self):
        for line, said in (("-H host ls", "outlast has no option -H"),
                           ("--hots host ls", "outlast has no option --hots"),
                           ("-q -H host ls", "outlast has no option -H"),
                           ("--colour never ls", "did you mean --color?"),
                           ("-H ls", "outlast ls has no option -H"),
                           ("--color=never -qv --state-dir /x bogus", 'no command "bogus"')):
            with self.subTest(line):
                done = self.world.run(*line.split())
                self.assertEqual((done.rc, done.out), (2, b""))
                self.assertIn(said, done.said)

    @staticmethod
    def _result(done):
        return Result(done.returncode, done.stdout, done.stderr)


if __name__ == "__main__":
    unittest.main()
