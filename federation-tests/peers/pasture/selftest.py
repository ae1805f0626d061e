"""Tries the pasture tools on the Fedify peer: python -m unittest selftest (in this directory)."""

import collections
import json
import subprocess
import sys
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
FEDIFY = HERE.parent / "fedify"


def start(*command: str | Path) -> tuple[subprocess.Popen, str]:
    """Starts a program and waits for the word after READY."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HERE
    )
    word, _, ready = process.stdout.readline().strip().partition(" ")
    assert word == "READY", command
    return process, ready


class PastureMeetsFedify(unittest.TestCase):
    def setUp(self) -> None:
        node = FEDIFY / "node_modules" / ".bin" / "node"
        self.actor = f"{self.run_until_end(node, FEDIFY / 'peer.mjs', 'mika')[1]}/users/mika"

    def run_until_end(self, *command: str | Path) -> tuple[subprocess.Popen, str]:
        process, ready = start(*command)
        for clean in (process.stdout.close, process.wait, process.terminate, process.stdin.close):
            self.addCleanup(clean)
        return process, ready

    def test_signed_posts_are_accepted_and_unsigned_ones_are_not(self) -> None:
        _, verifier = self.run_until_end(sys.executable, "verify.py", "localhost:0")
        form = urllib.parse.urlencode({"actor_uri": self.actor}).encode()
        request = urllib.request.Request(f"{verifier}/", form, {"accept": "application/json"})
        with urllib.request.urlopen(request) as response:
            result = json.load(response)["result"]
        accepted = {name: entry["post_inbox"] for name, entry in result.items() if name != "webfinger"}
        expected = {"alice": False, "bob": True, "claire": True, "dean": False, "emily": True, "frank": True}
        self.assertEqual(accepted, expected)
        self.assertTrue(result["webfinger"])

    def test_every_sample_gets_an_answer(self) -> None:
        process, _ = self.run_until_end(sys.executable, "send_samples.py", self.actor)
        lines = []
        while "sent" not in (line := json.loads(process.stdout.readline())):
            lines.append(line)
        self.assertEqual(collections.Counter(line["kind"] for line in lines), {"activity": 262, "object": 262})
        self.assertNotIn(None, [line["status"] for line in lines])
        tags = [line for line in lines if line["group"] == "html_tags" and line["kind"] == "activity"]
        self.assertEqual({line["status"] for line in tags}, {202})


if __name__ == "__main__":
    unittest.main()
