#include "tests/support/sqlite_steps.h"

#include <sqlite3.h>

#include <utility>

namespace spoor {

namespace {

struct Watch {
  std::function<int()> before_step = [] { return SQLITE_OK; };
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs own{};
  sqlite3_io_methods methods{};
};

Watch& watch() {
  static Watch the_one;
  return the_one;
}

// Followed in memory by the file of the real VFS.
struct WatchedFile {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<WatchedFile*>(file)->real(); }
const sqlite3_io_methods& methods(sqlite3_file* file) { return *real(file)->pMethods; }

int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 offset) {
  const int failure = watch().before_step();
  return failure != SQLITE_OK ? failure : methods(f).xWrite(real(f), from, size, offset);
}
int truncate(sqlite3_file* f, sqlite3_int64 size) {
  const int failure = watch().before_step();
  return failure != SQLITE_OK ? failure : methods(f).xTruncate(real(f), size);
}
int sync(sqlite3_file* f, int flags) {
  const int failure = watch().before_step();
  return failure != SQLITE_OK ? failure : methods(f).xSync(real(f), flags);
}
int remove(sqlite3_vfs*, const char* name, int sync_folder) {
  const int failure = watch().before_step();
  return failure != SQLITE_OK ? failure
                              : watch().real->xDelete(watch().real, name, sync_folder);
}

// What changes nothing goes straight through.
void pass_on(sqlite3_io_methods& out) {
  out.iVersion = 2;
  out.xClose = [](sqlite3_file* f) { return methods(f).xClose(real(f)); };
  out.xRead = [](sqlite3_file* f, void* to, int size, sqlite3_int64 offset) {
    return methods(f).xRead(real(f), to, size, offset);
  };
  out.xFileSize = [](sqlite3_file* f, sqlite3_int64* size) {
    return methods(f).xFileSize(real(f), size);
  };
  out.xLock = [](sqlite3_file* f, int lock) { return methods(f).xLock(real(f), lock); };
  out.xUnlock = [](sqlite3_file* f, int lock) { return methods(f).xUnlock(real(f), lock); };
  out.xCheckReservedLock = [](sqlite3_file* f, int* is_held) {
    return methods(f).xCheckReservedLock(real(f), is_held);
  };
  out.xFileControl = [](sqlite3_file* f, int operation, void* argument) {
    return methods(f).xFileControl(real(f), operation, argument);
  };
  out.xSectorSize = [](sqlite3_file* f) { return methods(f).xSectorSize(real(f)); };
  out.xDeviceCharacteristics = [](sqlite3_file* f) {
    return methods(f).xDeviceCharacteristics(real(f));
  };
  out.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** at) {
    return methods(f).xShmMap(real(f), page, size, extend, at);
  };
  out.xShmLock = [](sqlite3_file* f, int offset, int count, int flags) {
    return methods(f).xShmLock(real(f), offset, count, flags);
  };
  out.xShmBarrier = [](sqlite3_file* f) { methods(f).xShmBarrier(real(f)); };
  out.xShmUnmap = [](sqlite3_file* f, int remove_it) {
    return methods(f).xShmUnmap(real(f), remove_it);
  };
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  file->pMethods = nullptr;
  real(file)->pMethods = nullptr;
  const int result = watch().real->xOpen(watch().real, name, real(file), flags, flags_out);
  if (real(file)->pMethods != nullptr) file->pMethods = &watch().methods;
  return result;
}

}  // namespace

void watch_sqlite(std::function<int()> before_step) {
  Watch& w = watch();
  w.before_step = std::move(before_step);
  if (w.real != nullptr) return;
  w.real = sqlite3_vfs_find(nullptr);
  pass_on(w.methods);
  w.methods.xWrite = write;
  w.methods.xTruncate = truncate;
  w.methods.xSync = sync;
  w.own = *w.real;
  w.own.zName = "watched";
  w.own.szOsFile += static_cast<int>(sizeof(WatchedFile));
  w.own.xOpen = open;
  w.own.xDelete = remove;
  sqlite3_vfs_register(&w.own, 1);
}

}  // namespace spoor
