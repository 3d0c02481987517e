"""All bytes of files as a thief would look for something in them: as they lie there, and each zstd
frame in them unpacked, whatever the file's format is. Uses libzstd, which the programs link to."""
import ctypes
import ctypes.util
import os

MAGIC = b"\x28\xb5\x2f\xfd"
UNPACKED_MAX = 32 << 20
zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
for name in ("ZSTD_findFrameCompressedSize", "ZSTD_decompress"):
    getattr(zstd, name).restype = ctypes.c_size_t
zstd.ZSTD_isError.argtypes = [ctypes.c_size_t]
zstd.ZSTD_findFrameCompressedSize.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]


def unpacked(data):
    """Each frame that begins anywhere in these bytes and is whole."""
    room = ctypes.create_string_buffer(UNPACKED_MAX)
    at = data.find(MAGIC)
    while at >= 0:
        rest = data[at:]
        size = zstd.ZSTD_findFrameCompressedSize(rest, len(rest))
        if not zstd.ZSTD_isError(size):
            got = zstd.ZSTD_decompress(room, UNPACKED_MAX, rest, size)
            if not zstd.ZSTD_isError(got):
                yield room.raw[:got]
        at = data.find(MAGIC, at + 1)


def files_below(folder):
    """{path: its bytes}, of those that are still there when they are read."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            try:
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        found[path] = file.read()
            except FileNotFoundError:
                pass
    return found


def places_of(words, folder):
    """{word: where it stands below the folder}, of these words (bytes) that stand anywhere."""
    found = {}
    for path, data in files_below(folder).items():
        texts = [(path, data)] + [("%s, unpacked" % path, text) for text in unpacked(data)]
        for place, text in texts:
            for word in words:
                if word in text:
                    found.setdefault(word, place)
    return found
