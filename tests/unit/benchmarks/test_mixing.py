"""The benchmark of mixes draws what its recipe asks for, and a mix of long texts is made in bounded memory."""

import subprocess
import sys

from benchmarks.mixing import measure

MAKE = """
import sys
from benchmarks import mixing
from tierline.lake import Lake
lake = Lake(sys.argv[1])
mixing.TOKENS = 800, 1200
if sys.argv[2] == "write":
    mixing.write_lake(lake, 48_000)
else:
    found = mixing.make_mix(sys.argv[1], 48_000)
    print(found["peak_mb"], found["rows"])
"""


def test_a_mix_is_made_in_a_process_of_its_own(tmp_path):
    found = measure(tmp_path, 400, 1)
    assert found["candidates"] == 536 and 400 < found["rows"] < 500 and found["rows_a_second"] > 0


def test_memory_stays_bounded_while_a_large_mix_is_made(tmp_path):
    """340 MB of text, and as many of rows; held in memory even once they would break the bound, which is that of a part and a range."""
    command = [sys.executable, "-c", MAKE, str(tmp_path / "lake")]
    subprocess.run([*command, "write"], check=True)
    made = subprocess.run([*command, "make"], capture_output=True, text=True, check=True)
    grown, rows = map(float, made.stdout.split())
    assert rows > 48_000 and grown < 400
