import pytest

from peritus.intake.errors import FileRefused
from peritus.intake.text import MOST_BYTES, text_of


@pytest.mark.parametrize(
    "content",
    [
        "key,name\n1,Zoë – 中".encode(),
        "key,name\n1,Zoë – 中".encode("utf-8-sig"),
        b"\xff\xfe" + "key,name\n1,Zoë – 中".encode("utf-16-le"),
        b"\xfe\xff" + "key,name\n1,Zoë – 中".encode("utf-16-be"),
    ],
)
def test_text_of_reads_unicode_without_a_note(content):
    assert text_of(content) == ("key,name\n1,Zoë – 中", "")


def test_text_of_reads_windows_1252_with_a_note():
    text, note = text_of("1,Zoë €".encode("cp1252"))

    assert text == "1,Zoë €"
    assert note == (
        "The file is not UTF-8; it was read as Windows-1252. Check letters with accents."
    )


@pytest.mark.parametrize("start", ["Zoe,", "Zoë,"])
def test_text_of_keeps_utf8_that_is_cut_inside_a_character(start):
    text, note = text_of(f"{start}中".encode()[:-1])

    assert text == f"{start}\ufffd"
    assert note == "The file ends in the middle of a character."


def test_text_of_takes_one_last_odd_byte_after_ascii_as_windows_1252():
    text, note = text_of("key\nZoë".encode("cp1252"))

    assert text == "key\nZoë"
    assert "Windows-1252" in note


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_text_of_refuses_an_empty_file(content):
    with pytest.raises(FileRefused, match="The file is empty"):
        text_of(content)


@pytest.mark.parametrize("content", [b"key\n\x00", "key,a\n1,b".encode("utf-16-le")])
def test_text_of_refuses_nul_bytes(content):
    with pytest.raises(FileRefused, match="holds NUL bytes"):
        text_of(content)


@pytest.mark.parametrize("content", [b"\x81\xff", b"\xff\xfea"])
def test_text_of_refuses_what_no_encoding_explains(content):
    with pytest.raises(FileRefused, match=r"encoding is not known: byte \d+"):
        text_of(content)


def test_text_of_refuses_a_file_over_the_limit():
    with pytest.raises(FileRefused, match="Files of up to 50,000,000 bytes are read"):
        text_of(b"a" * (MOST_BYTES + 1))
