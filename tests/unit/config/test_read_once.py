"""Files are read again only after they or the rules change."""

import os

from tierline.config.read_once import read_once


def test_only_a_change_of_the_files_or_rules_reads_again(tmp_path):
    reads = []

    @read_once
    def text(files, *rules):
        reads.append(rules)
        return "".join(file.read_text("utf-8") for file in files)

    path = tmp_path / "a.txt"
    path.write_text("one", "utf-8")
    assert text([path]) == text((path,)) == "one" and reads == [()]
    assert text([path], 3) == text([path], 3) == "one" and reads == [(), (3,)]
    path.write_text("two", "utf-8")
    os.utime(path, ns=(0, 1))
    assert text([path], 3) == "two" and reads == [(), (3,), (3,)]
