"""Published files: from a local folder of wheels, without a network."""

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import replace

import pytest

from peritus.catalogue import published
from peritus.catalogue.errors import PublishedDataMissing
from peritus.catalogue.published import PublishedFile, cache_folder, member_of, path_of

FILE = "tiny_table-1.0-py3-none-any.whl"
MEMBER = "tiny_table/data/table.json"
CONTENT = b'{"licenses": {}}'
OWN_BACKEND = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


@pytest.fixture
def wheel(tmp_path):
    """Make a wheel of one data file, as an index would serve it."""
    path = tmp_path / "links" / FILE
    path.parent.mkdir()
    info = "tiny_table-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(MEMBER, CONTENT)
        made.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-table\nVersion: 1.0\n")
        made.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        made.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def locked(wheel):
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return PublishedFile("tiny-table", "1.0", FILE, digest)


@pytest.fixture
def links_only(wheel, tmp_path, monkeypatch):
    """Let pip see the folder and nothing else; start with an empty cache."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("PERITUS_CACHE", str(tmp_path / "cache"))
    return cache_folder()


@pytest.fixture
def cached(links_only, wheel):
    """Put the wheel into the cache."""
    target = links_only / FILE
    target.parent.mkdir(parents=True)
    target.write_bytes(wheel.read_bytes())
    return target


@pytest.mark.slow
@pytest.mark.usefixtures("links_only")
def test_member_of_downloads_and_keeps_the_file_when_it_is_not_cached(locked, wheel):
    first = member_of(locked, MEMBER)
    wheel.unlink()
    again = member_of(locked, MEMBER)

    assert (first, again) == (CONTENT, CONTENT)
    assert [path.name for path in cache_folder().iterdir()] == [FILE]


def test_member_of_reads_the_cache_without_pip(locked, cached, wheel):
    wheel.unlink()

    assert member_of(locked, MEMBER) == CONTENT


@pytest.mark.slow
@pytest.mark.usefixtures("links_only")
def test_path_of_says_what_to_do_when_offline_with_an_empty_cache(locked, wheel):
    wheel.unlink()

    with pytest.raises(PublishedDataMissing) as refused:
        path_of(locked)

    assert str(refused.value) == (
        f"tiny-table 1.0 is not in the cache ({cache_folder()}) and could not be downloaded: "
        "Could not find a version that satisfies the requirement tiny-table==1.0 "
        "(from versions: none). Connect to a package index and run the command again; "
        "nothing was invented in its place."
    )
    assert list(cache_folder().iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("links_only")
def test_path_of_keeps_nothing_when_the_index_offers_another_file(locked):
    other = replace(locked, sha256="0" * 64)

    with pytest.raises(PublishedDataMissing, match="has another SHA-256 than the lock's 0000"):
        path_of(other)

    assert list(cache_folder().iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("links_only")
def test_path_of_runs_no_code_of_a_source_distribution(locked, wheel):
    ran = wheel.with_name("ran")
    archive = wheel.with_name("tiny-table-1.0.zip")
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("tiny-table-1.0/pyproject.toml", OWN_BACKEND)
        made.writestr("tiny-table-1.0/backend.py", f"open({str(ran)!r}, 'w').close()")
    wheel.unlink()
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()

    with pytest.raises(PublishedDataMissing):
        path_of(replace(locked, file=archive.name, sha256=digest))

    assert not ran.exists()


def test_path_of_refuses_a_cached_file_that_was_changed(locked, cached):
    cached.write_bytes(cached.read_bytes() + b"\n")

    with pytest.raises(PublishedDataMissing, match=r"the lock says .* Delete the file"):
        path_of(locked)

    assert cached.exists()


def test_member_of_refuses_a_truncated_zip_that_the_lock_names(locked, cached):
    cached.write_bytes(cached.read_bytes()[:-40])
    digest = hashlib.sha256(cached.read_bytes()).hexdigest()

    with pytest.raises(PublishedDataMissing, match="no sound zip file"):
        member_of(replace(locked, sha256=digest), MEMBER)


def test_member_of_refuses_a_member_whose_bytes_do_not_match_its_checksum(locked, cached):
    whole = cached.read_bytes()
    place = whole.index(MEMBER.encode()) + len(MEMBER)
    cached.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
    digest = hashlib.sha256(cached.read_bytes()).hexdigest()

    with pytest.raises(PublishedDataMissing, match="no sound zip file"):
        member_of(replace(locked, sha256=digest), MEMBER)


def test_member_of_names_the_member_that_is_not_there(locked, cached):
    with pytest.raises(PublishedDataMissing, match=f"{FILE} has no member absent.json"):
        member_of(locked, "absent.json")


def test_member_of_refuses_a_member_that_unpacks_to_too_much(locked, cached, monkeypatch):
    monkeypatch.setattr(published, "MOST_MEMBER_BYTES", len(CONTENT) - 1)

    with pytest.raises(PublishedDataMissing, match="16 bytes; at most 15 are read"):
        member_of(locked, MEMBER)


def test_path_of_asks_for_another_folder_when_the_cache_cannot_be_made(
    locked, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PERITUS_CACHE", str(tmp_path / "file"))

    with pytest.raises(PublishedDataMissing, match="name another one with PERITUS_CACHE"):
        path_of(locked)


def test_cache_folder_is_below_the_users_cache_when_nothing_else_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("PERITUS_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert cache_folder() == tmp_path / ".cache" / "peritus" / "published"


@pytest.mark.slow
@pytest.mark.usefixtures("links_only")
def test_two_processes_that_download_at_once_both_get_the_whole_file(locked):
    program = (
        "from peritus.catalogue.published import PublishedFile, member_of; "
        f"print(len(member_of(PublishedFile(*{tuple(vars(locked).values())!r}), {MEMBER!r})))"
    )

    running = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    printed = [process.communicate(timeout=60)[0] for process in running]

    assert printed == [f"{len(CONTENT)}\n"] * 2
    assert [path.name for path in cache_folder().iterdir()] == [FILE]
