import pytest
from hypothesis import given
from hypothesis import strategies as st
from java_classes import ABSTRACT, INTERFACE, PUBLIC, class_file

from cdcctl.plugins.classfile import ClassFormatError, ClassHead, has_public_constructor, read_head

WHOLE = class_file("com.acme.Sink$Inner", "com.acme.Base", ["com.acme.A", "com.acme.B"], java=17)


def test_a_head_says_what_the_class_is():
    assert read_head(WHOLE) == ClassHead(
        "com.acme.Sink$Inner", "com.acme.Base", ("com.acme.A", "com.acme.B"), PUBLIC, 17
    )


@pytest.mark.parametrize(
    ("flags", "usable"),
    [(PUBLIC, True), (0, False), (PUBLIC | ABSTRACT, False), (PUBLIC | INTERFACE | ABSTRACT, False)],
)
def test_usable_is_what_others_can_make_an_object_of(flags, usable):
    assert read_head(class_file("x.Y", flags=flags)).usable is usable


@pytest.mark.parametrize(
    ("constructors", "there"),
    [
        ([(PUBLIC, "()V")], True),
        ([(PUBLIC, "(I)V"), (PUBLIC, "()V")], True),
        ([(PUBLIC, "(I)V")], False),
        ([(0, "()V")], False),
        ([], False),
    ],
)
def test_a_plugin_needs_a_public_constructor_without_parameters(constructors, there):
    assert has_public_constructor(class_file("x.Y", constructors=constructors)) is there


@pytest.mark.parametrize(
    "data", [b"", b"\xca\xfe\xba\xbe", b"PK\x03\x04 no class file", b"\xca\xfe\xba\xbe\0\0\0\x34\xff\xff"]
)
def test_what_is_no_class_file_is_told(data):
    with pytest.raises(ClassFormatError):
        read_head(data)


@pytest.mark.parametrize("length", range(0, len(WHOLE) - 2, 7))
def test_a_class_file_that_is_cut_off_is_told_or_whole_enough(length):
    for read in (read_head, has_public_constructor):
        try:
            read(WHOLE[:length])
        except ClassFormatError:
            continue
        assert length > len(WHOLE) // 2, "the head alone is longer"


@given(place=st.integers(4, len(WHOLE) - 1), value=st.integers(0, 255))
def test_a_class_file_with_a_wrong_byte_is_read_or_told(place, value):
    data = bytearray(WHOLE)
    data[place] = value
    for read in (read_head, has_public_constructor):
        try:
            read(bytes(data))
        except ClassFormatError:
            continue


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_told(data):
    for content in (data, b"\xca\xfe\xba\xbe\0\0\0\x34" + data):
        for read in (read_head, has_public_constructor):
            try:
                read(content)
            except ClassFormatError:
                continue
