"""What the image and `pip install` get: one wheel, with every file that the program opens, the font of pictures among them."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.live_cluster.binaries import uv

ROOT = Path(__file__).parents[1]
ROOMS = ("bot", "handlers", "k8snet", "playground")
# Draws words with the font of whatever folder Python finds the program in, and says where that is.
DRAWS = """
import handlers.picture as picture
blank = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"></svg>'
words = blank.replace("></svg>", '><text x="2" y="20" font-family="DejaVu Sans Mono">k8snet</text></svg>')
print(picture.__file__, picture.png(words) != picture.png(blank))
"""


def test_wheel_holds_every_file_and_draws(tmp_path: Path) -> None:
    """Nothing that Git knows in our folders is left out; a picture drawn from the wheel alone has its words in it."""
    built = subprocess.run(
        [uv(), "build", "--wheel", "--out-dir", tmp_path, ROOT], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(unpacked)
    listed = subprocess.run(["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = [each for each in listed.stdout.splitlines() if (ROOT / each).exists()]
    assert "handlers/fonts/DejaVuSansMono.ttf" in wanted
    assert [each for each in wanted if (unpacked / each).read_bytes() != (ROOT / each).read_bytes()] == []

    drawn = subprocess.run([sys.executable, "-c", DRAWS], cwd=unpacked, capture_output=True, text=True, check=False)
    assert drawn.stdout.split() == [str(unpacked / "handlers/picture.py"), "True"], drawn.stderr
